"""The app's log in the reports of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

TESTS = """
def test_before(procrun_url):
    read(procrun_url + "/before")

def test_fails(procrun_url):
    read(procrun_url + "/during")
    assert False

def test_passes(procrun_url):
    read(procrun_url + "/after")
"""


def test_a_failing_test_shows_what_the_app_wrote_during_it(suite: Suite) -> None:
    """And not what it wrote before and after that."""
    suite.tests(TESTS)

    result = suite.run("-rA")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*- procrun log -*", "web.1 | asked for /during"])
    for name in ("before", "after"):
        result.stdout.no_fnmatch_line(f"*asked for /{name}*")


def test_the_log_can_be_shown_always_or_never(suite: Suite) -> None:
    """Of tests that passed with -rP or -rA."""
    suite.tests(TESTS)
    always = suite.run("--procrun-logs=always", "-rA")
    never = suite.run("--procrun-logs=never", "-rA")

    always.stdout.fnmatch_lines_random(
        [f"web.1 | asked for /{n}" for n in ("before", "during", "after")]
    )
    never.stdout.no_fnmatch_line("*procrun log*")


def test_only_the_last_lines_are_shown(suite: Suite) -> None:
    """With a word on those that are left out."""
    suite.tests("""
def test_fails(procrun_url):
    for number in range(5):
        read(f"{procrun_url}/{number}")
    assert False
""")

    result = suite.run("--procrun-log-lines=2")

    result.stdout.fnmatch_lines(
        [
            "*- procrun log -*",
            "(* lines before these are left out; --procrun-log-lines shows more)",
            "web.1 | asked for /3",
            "web.1 | asked for /4",
            "*short test summary*",
        ],
        consecutive=True,
    )


def test_failures_in_setup_and_teardown_have_the_log_too(suite: Suite) -> None:
    """Each has what is new since the last report of the test."""
    suite.tests("""
@pytest.fixture
def breaks_at_once(procrun_url):
    read(procrun_url + "/setup")
    raise ValueError

@pytest.fixture
def breaks_later(procrun_url):
    yield
    read(procrun_url + "/teardown")
    raise ValueError

def test_one(breaks_at_once):
    pass

def test_two(procrun_url, breaks_later):
    read(procrun_url + "/call")
    assert False
""")

    result = suite.run()

    result.assert_outcomes(errors=2, failed=1)
    result.stdout.fnmatch_lines(
        ["web.1 | asked for /setup", "web.1 | asked for /teardown", "web.1 | asked for /call"]
    )
    assert result.stdout.str().count("asked for /call") == 1


def test_every_app_of_a_test_has_its_section(suite: Suite) -> None:
    """Those of the factory as well."""
    suite.tests("""
def test_fails(procrun_url, procrun_factory):
    other = procrun_factory()
    read(procrun_url + "/one")
    read(other.url + "/two")
    assert False
""")

    suite.run().stdout.fnmatch_lines(
        ["*- procrun log -*", "*/one", "*- procrun log of app 2 -*", "*/two"]
    )


def test_a_test_without_the_app_has_no_section(suite: Suite) -> None:
    """Though it runs."""
    suite.tests("""
def test_one(procrun_url):
    pass

def test_two():
    assert False
""")

    suite.run().stdout.no_fnmatch_line("*procrun log*")
