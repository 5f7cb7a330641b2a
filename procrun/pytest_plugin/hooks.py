"""What happens around each test that uses an app: its log in the report, and a look for crashes."""

from __future__ import annotations

import time

import pytest

from procrun.core.suites import ShowLog
from procrun.errors import ProcrunError
from procrun.pytest_plugin.marks import FIXTURE, choices_of, uses_app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.fixtures import SubRequest  # which is what the hook gets

    from procrun.pytest_plugin.marks import Choices
    from procrun.pytest_plugin.options import Options
    from procrun.pytest_plugin.pool import Pool
    from procrun.testing import Log, RunningApp

TITLE = "procrun log"


class Span:
    """The part of an app's log that was written during a test."""

    def __init__(self, app: RunningApp, since: float | None) -> None:
        """`since` is when the test began; None where the app was started for it."""
        self.app = app
        self.ready = time.time() if since is None else since  # for the test itself
        self._since = since  # for the report, which has the start as well

    def section(self, lines: int) -> str:
        """What is new since the last report, in so many lines; "" if there is nothing."""
        try:
            log = self.app.logs(since=self._since, source=None)
        except (ProcrunError, OSError):
            return ""
        self._since = time.time()
        return _shown(log, lines)


class Hooks:
    """Hooks around tests; registered when the first one wants an app."""

    def __init__(self, pool: Pool, options: Options) -> None:
        self.pool = pool
        self.is_distant = bool(options.url)  # the app is only known by its URL
        self._options = options
        self._spans: list[Span] = []  # of the test that runs
        self._last = ""  # the node id of the last test that used an app
        self._fixture: tuple[pytest.FixtureDef[object], SubRequest] | None = None

    def begin(self, app: RunningApp) -> None:
        """An app was started for the test that runs."""
        if not self.is_distant:
            self._spans.append(Span(app, None))

    def span(self, app: RunningApp) -> Span:
        """What the app writes during the test that runs; from now on, if nobody asked yet."""
        for span in self._spans:
            if span.app is app:
                return span
        self._spans.append(Span(app, _now_drained(app)))
        return self._spans[-1]

    @pytest.hookimpl
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail at once where the app of the test is in trouble; else note where its log is."""
        self._spans.clear()
        if not uses_app(item):
            return
        choices = choices_of(item)
        member = self.pool.find(choices)
        if member:
            member.look(f"during or after {self._last}")
        if trouble := self.pool.trouble(choices):
            trouble.fail(item.nodeid)
        if member and not self.is_distant:
            self.span(member.app)

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: SubRequest
    ) -> None:
        """Note the fixture, so that a fresh app can be ended before its scope does."""
        if fixturedef.argname == FIXTURE:
            self._fixture = fixturedef, request

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the app's log."""
        del item
        report = yield
        if self._is_wanted(report):
            texts = [
                text for each in self._spans if (text := each.section(self._options.log_lines))
            ]
            for number, text in enumerate(texts, 1):
                title = TITLE if number == 1 else f"{TITLE} of app {number}"
                report.sections.append((title, text))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """End a fresh app, and look whether a shared one has crashed."""
        try:
            yield
        finally:
            if uses_app(item):
                self._last = item.nodeid
                self._end(choices_of(item), item.nodeid)

    def _end(self, choices: Choices, nodeid: str) -> None:
        if choices.fresh and self._fixture:
            fixturedef, request = self._fixture
            fixturedef.finish(request)  # and with it what depends on it
        if member := self.pool.find(choices):
            member.look(f"during {nodeid}")

    def _is_wanted(self, report: pytest.TestReport) -> bool:
        if self._options.logs is ShowLog.NEVER:
            return False
        shows_all = self._options.logs is ShowLog.ALWAYS
        return report.failed or (shows_all and report.when == "call")


def _now_drained(app: RunningApp) -> float:
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
