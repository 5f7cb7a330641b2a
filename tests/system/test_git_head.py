"""The commit that is checked out, as git itself says it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from procrun.system.git_head import commit

if TYPE_CHECKING:
    from pathlib import Path

WHO = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    command = ("git", *WHO, *words)
    return subprocess.run(
        command, cwd=folder, env=plain, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.needs("git")
def test_it_is_what_git_says(tmp_path: Path) -> None:
    """Before the first commit, on a branch, packed, detached, below the top and in a worktree."""
    app = tmp_path / "app"
    below = app / "below"
    below.mkdir(parents=True)
    git(app, "init", "-q")
    assert commit(str(app)) == ""
    git(app, "commit", "-q", "--allow-empty", "-m", "one")
    first = git(app, "rev-parse", "HEAD")
    assert commit(str(app)) == commit(str(below)) == first
    git(app, "pack-refs", "--all")
    assert commit(str(app)) == first
    git(app, "worktree", "add", "-q", "-b", "other", "../other")
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "two")
    assert commit(str(tmp_path / "other")) == git(tmp_path / "other", "rev-parse", "HEAD") != first
    git(app, "checkout", "-q", "--detach", "other")
    assert commit(str(app)) == git(app, "rev-parse", "HEAD") != first


def test_without_a_repository_there_is_none(tmp_path: Path) -> None:
    """Nor in what only looks like one."""
    (tmp_path / ".git").write_text("nonsense", encoding="utf-8")

    assert commit(str(tmp_path)) == ""
