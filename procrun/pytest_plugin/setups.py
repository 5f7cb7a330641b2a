"""The app that a test is to have: what the ini file says, but for what its marks choose."""

from __future__ import annotations

import os
from typing import TypeVar

from procrun.core.suites import words
from procrun.testing import Setup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.marks import Choices
    from procrun.pytest_plugin.options import Options

T = TypeVar("T")


def setup_of(options: Options, choices: Choices) -> Setup:
    """The setup of it. ProcrunError for what can't be."""
    setup = Setup.of(
        os.path.join(options.rootdir, _either(choices.root, options.root)),
        _either(choices.processes, words(options.processes)),
        _either(choices.env_file, options.env_file),
        dict(choices.env or ()),
    )
    return setup.replace(
        ready=_either(choices.ready, options.ready),
        ready_is_general=choices.ready is None,
        timeout=_either(choices.timeout, options.timeout),
        procfile=_either(choices.procfile, options.procfile),
        pass_env=(*options.pass_env, *(choices.pass_env or ())),
    )


def _either(said: T | None, default: T) -> T:
    return default if said is None else said
