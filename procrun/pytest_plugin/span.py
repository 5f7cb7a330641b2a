"""What an app does during a test."""

from __future__ import annotations

import time

from procrun.errors import ProcrunError
from procrun.pytest_plugin.trouble import During

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.pytest_plugin.member import Member
    from procrun.testing import Log, RunningApp


class Span:
    """The part of an app's life, and of its log, that belongs to a test."""

    def __init__(self, member: Member, since: float | None, test: str, last: str) -> None:
        """`since` is when the test began; None where the app was started for it.

        `test` is its node id, `last` that of the test before.
        """
        self.member = member
        self.ready = time.time() if since is None else since  # for the test itself
        self.during = During(test, last, since or 0.0)
        self._since = since  # for the report, which has the start as well

    def log(self, lines: int) -> str:
        """What is new since the last report, in so many lines; "" if there is nothing."""
        try:
            log = self.member.app.logs(since=self._since, source=None)
        except (ProcrunError, OSError):
            return ""
        self._since = time.time()
        return _shown(log, lines)


def now_drained(app: RunningApp) -> float:
    """The time; what the app has written until then is in its log. ProcrunError if it is gone."""
    app.logs(since=time.time())
    return time.time()


def _shown(log: Log, lines: int) -> str:
    left_out = max(0, len(log) - lines)
    text = log.last(lines).shown
    if not left_out:
        return text
    more = "--procrun-log-lines shows more"
    return f"({left_out} lines before these are left out; {more})\n{text}"
