"""The ini options and the flags, each with its good and bad values."""

from __future__ import annotations

import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

import procrun.testing

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

OWN = ("run", "logs", "factory")  # fixtures of apps that are started here
ONE = "\ndef test_one(procrun_app):\n    pass\n"


def test_the_ini_file_describes_the_app(suite: Suite) -> None:
    """What runs, from where, in what environment, and what is waited for."""
    (suite.root / "shop").mkdir()
    suite.write("shop/web.py", (suite.root / "web.py").read_text())
    suite.write("shop/worker.py", (suite.root / "worker.py").read_text())
    suite.write("shop/Other", (suite.root / "Procfile").read_text())
    suite.write("shop/ci.env", "A=ci\n")
    suite.ini(
        procrun_root="shop",
        procrun_procfile="Other",
        procrun_processes="web worker=2",
        procrun_env_file="ci.env",
        procrun_pass_env="PASS* OTHER",  # noqa: S106 - no password
        procrun_ready="port",
        procrun_timeout="20.5",
    )
    suite.tests("""
os.environ["PASSED"] = "on"

def test_one(procrun_app):
    assert [dyno.name for dyno in procrun_app.processes] == ["web.1", "worker.1", "worker.2"]
    assert read(procrun_app.url + "/A") == "ci"
    assert read(procrun_app.url + "/PASSED") == "on"
    assert (procrun_app.setup.ready, procrun_app.setup.timeout) == ("port", 20.5)
""")

    suite.run("--strict-config").assert_outcomes(passed=1)


def test_numbers_and_lists_of_toml_are_taken(suite: Suite) -> None:
    """In the tables of pyproject.toml that pytest 9 reads natively."""
    if not pytest.version_tuple >= (9, 0):
        pytest.skip("only pytest 9 reads them")
    (suite.root / "pytest.ini").unlink()
    suite.write(
        "pyproject.toml",
        "[tool.pytest]\nprocrun_timeout = 20\nprocrun_release = false\n"
        'procrun_pass_env = ["A"]\nprocrun_env_file = []\n',
    )
    suite.write(".env.test", "A=test\n")
    suite.tests("""
def test_one(procrun_app):
    assert procrun_app.setup.timeout == 20
    assert "A" not in procrun_app.env
""")

    suite.run().assert_outcomes(passed=1)


def test_what_web_is_waited_for_does_not_matter_to_apps_without_one(suite: Suite) -> None:
    """A mark that says so itself has nothing to wait for."""
    suite.ini(procrun_ready="port")
    suite.tests("""
@pytest.mark.procrun(processes="worker")
def test_worker(procrun_app):
    assert len(procrun_app.processes) == 1

@pytest.mark.procrun(processes="worker", ready="port")
def test_nothing_to_wait_for(procrun_app):
    pass
""")

    result = suite.run()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*there is no web process to wait for*"])


@pytest.mark.parametrize("scope", ["module", "class", "function"])
def test_a_scope_says_how_long_an_app_lives(suite: Suite, scope: str) -> None:
    """When its time is over it is stopped, not at the end of the session."""
    suite.ini(procrun_scope=scope)
    suite.write("seen.py", "apps = {}\n")
    suite.tests("""
from seen import apps

class TestOne:
    def test_one(self, procrun_app):
        apps["one"] = procrun_app

    def test_two(self, procrun_app):
        apps["two"] = procrun_app

class TestTwo:
    def test_three(self, procrun_app):
        apps["three"] = procrun_app
""")
    suite.tests(
        """
from seen import apps

def test_four(request):
    assert all(app.is_stopped for app in apps.values())
    scope = request.config.getini("procrun_scope")
    assert (apps["one"] is apps["two"]) == (scope != "function")
    assert (apps["two"] is apps["three"]) == (scope == "module")
""",
        "test_then.py",
    )

    suite.run().assert_outcomes(passed=4)


def test_the_release_phase_runs_once_before_the_app(suite: Suite) -> None:
    """In its environment, for each app that differs."""
    suite.ini(procrun_release="true", procrun_scope="function")
    procfile = (suite.root / "Procfile").read_text()
    suite.write("Procfile", f"{procfile}release: echo A=$A >> released\n")
    suite.tests("""
from pathlib import Path

def test_one(procrun_app):
    assert Path("released").read_text() == "A=\\n"

@pytest.mark.procrun(env={"A": "1"})
def test_two(procrun_app):
    assert Path("released").read_text() == "A=\\nA=1\\n"

def test_three(procrun_app):
    assert Path("released").read_text() == "A=\\nA=1\\n"
""")

    suite.run().assert_outcomes(passed=3)


