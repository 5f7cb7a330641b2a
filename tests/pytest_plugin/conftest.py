"""Suites of users, for the tests of the plugin."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.suite import Suite


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Give a suite with an app in the test's folder."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    # Else each pytest that is started would compile its plugins anew, which takes half its time.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    return Suite(pytester)
