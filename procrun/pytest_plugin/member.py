"""An app of a test session, with what is known about it."""

from __future__ import annotations

from enum import Enum

from procrun.core.suites import TAIL
from procrun.errors import ProcrunError
from procrun.pytest_plugin.trouble import Trouble, crash
from procrun.testing import AppFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing import RunningApp, StopReport


class Whose(Enum):
    """To whom an app belongs."""

    OURS = "ours"
    LENT = "lent"  # to the controller of pytest-xdist; other workers use it at the same time
    DISTANT = "distant"  # to somebody else; only its URL is known


class Member:
    """An app that tests use."""

    def __init__(self, app: RunningApp, whose: Whose = Whose.OURS) -> None:
        self.app = app
        self.trouble: Trouble | None = None
        self._whose = whose

    def look(self, when: str) -> None:
        """See whether it has crashed, or was stopped. `when` is put behind what happened."""
        if self.trouble or self._whose is Whose.DISTANT:
            return
        if self._whose is Whose.LENT:
            when += " or another test beside it"
        try:
            self.trouble = self._trouble(when)
        except ProcrunError as error:
            reason = error.reason if isinstance(error, AppFailed) else error.message
            self.trouble = Trouble(f"{reason} {when}")

    def stop(self) -> list[str]:
        """Stop it, if it is ours; lines about what did not end as it should."""
        return [*self._untold(), *_told_of_end(self.app.stop())]

    def keep(self) -> list[str]:
        """Let it go on, if it is ours; lines that say how to reach it."""
        if self._whose is not Whose.OURS or self.app.is_stopped:
            return self._untold()
        shown = repr(self.app)
        self.app.keep()
        reach = f"procrun -d {self.app.folder}"
        return [*self._untold(), f"procrun: {shown} goes on", f"  {reach} ps|logs|stop"]

    def _trouble(self, when: str) -> Trouble | None:
        crashed = [dyno for dyno in self.app.processes if dyno.crashed]
        if crashed:
            log = self.app.logs(source=None).of({dyno.name for dyno in crashed})
            return crash(crashed, when, log.last(TAIL))
        return Trouble(f"the app was stopped {when}") if self.app.is_stopped else None

    def _untold(self) -> list[str]:
        """What no test was told any more."""
        is_news = self.trouble and not self.trouble.is_told
        return [f"procrun: {self.trouble.line}"] if self.trouble and is_news else []


def _told_of_end(report: StopReport) -> list[str]:
    after = f"after {report.duration:.0f} s"
    lines = [f"procrun: {name} ignored SIGTERM and was killed {after}" for name in report.forced]
    lines += [
        f"procrun: {name} could not be killed, and is left behind" for name in report.survivors
    ]
    return lines
