"""Under pytest-xdist: an app for each worker, or one for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import leaks

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

# With --dist=each both workers run all of them.
WHO = """
from pathlib import Path

@pytest.mark.parametrize("number", range(2))
def test_one(procrun_app, number):
    Path(f"url-{os.environ['PYTEST_XDIST_WORKER']}-{number}").write_text(procrun_app.url)
    assert read(procrun_app.url + "/PS") == "web.1"
    assert procrun_app.run("echo $DYNO").returncode == 0
"""


def urls(suite: Suite) -> set[str]:
    """Where the apps were that the tests used."""
    return {path.read_text() for path in suite.root.glob("url-*")}


def test_each_worker_has_its_own_app(suite: Suite) -> None:
    """They never meet."""
    suite.tests(WHO)

    suite.run_apart("-n2", "--dist=each").assert_outcomes(passed=4)

    assert len(urls(suite)) == 2


def test_all_workers_can_share_one_app(suite: Suite) -> None:
    """It can be looked at, and used, by all of them; only the default one is shared."""
    suite.ini(procrun_share="run", procrun_release="true")
    procfile = (suite.root / "Procfile").read_text()
    suite.write("Procfile", f"{procfile}release: echo x >> released\n")
    suite.tests(f"""{WHO}
@pytest.mark.procrun(env={{"A": "1"}})
def test_other(procrun_app):
    assert read(procrun_app.url + "/A") == "1"

def test_repr(procrun_app, procrun_logs):
    assert not procrun_app.stop().is_known
    read(procrun_app.url + "/mine")
    assert "asked for /mine" in procrun_logs()
    assert "web.1 up" in repr(procrun_app)
""")

    suite.run_apart("-n2", "--dist=each").assert_outcomes(passed=8)

    assert len(urls(suite)) == 1
    assert (suite.root / "released").read_text() == "x\n" * 3  # two of them of the other apps


def test_marks_and_factories_work_in_workers(suite: Suite) -> None:
    """As they do without."""
    suite.tests("""
@pytest.mark.procrun(env={"A": "1"})
@pytest.mark.parametrize("number", range(3))
def test_mark(procrun_url, number):
    assert read(procrun_url + "/A") == "1"

@pytest.mark.procrun(fresh=True)
@pytest.mark.parametrize("number", range(2))
def test_fresh(procrun_app, number):
    procrun_app.kill("web", "KILL")

def test_other(procrun_url, procrun_factory, procrun_run):
    assert read(procrun_factory(env={"A": "2"}).url + "/A") == "2"
    assert read(procrun_url + "/A") == procrun_run("printf $A").stdout == ""
""")

    suite.run_apart("-n1").assert_outcomes(passed=6)


def test_without_xdist_nothing_is_shared(suite: Suite) -> None:
    """There is one process."""
    suite.ini(procrun_share="run")
    suite.tests("""
def test_one(procrun_app):
    read(procrun_app.url + "/PS")
    procrun_app.restart()

def test_two(procrun_app):
    read(procrun_app.url + "/PS")
""")

    suite.run().assert_outcomes(passed=2)


def test_sections_and_closing_words_reach_the_controller(suite: Suite) -> None:
    """They travel with the reports."""
    suite.tests("""
def test_one(procrun_app):
    read(procrun_app.url + "/one")
    crash(procrun_app)
    assert False
""")

    result = suite.run_apart("-n1")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- procrun log -*",
            "web.1 | asked for /one",
            "procrun: web.1 exited with 3 during test_shop.py::test_one",
        ]
    )


def test_a_crash_that_no_test_is_told_of_fails_the_run(suite: Suite) -> None:
    """A worker has seen it, and the controller says so."""
    suite.tests("""
def test_one(procrun_app):
    crash(procrun_app)
""")

    result = suite.run_apart("-n1")

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["procrun: web.1 exited with 3 during test_shop.py::test_one"])


def test_a_shared_app_that_does_not_start_is_told_by_each_worker(suite: Suite) -> None:
    """The controller started it, and did not stop for that; the others are not affected."""
    suite.ini(procrun_share="run", procrun_procfile="Nowhere")
    suite.tests("""
def test_one(procrun_app):
    pass

def test_two():
    pass
""")

    result = suite.run_apart("-n2", "--dist=each")

    result.assert_outcomes(errors=2, passed=2)
    result.stdout.fnmatch_lines(["the app did not start: *Nowhere*"] * 2)


def test_a_crash_of_a_shared_app_is_told_with_a_caveat(suite: Suite) -> None:
    """Another worker may have been the one."""
    suite.ini(procrun_share="run")
    suite.tests("""
def test_one(procrun_app):
    crash(procrun_app)

def test_two(procrun_app):
    pass
""")

    result = suite.run_apart("-n1")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["web.1 exited with 3 during test_shop.py::test_one or another test beside it"]
    )


@pytest.mark.parametrize(
    ("share", "end", "flag"),
    [("worker", "assert False", "-x"), ("run", "os._exit(7)", "--maxfail=1")],
)
def test_nothing_is_left_when_a_run_ends_early(
    suite: Suite, share: str, end: str, flag: str
) -> None:
    """At the first failure, or because a worker is gone."""
    suite.ini(procrun_share=share, procrun_pass_env=leaks.MARK)
    suite.tests(f"""
def test_one(procrun_app):
    {end}

@pytest.mark.parametrize("number", range(20))
def test_two(procrun_app, number):
    pass
""")

    result = suite.run_apart("-n2", flag)

    result.stdout.fnmatch_lines(["*1 failed*"])
