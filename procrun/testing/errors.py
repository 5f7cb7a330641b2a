"""What a suite is told when its app fails it."""

from __future__ import annotations

from procrun.errors import Problem, ProcrunError

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing.log import Log


class AppFailed(ProcrunError):
    """The app did not start, has crashed, or did not do what was waited for.

    As a text it has the `reason`, which is one line, the `hint` and the last lines of the `log`.
    """

    def __init__(self, reason: str, hint: str = "", log: Log | None = None) -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.log = log

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The one, with the log."""
        return (Problem("", f"{self.reason}{self._end_of_log}", self.hint),)

    @property
    def _end_of_log(self) -> str:
        return f"\n--- the end of its log\n{self.log.shown}" if self.log else ""

    def __str__(self) -> str:
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{self.reason}{hint}{self._end_of_log}"


class PortStolen(AppFailed):
    """Somebody took a dyno's port between its choice and its use: another one may be free."""
