"""Starts the apps of a test session, or borrows the one that all workers of it share."""

from __future__ import annotations

from procrun.pytest_plugin.marks import Choices
from procrun.pytest_plugin.member import Member, Whose
from procrun.pytest_plugin.setups import setup_of
from procrun.testing import AppFailed, start
from procrun.testing.lending import DistantApp, borrow
from procrun.testing.starting import begin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.lent import Lent
    from procrun.pytest_plugin.options import Options
    from procrun.testing import Setup


class Starter:
    """Knows what can be borrowed, and for which apps the release phase was run already."""

    def __init__(self, options: Options, lent: Lent | None) -> None:
        """`lent` is the default app, where it belongs to another process."""
        self._options = options
        self._lent = lent
        self._released: set[Setup] = set()

    def begin(self, setup: Setup) -> Member:
        """A new app, which need not be ready. ProcrunError if it does not start."""
        return Member(begin(setup, release=self._options.release))

    def fresh(self, setup: Setup) -> Member:
        """A new app. ProcrunError if it does not start."""
        if self._options.url:
            return Member(DistantApp(setup, self._options.url), Whose.DISTANT)
        release = self._options.release and setup not in self._released
        app = start(setup, release=release)
        self._released.add(setup)
        return Member(app)

    def shared(self, setup: Setup) -> Member:
        """A new app, or the one that was lent, if that is it. ProcrunError if it did not start."""
        if self._lent is None or setup != setup_of(self._options, Choices()):
            return self.fresh(setup)
        if self._lent.why_not:
            raise AppFailed(self._lent.why_not)
        app = borrow(setup, self._lent.app)
        app.wait_until_ready()
        return Member(app, Whose.LENT)
