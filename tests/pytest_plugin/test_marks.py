"""`@pytest.mark.procrun`: another app for some tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from procrun.pytest_plugin.marks import BadMark, chosen_by

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite


def test_equal_marks_share_an_app(suite: Suite) -> None:
    """However they are written; the ids of the tests are as without a mark."""
    suite.tests("""
seen = {}

def test_plain(procrun_app):
    seen["plain"] = procrun_app.url

@pytest.mark.procrun(processes="web worker", env={"A": "1"})
def test_one(procrun_app):
    assert [dyno.name for dyno in procrun_app.processes] == ["web.1", "worker.1"]
    seen["one"] = procrun_app.url

@pytest.mark.procrun(env={"A": "1"}, processes=["web", "worker"])
def test_two(procrun_app, request):
    assert procrun_app.url == seen["one"] != seen["plain"]
    assert request.node.name.startswith("test_two")

def test_plain_again(procrun_app):
    assert procrun_app.url == seen["plain"]
""")

    result = suite.run("-v", "--strict-markers")

    result.assert_outcomes(passed=4)
    if hasattr(pytest, "HIDDEN_PARAM"):
        result.stdout.fnmatch_lines(["*::test_one PASSED*"])


def test_the_closest_mark_decides_each_keyword(suite: Suite) -> None:
    """Of the module, the class and the function."""
    suite.tests("""
pytestmark = pytest.mark.procrun(env={"A": "module"}, processes="web worker")

def test_of_the_module(procrun_app):
    assert procrun_app.env["A"] == "module"
    assert len(procrun_app.processes) == 2

@pytest.mark.procrun(env={"A": "class"})
class TestClass:
    def test_of_the_class(self, procrun_app):
        assert procrun_app.env["A"] == "class"
        assert len(procrun_app.processes) == 2

    @pytest.mark.procrun(env={"A": "function"}, processes="web")
    def test_of_its_own(self, procrun_app):
        assert procrun_app.env["A"] == "function"
        assert len(procrun_app.processes) == 1
""")

    suite.run().assert_outcomes(passed=3)


def test_a_fresh_app_is_stopped_right_after_its_test(suite: Suite) -> None:
    """Each of several parameters gets one, and what builds on it ends before it does."""
    suite.tests("""
apps = []
ends = []

@pytest.fixture(scope="session")
def page(procrun_app):
    yield procrun_app
    ends.append(read(procrun_app.url + "/PS"))

@pytest.mark.procrun(fresh=True)
@pytest.mark.parametrize("number", [1, 2])
def test_one(page, number):
    assert all(app.is_stopped for app in apps)
    assert len(ends) == len(apps)
    apps.append(page)

def test_two(procrun_app):
    assert ends == ["web.1", "web.1"]
    assert procrun_app not in apps
    assert all(app.is_stopped for app in apps)

@pytest.mark.procrun(fresh=True)
def test_three(procrun_app):
    assert procrun_app not in apps
""")

    suite.run().assert_outcomes(passed=4)


def test_all_choices_reach_the_app(suite: Suite) -> None:
    """Root, Procfile, env file, what is passed on, what is waited for."""
    (suite.root / "shop").mkdir()
    suite.write("shop/web.py", (suite.root / "web.py").read_text())
    suite.write("shop/Other", (suite.root / "Procfile").read_text())
    suite.write("shop/ci.env", "A=ci\n")
    suite.tests("""
os.environ["PASSED"] = "on"

@pytest.mark.procrun(
    root="shop", procfile="Other", env_file="ci.env", pass_env=["PASS*"], ready="port", timeout=20
)
def test_one(procrun_app):
    assert read(procrun_app.url + "/A") == "ci"
    assert read(procrun_app.url + "/PASSED") == "on"
    assert (procrun_app.setup.ready, procrun_app.setup.timeout) == ("port", 20)
""")

    suite.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (
            pytest.mark.procrun("web"),
            "takes no positional argument ('web'): write processes='web'",
        ),
        (pytest.mark.procrun(timeout="soon"), "can't take timeout='soon': write timeout=60"),
        *(
            (pytest.mark.procrun(timeout=each), f"can't take timeout={each}: write timeout=60")
            for each in (0, 1e9, float("inf"), float("nan"))
        ),
        (pytest.mark.procrun(env=[1]), "can't take env=[1]: write env={'NAME': 'value'}"),
        (pytest.mark.procrun(processes=1), "can't take processes=1"),
        (pytest.mark.procrun(fresh=1), "can't take fresh=1"),
        (pytest.mark.procrun(root=3), "can't take root=3"),
        (pytest.mark.procrun(ready=3), "can't take ready=3"),
    ],
)
def test_a_wrong_mark_is_refused(mark: pytest.MarkDecorator, words: str) -> None:
    """With what to write instead."""
    with pytest.raises(BadMark, match=re.escape(f"@pytest.mark.procrun {words}")):
        chosen_by([mark.mark])


def test_a_wrong_mark_is_told_with_its_place(suite: Suite) -> None:
    """Before any test runs."""
    suite.tests("\n@pytest.mark.procrun(proceses='web')\ndef test_one(procrun_app):\n    pass\n")

    result = suite.run()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    words = "@pytest.mark.procrun takes no 'proceses': there are processes, env"
    result.stdout.fnmatch_lines([f"test_shop.py:*: {words}*"])
    result.stdout.no_fnmatch_line("*BadMark*")


def test_marks_that_come_too_late_are_refused(suite: Suite) -> None:
    """Those of a parameter set, and those of unittest's classes."""
    mark = 'pytest.mark.procrun(processes="web worker")'
    suite.tests(f"""
@pytest.mark.parametrize("number", [pytest.param(1, marks={mark})])
def test_one(procrun_app, number):
    pass
""")
    late = suite.run()
    suite.tests(f"""
import unittest

@{mark}
@pytest.mark.usefixtures("procrun_app")
class TestShop(unittest.TestCase):
    def test_one(self):
        pass
""")
    never = suite.run()

    assert late.ret == never.ret == pytest.ExitCode.USAGE_ERROR
    late.stderr.fnmatch_lines(["*test_shop.py:*no effect*use procrun_factory"])
    never.stderr.fnmatch_lines(["*test_shop.py:*no effect on a unittest.TestCase: use a plain*"])


def test_a_mark_is_not_silently_without_effect(suite: Suite) -> None:
    """On a test that asks for the app by name, be it there already or not."""
    test = """
@pytest.mark.procrun(env={"A": "1"})
def test_%s(request):
    assert read(request.getfixturevalue("procrun_url") + "/A") == "1"
"""
    suite.tests(f"""
{test % "first"}
def test_plain(request):
    read(request.getfixturevalue("procrun_url") + "/PS")
{test % "then"}
def test_asked(procrun_app):
    pass
""")

    result = suite.run()

    result.assert_outcomes(passed=2, failed=2)
    words = "*no effect on request.getfixturevalue: name procrun_app among the arguments, or*"
    result.stdout.fnmatch_lines([words, words])


def test_the_fixture_takes_no_parameters_of_others(suite: Suite) -> None:
    """The mark is there for that."""
    suite.tests("""
@pytest.mark.parametrize("procrun_app", ["web"], indirect=True)
def test_one(procrun_app):
    pass
""")

    result = suite.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*procrun_app takes no parameters: use @pytest.mark.procrun*"])
