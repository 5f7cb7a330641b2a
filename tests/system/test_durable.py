"""A file is replaced as a whole, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.system.durable import replace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a file that is not there."""
    return tmp_path / "file"


def mode(path: Path) -> int:
    """Who may do what with a file."""
    return path.stat().st_mode & 0o7777


def test_a_new_file_is_for_this_user_alone(path: Path) -> None:
    """Unless another mode is wanted."""
    replace(str(path), b"one")

    assert (path.read_bytes(), mode(path)) == (b"one", 0o600)
    replace(str(path), b"two", 0o640)
    assert (path.read_bytes(), mode(path)) == (b"two", 0o640)


def test_the_mode_of_an_old_file_stays(path: Path) -> None:
    """Whatever it is."""
    path.write_bytes(b"one")
    path.chmod(0o664)

    replace(str(path), b"two")

    assert (path.read_bytes(), mode(path)) == (b"two", 0o664)


def test_what_a_killed_run_left_is_not_in_the_way(path: Path) -> None:
    """It has no other name, so that nothing piles up."""
    path.with_name("file.new").write_bytes(b"half of")

    replace(str(path), b"one")

    assert os.listdir(path.parent) == ["file"]


def test_where_it_cannot_be_written_all_is_as_it_was(path: Path) -> None:
    """Here because there is a folder in its place."""
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        replace(str(path), b"one")

    assert os.listdir(path.parent) == ["file"]
    assert path.is_dir()
