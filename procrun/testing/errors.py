"""What a suite is told when its app fails it."""

from __future__ import annotations

from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing.log import Log


class AppFailed(ProcrunError):
    """The app did not start, has crashed, or did not do what was waited for.

    The message has the reason and the last lines of the log; `reason` is one line.
    """

    def __init__(self, reason: str, hint: str = "", log: Log | None = None) -> None:
        shown = f"\n--- the end of its log\n{log.shown}" if log else ""
        super().__init__(f"{reason}{shown}", hint)
        self.reason = reason


class PortStolen(AppFailed):
    """Somebody took a dyno's port between its choice and its use: another one may be free."""
