"""What git says that it ignores."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from procrun.watch import git as git_module
from procrun.watch.git import Git
from tests.supervision import processes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.needs("git")

RULES = "build/\n*.csv\n!keep.csv\nboth\n"


def git(folder: Path, *words: str) -> None:
    """Run git; it must not fail."""
    subprocess.run(("git", *words), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with rules."""
    git(tmp_path, "init", "--quiet", ".")
    (tmp_path / ".gitignore").write_text(RULES, encoding="utf-8")
    return tmp_path


def test_its_rules_hold(repository: Path) -> None:
    """For folders, for files, for what a rule takes back, and for what does not exist."""
    paths = [
        "build/",
        "app/build/",
        "build",
        "a.csv",
        "keep.csv",
        "both/",
        "both",
        "a.py",
        "é x\n/",
    ]
    paths += ["build/deep/a.py"]

    assert Git(str(repository)).ignored(paths) == {
        "build/",
        "app/build/",
        "a.csv",
        "both/",
        "both",
        "build/deep/a.py",
    }


def test_what_is_in_git_is_not_ignored(repository: Path) -> None:
    """Though a rule says so."""
    for name in ("a.csv", "b.csv"):
        (repository / name).touch()
    git(repository, "add", "--force", "a.csv")

    assert Git(str(repository)).ignored(["a.csv", "b.csv"]) == {"b.csv"}


def test_very_many_can_be_asked_at_once(repository: Path) -> None:
    """More than a pipe holds, either way."""
    paths = [f"some/folder/with/a/long/name/{number}.csv" for number in range(5000)]

    assert Git(str(repository)).ignored(paths) == set(paths)


def test_where_the_root_is_ignored_nothing_is(repository: Path) -> None:
    """Nor without a repository."""
    (repository / "build").mkdir()

    assert Git(str(repository / "build")).ignored(["a.csv"]) == set()
    assert Git("/").ignored(["a.csv"]) == set()


def test_where_git_fails_nothing_is_ignored(repository: Path) -> None:
    """Its settings have a mistake."""
    (repository / ".git" / "config").write_text("[core\n", encoding="utf-8")

    assert Git(str(repository)).ignored(["a.csv"]) == set()


def test_the_variables_of_a_hook_lead_nowhere(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules are those of the root."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    assert Git(str(repository)).ignored(["a.csv"]) == {"a.csv"}


def test_without_git_nothing_is_ignored(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules that procrun has of its own must do."""
    monkeypatch.setenv("PATH", "/nowhere")

    assert Git(str(repository)).ignored(["a.csv"]) == set()


@pytest.fixture
def hanging(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a git into the way that hangs, and heeds no SIGTERM; the file that tells its pid."""
    pid = repository / "pid"
    program = repository / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntrap '' TERM\necho $$ > {pid}\nsleep 1000\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return pid


@pytest.mark.usefixtures("hanging")
def test_a_git_that_hangs_is_done_without(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is told; it is not asked again, and nothing of it is left."""
    monkeypatch.setattr(git_module, "_PATIENCE", 0.5)
    asked = Git(str(repository))

    assert asked.ignored(["a.csv"]) == set()
    assert asked.note == "git does not answer: what it ignores is watched, too"
    monkeypatch.setattr(git_module, "_PATIENCE", 1000.0)
    assert asked.ignored(["a.csv"]) == set()


def test_a_git_that_hangs_is_killed_at_the_end(repository: Path, hanging: Path) -> None:
    """Whoever ends the app does not wait for it."""
    asked = Git(str(repository))
    found: list[set[str]] = []
    thread = threading.Thread(target=lambda: found.append(asked.ignored(["a.csv"])))
    thread.start()
    processes.eventually(lambda: hanging.exists() and bool(hanging.read_text()), "git runs")
    asked.stop()
    thread.join(processes.PATIENCE)

    assert found == [set()]
    assert asked.ignored(["b.csv"]) == set()
    assert not asked.note


@pytest.mark.parametrize(
    "content", [None, b"", b"\0\0: a\0b", b"gitdir: a\0b\n", b"\xff\xfe" * 9000]
)
def test_a_git_file_that_is_none_is_no_repository(tmp_path: Path, content: bytes | None) -> None:
    """A pipe is not waited for, garbage does not stop the watching."""
    if content is None:
        os.mkfifo(tmp_path / ".git")
    else:
        (tmp_path / ".git").write_bytes(content)
    asked = Git(str(tmp_path))

    assert asked.lock == ""
    assert asked.ignored(["a.csv"]) == set()
