"""Apps that do not start, or crash: told once in full, and then in a line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from procrun.pytest_plugin.trouble import During, crash
from procrun.testing import DynoStatus, Log
from tests.pytest_plugin.suite import BROKEN

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

CRASH = """
def test_good(procrun_url):
    assert read(procrun_url + "/PS") == "web.1"

def test_pay(procrun_app):
    crash(procrun_app)

def test_next(procrun_url):
    read(procrun_url + "/PS")

def test_last(procrun_url):
    read(procrun_url + "/PS")
"""


def test_the_test_that_crashed_the_app_is_named(suite: Suite) -> None:
    """In the next one with the last lines, in the others without, in none with a traceback."""
    suite.tests(CRASH)

    result = suite.run()

    result.assert_outcomes(passed=2, errors=2)
    words = "web.1 exited with 3 during test_shop.py::test_pay"
    result.stdout.fnmatch_lines([words, "--- the end of its log", "*asked for /exit/3"])
    result.stdout.fnmatch_lines([f"{words}; see test_shop.py::test_next"])
    result.stdout.no_fnmatch_line("*urlopen error*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")


@pytest.mark.parametrize(
    ("why", "end", "words"),
    [
        ("exited with status 3", 3, "exited with 3"),
        ("killed by SIGSEGV (core dumped)", "SIGSEGV", "was killed by SIGSEGV"),
        ("could not be started: no memory", None, "could not be started: no memory"),
        ("", None, "has ended"),
    ],
)
def test_a_crash_is_told_in_few_words(why: str, end: int | str | None, words: str) -> None:
    """Whatever has become of the dyno."""
    dyno = DynoStatus("web.1", "web", "crashed", 0.0, None, 5000, 0, why, "true", end)

    assert crash([dyno], "during test_pay", Log()).line == f"web.1 {words} during test_pay"


def test_an_app_that_a_test_restarts_is_no_matter(suite: Suite) -> None:
    """That crashed it on purpose."""
    suite.tests("""
def test_one(procrun_app):
    crash(procrun_app)
    procrun_app.restart("web")

def test_two(procrun_url):
    assert read(procrun_url + "/PS") == "web.1"
""")

    result = suite.run()

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK


def test_what_no_test_is_told_is_told_at_the_end(suite: Suite) -> None:
    """The last test crashed it; so the run has failed."""
    suite.tests("""
def test_one(procrun_app):
    crash(procrun_app)
""")

    result = suite.run()

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["procrun: web.1 exited with 3 during test_shop.py::test_one"])


def test_a_test_that_asked_for_the_app_by_name_is_named(suite: Suite) -> None:
    """As all others are."""
    suite.tests("""
def test_one(request):
    crash(request.getfixturevalue("procrun_app"))

def test_two(procrun_url):
    pass
""")

    result = suite.run()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["web.1 exited with 3 during test_shop.py::test_one"])


def test_a_fresh_app_is_started_when_the_shared_one_has_crashed(suite: Suite) -> None:
    """So are others."""
    suite.tests("""
def test_one(procrun_app):
    crash(procrun_app)

@pytest.mark.procrun(fresh=True)
def test_two(procrun_url):
    read(procrun_url + "/PS")

@pytest.mark.procrun(env={"A": "1"})
def test_three(procrun_url):
    read(procrun_url + "/PS")
""")

    suite.run().assert_outcomes(passed=3)


def test_a_host_that_was_killed_is_told(suite: Suite) -> None:
    """As a crashed dyno is."""
    suite.tests("""
def test_one(procrun_app):
    os.kill(procrun_app.pid, signal.SIGKILL)
    os.waitid(os.P_PID, procrun_app.pid, os.WEXITED | os.WNOWAIT)

def test_two(procrun_app):
    pass
""")

    result = suite.run()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["the process that ran the app (pid *) has ended during test_shop.py::test_one"]
    )


def test_a_test_that_stops_the_shared_app_is_named(suite: Suite) -> None:
    """Others would see connection errors."""
    suite.tests("""
def test_one(procrun_app):
    procrun_app.stop()

def test_two(procrun_app):
    pass
""")

    result = suite.run()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["the app was stopped during test_shop.py::test_one"])


def test_an_app_that_does_not_start_is_started_once(suite: Suite) -> None:
    """The first test has the whole story."""
    suite.app(web="open('tried', 'a').write('x')\n" + BROKEN)
    suite.tests("""
