"""How a session can end, and what becomes of its apps then."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests import leaks
from tests.pytest_plugin.suite import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.pytest_plugin.suite import Suite


def temporary(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for temporary files, short enough for a socket."""
    folder = suite.root / "t"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.parametrize("flags", [(), ("-x",)], ids=["to the end", "until a failure"])
def test_fixtures_of_the_session_can_still_use_the_app_at_its_end(
    suite: Suite, flags: tuple[str, ...]
) -> None:
    """It is stopped after them."""
    suite.tests("""
from pathlib import Path

@pytest.fixture(scope="session")
def page(procrun_url):
    yield procrun_url
    Path("last").write_text(read(procrun_url + "/PS"))

def test_one(page):
    assert False

def test_two():
    pass
""")

    suite.run(*flags)

    assert (suite.root / "last").read_text() == "web.1"


def test_all_apps_are_stopped_at_once(suite: Suite) -> None:
    """Each of these two ends when the other one is told to; alone it would be killed."""
    suite.app(
        worker="""
import os, signal
from pathlib import Path

for each in "AB":
    if not os.path.exists(each):
        os.mkfifo(each)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("waiting", flush=True)
signal.sigwait([signal.SIGTERM])
own = os.environ["OWN"]
for each in "AB":
    open(each, "w" if each == own else "r").close()
"""
    )
    suite.ini(procrun_processes="worker")
    suite.tests("""
@pytest.mark.procrun(env={"OWN": "A"})
def test_one(procrun_app):
    procrun_app.wait_for_log("waiting")

@pytest.mark.procrun(env={"OWN": "B"})
def test_two(procrun_app):
    procrun_app.wait_for_log("waiting")
""")

    result = suite.run()

    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*ignored SIGTERM*")


@pytest.mark.parametrize(
    ("share", "workers"),
    [("worker", ()), ("worker", ("-n1",)), ("run", ("-n1",))],
    ids=["alone", "of a worker", "shared"],
)
def test_an_app_can_be_kept(suite: Suite, share: str, workers: tuple[str, ...]) -> None:
    """The last words say how to reach it, and how to stop it."""
    suite.ini(procrun_share=share)
    suite.tests("""
def test_one(procrun_url, procrun_factory):
    procrun_factory(env={"A": "1"})
""")

    result = suite.run_apart("--procrun-keep", *workers)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["procrun: <app in * at http://127.0.0.1:*: web.1 up*> goes on"])
    lines = [line.split() for line in result.outlines if line.startswith("  procrun -d ")]
    folder = lines[0][2]
    assert [line[3:] for line in lines] == [["ps"], ["logs", "-t"], ["stop"]]
    for line, words in ((lines[0], "web.1"), (lines[2], "")):
        command = [sys.executable, "-m", *line]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert words in done.stdout
    assert not os.path.exists(folder)


def test_the_app_goes_on_in_the_debugger(suite: Suite, pytester: pytest.Pytester) -> None:
    """Its log is shown before; no clock of ours runs out, and it is stopped afterwards."""
    suite.tests("""
def test_one(procrun_url):
    print("it is at", procrun_url)
    assert read(procrun_url + "/PS") == "worker.1"
""")

    child = pytester.spawn_pytest(f"--pdb {' '.join(PLAIN)}", expect_timeout=30)
    child.expect_exact(">> procrun log >>")
    child.expect_exact("web.1 | asked for /PS")
    child.expect_exact("(Pdb) ")
    child.sendline("read(procrun_url + '/PS')")
    child.expect_exact("'web.1'")
    child.expect_exact("(Pdb) ")
    child.sendline("c")
    child.expect_exact("1 failed")
    child.expect(pexpect.EOF)
    child.close()


def test_an_interrupted_session_stops_its_app(suite: Suite, pytester: pytest.Pytester) -> None:
    """Ctrl-C is for pytest, and the app is still there while it tears down."""
    suite.tests("""
@pytest.fixture
def late(procrun_url):
    yield
    print("at the end:", read(procrun_url + "/PS"))

def test_one(late):
    print("waiting", flush=True)
    signal.pause()
""")

    child = pytester.spawn_pytest(f"-s {' '.join(PLAIN)}", expect_timeout=30)
    child.expect_exact("waiting")
    child.sendintr()
    child.expect_exact("at the end: web.1")
    child.expect_exact("KeyboardInterrupt")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == pytest.ExitCode.INTERRUPTED


def test_a_test_that_takes_too_long_is_ended_and_the_app_with_it(suite: Suite) -> None:
    """By pytest-timeout, in the way that ends pytest at once; the app's start does not count."""
    suite.ini(procrun_pass_env=leaks.MARK)
    suite.tests("""
@pytest.mark.timeout(0.5, method="thread", func_only=True)
def test_one(procrun_url):
    print("the app is there")
    signal.pause()
""")

    result = suite.run_apart()

    assert result.ret == 1
    assert "the app is there" in result.stdout.str() + result.stderr.str()


class Killed:
    """pytest, which is killed while it is at work."""

    TESTS = """
@pytest.mark.parametrize("number", range(50))
def test_one(procrun_app, procrun_run, procrun_factory, number):
    assert procrun_run("true").returncode == 0
    procrun_factory(processes="worker")
"""

    def __init__(self, suite: Suite, folder: Path) -> None:
        suite.ini(procrun_processes="web worker", procrun_pass_env=leaks.MARK)
        suite.tests(self.TESTS)
        self._folder = folder
        self._root = suite.root

    def kill(self, after: float, workers: Sequence[str]) -> None:
        """Start it, and kill it so many seconds later; nothing of its apps may be left."""
        command = [sys.executable, "-m", "pytest", *PLAIN, *workers]
        with subprocess.Popen(
            command, cwd=self._root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as pytest_process:
            try:
                pytest_process.wait(after)
            except subprocess.TimeoutExpired:
                os.kill(pytest_process.pid, signal.SIGKILL)
            assert pytest_process.stdout
            pytest_process.stdout.read()
            assert pytest_process.wait() == -signal.SIGKILL
        mark = os.environ[leaks.MARK]
        left = [process for process in leaks.marked(mark) if not leaks.exits(process.pid, 10)]
        assert left == []
        assert [path for path in self._folder.iterdir() if path.name.startswith("procrun")] == []


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "with xdist"])
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.timeout(300)
def test_nothing_is_left_when_pytest_is_killed(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, times: int, workers: tuple[str, ...]
) -> None:
    """At any moment: while an app starts, runs, or is stopped."""
    killed = Killed(suite, temporary(suite, monkeypatch))

    for _ in range(times):
        killed.kill(random.uniform(0.2, 3 if workers else 2), workers)  # noqa: S311 - no secret
