"""Apps for the tests of `procrun.testing`: small ones, with real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.testing.apps import Example

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """Give an app in the test's folder: a web process, and workers that can be told things."""
    return Example(tmp_path)
