"""Flask under gunicorn, as users have it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.supervision.processes import SOAK

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

SHOP = """
import os
from flask import Flask

shop = Flask(__name__)

@shop.get("/")
def home():
    print("home is shown", flush=True)
    return f"{os.environ['GREETING']} from {os.environ['PS']}"

@shop.get("/broken")
def broken():
    raise ValueError("no such order")
"""
TESTS = """
from urllib.error import HTTPError

def test_home(procrun_url, procrun_logs):
    assert read(procrun_url + "/") == "hello from web.1"
    assert "home is shown" in procrun_logs("web")

def test_broken(procrun_url, procrun_logs):
    with pytest.raises(HTTPError) as caught:
        read(procrun_url + "/broken")
    caught.value.close()
    assert "no such order" in procrun_logs()
    assert "home is shown" not in procrun_logs()

@pytest.mark.procrun(env={"GREETING": "good morning"})
def test_other(procrun_url):
    assert read(procrun_url + "/") == "good morning from web.1"

def test_one_off(procrun_run):
    done = procrun_run([*PYTHON, "-c", "import shop; print(shop.shop.name)"])
    assert (done.returncode, done.stdout) == (0, "shop\\n")

def test_fails(procrun_url):
    read(procrun_url + "/")
    assert False
"""


def write(suite: Suite) -> None:
    """Make it a shop."""
    suite.write("shop.py", SHOP)
    suite.write("Procfile", f"web: {sys.executable} -m gunicorn --access-logfile - shop:shop\n")
    suite.write(".env.test", "GREETING=hello\n")
    suite.tests(f"PYTHON = [{sys.executable!r}]\n{TESTS}")


def test_a_shop_is_tested(suite: Suite) -> None:
    """With a failure, whose report has what the server wrote."""
    write(suite)

    result = suite.run()

    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        ["*- procrun log -*", "web.1 | home is shown", '*"GET / HTTP/1.1"*']
    )


def test_a_shop_that_cannot_be_imported_fails_its_tests_at_once(suite: Suite) -> None:
    """With gunicorn's own words, in the first of them."""
    write(suite)
    suite.write("shop.py", "import nothing_of_that_name\n")

    result = suite.run()

    result.assert_outcomes(errors=5)
    text = "*ModuleNotFoundError: No module named 'nothing_of_that_name'"
    result.stdout.fnmatch_lines(["the app did not start: *", text])
    result.stdout.fnmatch_lines(["the app did not start: *; see *"])


KILLED = """
import os, signal

def test_kills(procrun_app):
    os.kill(procrun_app.processes[0].pid, signal.SIGKILL)
    assert False

def test_next(procrun_url):
    read(procrun_url + "/")

def test_last(procrun_url):
    read(procrun_url + "/")
"""


def test_a_master_that_is_killed_is_told_where_that_was_done(suite: Suite) -> None:
    """Though its workers live on for a moment."""
    write(suite)
    suite.tests(KILLED)

    result = suite.run("-p", "no:randomly")

    result.assert_outcomes(failed=1, errors=2)
    told = "web.1 was killed by SIGKILL during test_shop.py::test_kills"
    result.stdout.fnmatch_lines([f"{told}*", f"{told}*"])


COVERAGE = """
[run]
source = .
omit = test_*
parallel = true
patch = subprocess
sigterm = true
"""


@pytest.mark.parametrize(
    "workers",
    [pytest.param((), id="alone"), pytest.param(("-n1",), id="with xdist", marks=SOAK)],
)
def test_pytest_cov_measures_the_server(suite: Suite, workers: tuple[str, ...]) -> None:
    """Which has ended, and left what it knows, before pytest-cov counts that."""
    write(suite)
    suite.write(".coveragerc", COVERAGE)

    result = suite.run_apart(
        "--cov=.", "test_shop.py::test_home", "test_shop.py::test_broken", *workers
    )

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["shop.py * 100%"])
    assert list(suite.root.glob(".coverage.*")) == []