def test_a_release_phase_that_fails_says_why(suite: Suite) -> None:
    """Nothing is started, and it is not tried again."""
    suite.ini(procrun_release="true")
    procfile = (suite.root / "Procfile").read_text()
    suite.write("Procfile", f"{procfile}release: echo no database; echo x >> tried; exit 4\n")
    suite.tests(f"{ONE}\ndef test_two(procrun_app):\n    pass\n")

    result = suite.run()

    result.assert_outcomes(errors=2)
    words = "the app did not start: the release phase failed with exit status 4"
    result.stdout.fnmatch_lines([words, "no database", f"{words}; see *::test_one"])
    assert (suite.root / "tried").read_text() == "x\n"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("procrun_scope", "package", "'package' is none of session, module, class, function"),
        ("procrun_release", "perhaps", "must be true or false"),
    ],
)
def test_a_wrong_ini_option_is_a_usage_error(
    suite: Suite, name: str, value: str, words: str
) -> None:
    """Which names it, whether a test wants an app or not."""
    suite.ini(**{name: value})
    suite.tests("\ndef test_one():\n    pass\n")

    result = suite.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {name}: {words}"])


def test_a_wrong_flag_is_a_usage_error(suite: Suite) -> None:
    """Which names it."""
    result = suite.run("--procrun-logs=often")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --procrun-logs: 'often' is none of always, failed, never"])


def test_an_app_that_runs_already_can_be_tested(suite: Suite) -> None:
    """Nothing is started; what can't be known of it is told as such."""
    suite.tests("""
def test_one(procrun_app, procrun_url):
    assert procrun_url == procrun_app.url
    assert not procrun_url.endswith("/")
    assert procrun_app.port("web") == int(procrun_url.rpartition(":")[2])
    assert read(procrun_url + "/A") == "distant"
    procrun_app.stop()

def test_two(procrun_app):
    for ask in (procrun_app.logs, procrun_app.restart, lambda: procrun_app.processes):
        with pytest.raises(Exception, match="only its url and its port are known"):
            ask()
    assert repr(procrun_app) == f"<app at {procrun_app.url}>"

@pytest.mark.procrun(timeout=3)
def test_three(procrun_url):
    pass
""")

    with procrun.testing.app(suite.root, env={"A": "distant"}) as app:
        suite.write("Procfile", f"web: {sys.executable} nothing.py")  # must not be started
        suite.run(f"--procrun-url={app.url}/").assert_outcomes(passed=3)


def test_tests_that_need_another_app_than_that_are_skipped(suite: Suite) -> None:
    """Those that need one started here as well, each with the reason; any answer is one."""
    suite.tests("""
@pytest.mark.procrun(env={"A": "1"})
def test_one(procrun_url):
    pass

@pytest.mark.procrun(fresh=True)
def test_two(procrun_url):
    pass

def test_three(procrun_run):
    pass

def test_four(procrun_logs):
    pass

def test_five(procrun_factory):
    pass

def test_six(procrun_url):
    pass
""")

    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        result = suite.run(f"--procrun-url=http://127.0.0.1:{server.server_port}", "-rs")
        server.shutdown()

    result.assert_outcomes(passed=1, skipped=5)
    needs = "needs an app that is started here, not that of --procrun-url"
    for wanted in ("*.procrun(env=…)", "*.procrun(fresh=…)", *map("procrun_{}".format, OWN)):
        result.stdout.fnmatch_lines([f"SKIPPED * {wanted} {needs}"])


def test_nobody_at_the_url_is_told_in_a_line(suite: Suite) -> None:
    """Of each test, and not as an error of its own client."""
    suite.tests(f"{ONE}\ndef test_two(procrun_url):\n    pass\n")

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        result = suite.run(f"--procrun-url={url}")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines([f"nothing answers at {url}: Connection refused"] * 2)
    result.stdout.no_fnmatch_line("*standing*")


def test_the_flags_are_in_the_help(suite: Suite) -> None:
    """And so are the ini options."""
    text = suite.run("--help").stdout.str()

    for name in ("url=URL", "keep", "logs=WHEN", "log-lines=N"):
        assert f"--procrun-{name}" in text
    for (
        name
    ) in "root procfile processes ready timeout env_file pass_env scope release share".split():
        assert f"procrun_{name} (" in text
