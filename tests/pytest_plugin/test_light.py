"""What the plugin costs where nobody uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pytest_plugin.suite import Suite

OURS = set(
    """procrun procrun.value procrun.core procrun.core.suites procrun.pytest_plugin
    procrun.pytest_plugin.closing procrun.pytest_plugin.marks procrun.pytest_plugin.options
    procrun.pytest_plugin.texts""".split()
)
TELLS = """
import sys
from pathlib import Path

def pytest_collection_finish(session):
    Path("modules").write_text(" ".join(sys.modules))
"""


def modules(suite: Suite, *arguments: str) -> set[str]:
    """What is imported once all tests are collected."""
    suite.run_apart(*arguments).assert_outcomes(passed=1)
    return set((suite.root / "modules").read_text().split())


def test_nothing_is_imported_before_a_test_wants_an_app(suite: Suite) -> None:
    """Beside a few small modules of the plugin itself."""
    suite.write("conftest.py", TELLS)
    suite.write("test_other.py", "def test_one():\n    pass\n")

    assert modules(suite) - modules(suite, "-p", "no:procrun") == OURS


def test_a_mark_alone_imports_nothing_either(suite: Suite) -> None:
    """It is the fixture that starts an app."""
    suite.write("conftest.py", TELLS)
    suite.tests("\n@pytest.mark.procrun(env={'A': '1'})\ndef test_one():\n    pass\n")
    suite.write("test_shop.py", (suite.root / "test_shop.py").read_text().replace("from proc", "#"))

    assert "procrun.testing" not in modules(suite)
