"""The env file that is edited: read, replaced, and what must stay."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.config.env_file import EnvFile
from procrun.errors import ConfigError, ProcrunError

if TYPE_CHECKING:
    from pathlib import Path


def change(path: Path, text: str) -> None:
    """Replace what is in a file by a text."""
    file = EnvFile(str(path))
    before = file.read()
    file.replace(before, before.with_text(text))


def test_a_file_that_is_not_there_is_empty_and_is_made(tmp_path: Path) -> None:
    """For this user alone, because there are secrets in it."""
    path = tmp_path / ".env"

    assert EnvFile(str(path)).read().written == {}
    change(path, "A=1\n")

    assert path.read_bytes() == b"A=1\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [".env"]


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    """A slip of the pen would make another one."""
    with pytest.raises(ConfigError, match="no such env file"):
        EnvFile(str(tmp_path / "nonesuch"), required=True).read()


def test_its_mode_and_its_byte_order_mark_stay(tmp_path: Path) -> None:
    """Also if nothing is left in it."""
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfA=1\r\n")
    path.chmod(0o644)

    change(path, "A=2\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfA=2\r\n"
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("is_there", [True, False])
def test_a_symbolic_link_stays_one(tmp_path: Path, *, is_there: bool) -> None:
    """What it leads to is replaced, where that is."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    if is_there:
        (folder / "app.env").write_text("A=1\n", encoding="utf-8")
    path = tmp_path / ".env"
    path.symlink_to("secrets/app.env")

    change(path, "A=2\n")

    assert path.is_symlink()
    assert (folder / "app.env").read_text(encoding="utf-8") == "A=2\n"
    assert os.listdir(folder) == ["app.env"]


def test_what_somebody_else_writes_meanwhile_is_not_lost(tmp_path: Path) -> None:
    """An editor does not know our lock."""
    path = tmp_path / ".env"
    file = EnvFile(str(path))
    before = file.read()
    path.write_text("B=1\n", encoding="utf-8")

    with pytest.raises(ProcrunError, match="has changed meanwhile"):
        file.replace(before, before.with_text("A=1\n"))

    assert path.read_text(encoding="utf-8") == "B=1\n"


def test_a_pipe_is_no_file_to_edit(tmp_path: Path) -> None:
    """Nor is it read, as that might wait."""
    os.mkfifo(tmp_path / ".env")

    with pytest.raises(ConfigError, match="not a plain file"):
        EnvFile(str(tmp_path / ".env")).read()


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    """By the name that the user knows."""
    (tmp_path / ".env").write_text("A=1\nB\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"\.env:2: there is no `=`"):
        _ = EnvFile(str(tmp_path / ".env")).read().written