def test_one(procrun_url):
    pass

def test_two(procrun_url):
    pass

def test_three(procrun_logs, procrun_app):
    pass

def test_four(request):
    request.getfixturevalue("procrun_app")
""")

    result = suite.run()

    result.assert_outcomes(errors=3, failed=1)
    words = "the app did not start: *web.1 exited with status 1*"
    result.stdout.fnmatch_lines([words, "--- the end of its log", "web.1 | no such table: users"])
    result.stdout.fnmatch_lines([f"{words}; see test_shop.py::test_one"] * 2)
    result.stdout.no_fnmatch_line("*exception*")
    result.stdout.no_fnmatch_line("*pytest_plugin*")
    assert (suite.root / "tried").read_text() == "x"


def test_an_app_without_a_procfile_is_told_with_what_to_do(suite: Suite) -> None:
    """As `procrun start` tells it."""
    (suite.root / "Procfile").unlink()
    suite.tests("\ndef test_one(procrun_url):\n    pass\n")

    result = suite.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the app did not start: *Procfile*", "  *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_choice_that_no_app_can_be_given_is_told(suite: Suite) -> None:
    """It is the mark's fault."""
    suite.tests("""
@pytest.mark.procrun(env={"A=B": "1"})
def test_one(procrun_url):
    pass
""")

    result = suite.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the app did not start: 'A=B' is no variable*"])


def test_an_app_that_had_to_be_killed_is_told_at_the_end(suite: Suite) -> None:
    """The grace is 5 seconds, or what the settings say."""
    suite.app(
        worker="import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\nsignal.pause()\n"
    )
    suite.write("procrun.toml", "timeout = 0.1\n")
    suite.ini(procrun_processes="worker")
    suite.tests("""
def test_one(procrun_app):
    procrun_app.wait_for_log("deaf")
""")

    result = suite.run()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["procrun: worker.1 ignored SIGTERM and was killed after * s"])


def test_a_skipped_test_is_skipped_all_the_same(suite: Suite) -> None:
    """Whatever has become of the app."""
    suite.write("Procfile", f"web: {sys.executable} nothing.py\n")
    suite.tests("""
def test_one(procrun_url):
    pass

@pytest.mark.skip
def test_two(procrun_url):
    pass
""")

    suite.run().assert_outcomes(errors=1, skipped=1)


def test_a_failing_test_says_itself_that_its_app_has_crashed(suite: Suite) -> None:
    """Above the log, and in the summary; the next test points there."""
    suite.tests("""
def test_pay(procrun_app):
    crash(procrun_app)
    read(procrun_app.url + "/PS")

def test_next(procrun_url):
    pass
""")

    result = suite.run()

    result.assert_outcomes(failed=1, errors=1)
    words = "web.1 exited with 3 during test_shop.py::test_pay"
    result.stdout.fnmatch_lines(["*- procrun log -*", words], consecutive=True)
    result.stdout.fnmatch_lines([f"{words}; see test_shop.py::test_pay"])
    result.stdout.fnmatch_lines([f"procrun: {words}"])


def test_a_failing_test_that_restarts_its_app_spoils_it_for_nobody(suite: Suite) -> None:
    """Its report says what became of it, even where the log is not shown."""
    suite.tests("""
@pytest.fixture
def broken(procrun_app):
    yield procrun_app
    procrun_app.restart("web")

def test_one(broken):
    crash(broken)
    assert False

def test_two(procrun_url):
    assert read(procrun_url + "/PS") == "web.1"
""")

    result = suite.run("--procrun-logs=never")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["web.1 exited with 3 during test_shop.py::test_one"])
    result.stdout.no_fnmatch_line("web.1 | *")


@pytest.mark.parametrize(
    ("during", "words"),
    [
        (During("test_b", "test_a", 5.0), "during test_b"),
        (During("test_b", "test_a", 5.5), "during or after test_a"),
        (During("test_b", "test_a"), "during or after test_a"),
        (During("test_b", ""), "before test_b"),
    ],
)
def test_what_happened_before_a_test_is_not_laid_to_it(during: During, words: str) -> None:
    """Whenever that is found."""
    assert during.shown(5.0) == words
