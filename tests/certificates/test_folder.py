"""Where certificates are kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from procrun.certificates import folder
from procrun.errors import ProcrunError

if TYPE_CHECKING:
    from pathlib import Path

UNDER_HOME = "Library/Application Support" if sys.platform == "darwin" else ".local/share"


def test_it_is_among_the_data_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is no path of data, as the specification has it."""
    monkeypatch.setenv("HOME", "/home/ana")
    for value in ("", "data"):
        monkeypatch.setenv("XDG_DATA_HOME", value)
        assert folder.folder() == f"/home/ana/{UNDER_HOME}/procrun"
    monkeypatch.setenv("XDG_DATA_HOME", "/data")

    assert folder.authority_file() == "/data/procrun/ca.pem"


def test_without_a_home_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is written anywhere."""
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", "home")

    with pytest.raises(ProcrunError, match="no home folder"):
        folder.folder()
    assert folder.authority_for_children() == ""


def test_children_are_told_of_an_authority_that_is_there(data: Path) -> None:
    """Not of one that is yet to be made: Node looks for it once, and warns in each process."""
    assert folder.authority_for_children() == ""
    data.mkdir(parents=True)
    assert folder.authority_for_children() == ""
    (data / "ca.pem").touch()

    assert folder.authority_for_children() == f"{data}/ca.pem"
