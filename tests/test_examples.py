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


def test_its_suite_passes_in_two_workers_and_measures_all_of_the_app(shop: Project) -> None:
    """With real gunicorn from the Procfile: its workers, the app's worker, the release command."""
    assert "5 passed" in shop.run("coverage", "run", "-m", "pytest", "-q", "-n", "2")
    shop.run("coverage", "combine", "-q")
    report = shop.run("coverage", "report", "--fail-under=100")

    assert [line.split()[0] for line in report.splitlines() if ".py" in line] == [
        "migrate.py",
        "shop.py",
        "worker.py",
    ]
