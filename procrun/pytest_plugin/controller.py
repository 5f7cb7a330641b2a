"""The controller's end of an app that the workers of pytest-xdist share."""

from __future__ import annotations

import pytest

from procrun.errors import ProcrunError
from procrun.pytest_plugin import closing
from procrun.pytest_plugin.lent import Lent
from procrun.pytest_plugin.marks import Choices
from procrun.pytest_plugin.pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.options import Options

_LENT: pytest.StashKey[Lent] = pytest.StashKey()


def lent(config: pytest.Config, options: Options) -> Lent:
    """The app for a worker to borrow.

    It is started for the first worker, which need not wait for it to be ready.
    """
    if _LENT not in config.stash:
        pool = Pool(options)
        closing.at_end(config, pool.close)
        try:
            config.stash[_LENT] = Lent(pool.begin(Choices()).app.lend())
        except ProcrunError as error:
            config.stash[_LENT] = Lent(why_not=_in_words(error))
    return config.stash[_LENT]


def _in_words(error: ProcrunError) -> str:
    hints = [
        f"{problem}" + (f"\n  {problem.hint}" if problem.hint else "") for problem in error.problems
    ]
    return "\n".join(hints)
