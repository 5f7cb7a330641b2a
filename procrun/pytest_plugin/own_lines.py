"""The lines that an app writes during one test, for that test."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing import Log, LogLine, RunningApp


class OwnLines:
    """What the fixture procrun_logs gives."""

    def __init__(self, app: RunningApp, since: float | None) -> None:
        """`since` is when the test began, in seconds since the epoch."""
        self._app = app
        self._since = since

    def __call__(self, process: str | None = None) -> Log:
        """What was written by now, by all or by one type or dyno."""
        return self._app.logs(process, since=self._since)

    def wait_for(self, regex: str, timeout: float = 10.0, process: str | None = None) -> LogLine:
        """The first line of this test that the expression is found in, be it there already.

        AppFailed if there is none within so many seconds, or none can come any more.
        """
        return self._app.wait_for_log(regex, timeout, process=process, since=self._since)
