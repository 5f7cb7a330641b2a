"""The projects in examples/, whose suites are run as their users run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parent / "examples"


class Project:
    """A copy of an example, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str) -> str:
        """What a module of Python prints in it, which must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.root,
            env=environment({"TMPDIR": str(self.root / "temporary")}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """The shop: Flask under gunicorn, and a worker."""
    shutil.copytree(EXAMPLES / "shop", tmp_path / "shop")
    (tmp_path / "shop" / "temporary").mkdir()
    yield Project(tmp_path / "shop")
    assert list((tmp_path / "shop" / "temporary").glob("procrun-*")) == []


def test_the_suite_of_the_shop_passes_in_two_workers(shop: Project) -> None:
    """With real gunicorn, from the Procfile."""
    assert "5 passed" in shop.run("pytest", "-q", "-n", "2")


def test_code_that_runs_under_gunicorn_is_measured(shop: Project) -> None:
    """All of it: the workers of gunicorn, the app's worker and the release command."""
    assert "5 passed" in shop.run("coverage", "run", "-m", "pytest", "-q")
    shop.run("coverage", "combine", "-q")
    report = shop.run("coverage", "report", "--fail-under=100")

    assert [line.split()[0] for line in report.splitlines() if ".py" in line] == [
        "migrate.py",
        "shop.py",
        "worker.py",
    ]
