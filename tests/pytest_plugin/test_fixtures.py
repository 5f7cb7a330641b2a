"""The fixtures: the app, its URL, its log, one-off commands, further apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite


def test_all_tests_share_one_app(suite: Suite) -> None:
    """It answers at procrun_url, which has no slash at the end."""
    suite.tests("""
pids = set()

def test_one(procrun_app, procrun_url):
    assert procrun_url == procrun_app.url == f"http://127.0.0.1:{procrun_app.port('web')}"
    assert read(procrun_url + "/PS") == "web.1"
    pids.add(procrun_app.processes[0].pid)

def test_two(procrun_app):
    assert {dyno.pid for dyno in procrun_app.processes} == pids
""")

    suite.run().assert_outcomes(passed=2)


def test_the_log_is_that_of_the_test_alone(suite: Suite) -> None:
    """What the app wrote before is drained first, and what it wrote at its start is left out."""
    suite.tests("""
def test_one(procrun_url, procrun_logs):
    assert list(procrun_logs()) == []
    read(procrun_url + "/one")
    assert list(procrun_logs()) == ["asked for /one"]

def test_two(procrun_url, procrun_logs):
    read(procrun_url + "/two")
    assert list(procrun_logs("web")) == list(procrun_logs("web.1")) == ["asked for /two"]
    assert "two" in procrun_logs()
""")

    suite.run().assert_outcomes(passed=2)


def test_a_line_of_the_test_can_be_waited_for(suite: Suite) -> None:
    """Earlier tests have written the same one."""
    suite.tests("""
def test_one(procrun_url, procrun_logs):
    read(procrun_url + "/one")
    line = procrun_logs.wait_for("asked for /o", process="web")
    assert (line, line.dyno) == ("asked for /one", "web.1")

def test_two(procrun_url, procrun_logs):
    with pytest.raises(AppFailed, match="within 0.1 s"):
        procrun_logs.wait_for("asked for", timeout=0.1)
""")

    suite.run().assert_outcomes(passed=2)


def test_a_one_off_runs_in_the_environment_of_the_app(suite: Suite) -> None:
    """And its outcome is told."""
    suite.write(".env.test", "A=test\n")
    suite.tests("""
def test_one(procrun_run):
    done = procrun_run("echo $A; exit 3")
    assert (done.returncode, done.stdout) == (3, "test\\n")
""")

    suite.run().assert_outcomes(passed=1)


def test_a_factory_starts_further_apps_that_end_with_the_test(suite: Suite) -> None:
    """Each is another one, with the choices of its call."""
    suite.tests("""
apps = []

def test_one(procrun_factory):
    apps.append(procrun_factory(env={"A": "1"}))
    apps.append(procrun_factory("web worker", env={"A": "2"}))
    assert [read(app.url + "/A") for app in apps] == ["1", "2"]
    assert [dyno.name for dyno in apps[1].processes] == ["web.1", "worker.1"]

def test_two():
    assert all(app.is_stopped for app in apps)

def test_three(procrun_factory):
    with pytest.raises(Exception, match="can't take timeout='soon'"):
        procrun_factory(timeout="soon")
""")

    suite.run().assert_outcomes(passed=3)


def test_fixtures_of_the_session_can_build_on_the_url(suite: Suite) -> None:
    """As pytest-playwright's base_url does; with the marks of the test that uses them."""
    suite.tests("""
@pytest.fixture(scope="session")
def base_url(procrun_url):
    return procrun_url

def test_one(base_url):
    assert read(base_url + "/A") == ""

@pytest.mark.procrun(env={"A": "1"})
def test_two(base_url):
    assert read(base_url + "/A") == "1"

def test_three(base_url):
    assert read(base_url + "/A") == ""
""")

    suite.run().assert_outcomes(passed=3)


def test_the_fixtures_say_what_they_are(suite: Suite) -> None:
    """In `pytest --fixtures`."""
    lines = suite.run("--fixtures").outlines

    for name in ("app", "url", "run", "logs", "factory"):
        assert any(f"procrun_{name}" in line for line in lines)
    assert not any("no docstring" in line for line in lines)


def test_classes_of_unittest_can_use_the_app(suite: Suite) -> None:
    """By usefixtures."""
    suite.tests("""
import unittest

@pytest.mark.usefixtures("procrun_app")
class TestShop(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, procrun_url):
        self.url = procrun_url

    def test_one(self):
        assert read(self.url + "/PS") == "web.1"
""")

    suite.run().assert_outcomes(passed=1)
