"""The app of a Procfile as fixtures of pytest; docs/testing.md says how.

Nothing but this is loaded before a test wants an app.
"""

from __future__ import annotations

import pytest

from procrun.pytest_plugin import closing, marks, options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from procrun.pytest_plugin.factory import Factory
    from procrun.pytest_plugin.own_lines import OwnLines
    from procrun.pytest_plugin.workers import Worker
    from procrun.testing import CompletedRun, RunningApp

# What hides the parameter that carries a mark's choices; older ones show a short one.
_ID = getattr(pytest, "HIDDEN_PARAM", "procrun")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what can be said on the command line and in the ini file."""
    options.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what can't be, before anything runs."""
    config.addinivalue_line("markers", marks.SIGNATURE)
    options.check(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the fixture what the marks of a test say, whatever its scope."""
    if marks.FIXTURE not in metafunc.fixturenames:
        return
    from procrun.pytest_plugin.session import hooks_of

    hooks_of(metafunc.config)
    definition = metafunc.definition
    try:
        choices = marks.chosen_by(definition.iter_markers(marks.NAME))
    except marks.BadMark as error:
        where = marks.place(definition)
        raise pytest.Collector.CollectError(f"{where}: {error}") from None
    if definition.get_closest_marker(marks.NAME):
        metafunc.parametrize(marks.FIXTURE, [choices], indirect=True, ids=[_ID])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse marks that come too late to be heeded."""
    for item in items:
        if marks.NAME in item.keywords and marks.uses_app(item):
            marks.check(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test runs: a test may ask for its app when nobody knows that it will."""
    item.config.stash[marks.RUNNING] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose marks can't be heeded, whatever has become of it."""
    try:
        return (yield)
    finally:
        marks.check_late(item)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Worker) -> None:
    """In the controller of pytest-xdist: lend a worker the app, if all are to share one."""
    from procrun.pytest_plugin.workers import lend_to

    lend_to(node)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """In the controller of pytest-xdist: take over what a worker has to say at the end."""
    from procrun.pytest_plugin.workers import hear_from

    hear_from(node)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Stop all apps after the last test: pytest-cov, around this, then counts what they leave."""
    result = yield
    closing.close(session.config)
    return result


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop all apps where the tests were interrupted, after the fixtures that use them.

    A crash that no test was told of makes the session fail.
    """
    closing.finish(session)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which apps did not end as they should, and which go on."""
    for line in closing.lines(terminalreporter.config):
        terminalreporter.write_line(line)


@pytest.fixture(scope=options.scope)
def procrun_app(request: pytest.FixtureRequest) -> Iterator[RunningApp]:
    """The app of the Procfile (procrun.testing.RunningApp), started once for all tests.

    It has url, port(name), env, processes, logs(), wait_for_log(), run(), restart(), scale(),
    kill(). @pytest.mark.procrun(processes=…, env=…, ready=…) gives a test, a class or a module
    another app; the ini options procrun_… say what holds for all.
    """
    from procrun.pytest_plugin.session import provide

    yield from provide(request)


@pytest.fixture(scope=options.scope)
def procrun_url(procrun_app: RunningApp) -> str:
    """Where the app answers, such as http://127.0.0.1:43127, without a slash at the end."""
    return procrun_app.url


@pytest.fixture(scope=options.scope)
def procrun_run(
    procrun_app: RunningApp, request: pytest.FixtureRequest
) -> Callable[..., CompletedRun]:
    """Run a one-off command in the app's environment, as `procrun run` does.

    procrun_run("flask db upgrade") gives its returncode, stdout and stderr.
    """
    from procrun.pytest_plugin.standing import need_own_app

    need_own_app(request.config, "procrun_run")
    return procrun_app.run


@pytest.fixture
def procrun_logs(procrun_app: RunningApp, request: pytest.FixtureRequest) -> OwnLines:
    """The lines that the app has written during this test.

    procrun_logs() gives those of all its processes, procrun_logs("worker") those of one type or
    dyno: `assert "sent" in procrun_logs("worker")`. What comes a little later is waited for by
    procrun_logs.wait_for("sent", timeout=10, process="worker"), which gives the line.
    """
    from procrun.pytest_plugin.session import logs_of_test
    from procrun.pytest_plugin.standing import need_own_app

    need_own_app(request.config, "procrun_logs")
    return logs_of_test(request.config, procrun_app)


@pytest.fixture
def procrun_factory(request: pytest.FixtureRequest) -> Iterator[Factory]:
    """Start further apps, which are stopped after the test.

    procrun_factory(processes="web worker=2", env={"A": "1"}) takes what @pytest.mark.procrun takes;
    what is not said is as the ini file has it.
    """
    from procrun.pytest_plugin.factory import factory
    from procrun.pytest_plugin.standing import need_own_app

    need_own_app(request.config, "procrun_factory")
    yield from factory(request.config)
