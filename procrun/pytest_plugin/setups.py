"""The app that a test is to have: what the ini file says, but for what its marks choose."""

from __future__ import annotations

import os
from typing import TypeVar

from procrun.testing import Setup
from procrun.testing.setup import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.marks import Asked
    from procrun.pytest_plugin.options import Options

T = TypeVar("T")


def setup_of(options: Options, asked: Asked) -> Setup:
    """The setup of it. ProcrunError for what can't be."""
    setup = Setup.of(
        os.path.join(options.rootdir, _either(asked.root, options.root)),
        _either(asked.processes, words(options.processes)),
        _either(asked.env_file, options.env_file),
        dict(asked.env or ()),
    )
    return setup.replace(
        ready=_either(asked.ready, options.ready),
        timeout=_either(asked.timeout, options.timeout),
        procfile=_either(asked.procfile, options.procfile),
        pass_env=(*options.pass_env, *(asked.pass_env or ())),
    )


def _either(said: T | None, default: T) -> T:
    return default if said is None else said
