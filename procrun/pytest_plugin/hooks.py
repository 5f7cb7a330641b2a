"""What happens around each test that uses an app: its log in the report, and a look for crashes."""

from __future__ import annotations

import pytest

from procrun.core.suites import ShowLog
from procrun.pytest_plugin.marks import FIXTURE, RUNNING, choices_of, uses_app
from procrun.pytest_plugin.span import Span, now_drained
from procrun.pytest_plugin.standing import StandingApp
from procrun.pytest_plugin.trouble import During

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.fixtures import SubRequest  # which is what the hook gets

    from procrun.pytest_plugin.member import Member
    from procrun.pytest_plugin.options import Options
    from procrun.pytest_plugin.pool import Pool
    from procrun.testing import RunningApp

TITLE = "procrun log"


class Hooks:
    """Hooks around tests; registered when the first one wants an app."""

    def __init__(self, pool: Pool, options: Options, stash: pytest.Stash) -> None:
        """`stash` is that of the session's configuration."""
        self.pool = pool
        self.standing = StandingApp(options.url) if options.url else None
        self._options = options
        self._spans: list[Span] = []  # of the test that runs
        self._stash = stash
        self._last = ""  # the node id of the last test that used an app
        self._fixture: tuple[pytest.FixtureDef[object], SubRequest] | None = None

    def begin(self, member: Member) -> None:
        """An app was started for the test that runs."""
        if not self.standing:
            self._spans.append(Span(member, None, self._test, self._last))

    def span(self, app: RunningApp) -> Span:
        """What the app does during the test that runs; from now on, if nobody asked yet."""
        for span in self._spans:
            if span.member.app is app:
                return span
        member = self.pool.member_of(app)
        self._spans.append(Span(member, now_drained(app), self._test, self._last))
        return self._spans[-1]

    @property
    def _test(self) -> str:
        """The node id of the test that runs."""
        item = self._stash.get(RUNNING, None)
        return item.nodeid if item else ""

    @pytest.hookimpl
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail at once where the app of the test is in trouble; else note where its log is."""
        self._spans.clear()
        if not uses_app(item):
            return
        choices = choices_of(item)
        member = self.pool.find(choices)
        if member:
            member.look(During(item.nodeid, self._last))
        if trouble := self.pool.trouble(choices):
            trouble.fail(item.nodeid)
        if member and not self.standing:
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
        """Add what became of the app, and its log."""
        del item
        report = yield
        for span in self._spans:
            self._add_to(report, span)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """End a fresh app, and look whether a shared one has crashed."""
        try:
            yield
        finally:
            if choices_of(item).fresh and self._fixture:
                fixturedef, request = self._fixture
                fixturedef.finish(request)  # and with it what depends on it
            for span in self._spans:
                if self.pool.shares(span.member):
                    span.member.look(span.during)
            if self._spans or uses_app(item):
                self._last = item.nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, report: pytest.TestReport | pytest.CollectReport
    ) -> None:
        """Before the prompt of --pdb: show what the report has of the apps."""
        terminal = node.config.pluginmanager.getplugin("terminalreporter")
        if terminal is None or not node.config.getoption("usepdb", default=False):
            return
        for title, text in report.sections:
            if title.startswith(TITLE):
                terminal.ensure_newline()
                terminal.write_sep(">", title)
                terminal.write_line(text)

    def _add_to(self, report: pytest.TestReport, span: Span) -> None:
        shows_log = self._shows_log(report)
        texts = [span.log(self._options.log_lines)] if shows_log else []
        if report.failed:
            texts.insert(0, span.member.told_of_crash(span.during, shows_log=shows_log))
        text = "\n".join(filter(None, texts))
        if text:
            number = sum(title.startswith(TITLE) for title, _ in report.sections) + 1
            report.sections.append((TITLE if number == 1 else f"{TITLE} of app {number}", text))

    def _shows_log(self, report: pytest.TestReport) -> bool:
        if self._options.logs is ShowLog.NEVER:
            return False
        shows_all = self._options.logs is ShowLog.ALWAYS
        return report.failed or (shows_all and report.when == "call")
