"""The names of the dynos, for who completes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrun.control.roster import Roster

if TYPE_CHECKING:
    from pathlib import Path


def test_the_names_stand_one_to_a_line(tmp_path: Path) -> None:
    """The newest ones only, and for this user."""
    file = tmp_path / "dynos"
    roster = Roster(str(file))
    roster.update(["web.1", "web.2"])
    assert file.read_text() == "web.1\nweb.2\n"
    assert file.stat().st_mode & 0o777 == 0o600
    roster.update(["web.1"])

    assert file.read_text() == "web.1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_what_did_not_change_is_not_written(tmp_path: Path) -> None:
    """Dynos restart more often than they come and go."""
    roster = Roster(str(tmp_path / "dynos"))
    roster.update(["web.1"])
    before = (tmp_path / "dynos").stat().st_ino
    roster.update(["web.1"])

    assert (tmp_path / "dynos").stat().st_ino == before


def test_a_folder_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    """Only completion lacks the names."""
    Roster(str(tmp_path / "gone" / "dynos")).update(["web.1"])

    assert list(tmp_path.iterdir()) == []
