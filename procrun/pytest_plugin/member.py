"""An app of a test session, with what is known about it."""

from __future__ import annotations

import time
from enum import Enum

from procrun.core.suites import TAIL
from procrun.errors import ProcrunError
from procrun.pytest_plugin.trouble import Trouble, crash
from procrun.testing import AppFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from procrun.pytest_plugin.trouble import During
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
        self._shown: set[str] = set()  # the troubles that a report has, with the log
        self._lines: dict[str, None] = {}  # each trouble that was seen, for the end

    def look(self, during: During) -> None:
        """See whether it has crashed, or was stopped; then it is of no more use."""
        if self.trouble:
            return
        self.trouble = self._found(during)
        if self.trouble and self.trouble.line in self._shown:
            self.trouble.tell(during.test)

    def told_of_crash(self, during: During, *, shows_log: bool) -> str:
        """What has become of it, for the report of a test that may restart it yet; "" for nothing.

        `shows_log` says whether the report has its log as well.
        """
        trouble = None if self.app.is_stopped else self.trouble or self._found(during)
        if trouble and shows_log:
            self._shown.add(trouble.line)
        return trouble.line if trouble else ""

    @property
    def has_failed_unseen(self) -> bool:
        """Whether it has crashed, and no test was told of that."""
        return bool(self.trouble and self.trouble.is_crash and not self.trouble.is_told)

    def stop(self) -> list[str]:
        """Stop it, if it is ours; lines about what did not end as it should."""
        return [*self._lines, *_told_of_end(self.app.stop())]

    def keep(self) -> list[str]:
        """Let it go on, if it is ours; lines that say how to reach it."""
        if self._whose is not Whose.OURS or self.app.is_stopped:
            return [*self._lines]
        shown = repr(self.app)
        self.app.keep()
        reach = f"  procrun -d {self.app.folder}"
        return [
            *self._lines,
            f"procrun: {shown} goes on",
            f"{reach} ps",
            f"{reach} logs -t",
            f"{reach} stop",
        ]

    def _found(self, during: During) -> Trouble | None:
        if self._whose is Whose.DISTANT:
            return None
        try:
            found = self._trouble(during)
        except ProcrunError as error:
            reason = error.reason if isinstance(error, AppFailed) else error.message
            found = Trouble(f"{reason} {self._when(during)}")
        if found:
            self._lines[f"procrun: {found.line}"] = None
        return found

    def _trouble(self, during: During) -> Trouble | None:
        crashed = [dyno for dyno in self.app.processes if dyno.crashed]
        if crashed:
            log = self.app.logs(source=None).of({dyno.name for dyno in crashed})
            since = [dyno.since for dyno in crashed if dyno.state == "crashed"]
            return crash(crashed, self._when(during, since), log.last(TAIL))
        if not self.app.is_stopped:
            return None
        return Trouble(f"the app was stopped {self._when(during)}", is_crash=False)

    def _when(self, during: During, since: Sequence[float] = ()) -> str:
        """In words; `since` has when it may have happened, if that is known."""
        beside = " or another test beside it" if self._whose is Whose.LENT else ""
        return during.shown(min(since, default=time.time())) + beside


def _told_of_end(report: StopReport) -> list[str]:
    after = f"after {report.duration:.0f} s"
    lines = [f"procrun: {name} ignored SIGTERM and was killed {after}" for name in report.forced]
    lines += [
        f"procrun: {name} could not be killed, and is left behind" for name in report.survivors
    ]
    return lines
