"""The records of releases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from procrun.config import ledger as module
from procrun.config.ledger import Ledger
from procrun.core.release import EXPIRED, FAILED, PENDING, SUCCEEDED, Release
from procrun.errors import ProcrunError

if TYPE_CHECKING:
    from pathlib import Path


def release(version: int, status: str = SUCCEEDED) -> Release:
    """One with that number."""
    return Release(version, 1.5, "me", "Set A config vars", status, {"A": "1"}, {"A": "1"}, ".env")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Give the folder of the records."""
    return tmp_path / ".procrun" / "releases"


def write(root: Path, *releases: Release) -> None:
    """Record releases."""
    with Ledger(str(root)) as ledger:
        for each in releases:
            ledger.write(each)


def test_there_are_none_at_first(tmp_path: Path) -> None:
    """And nothing is made by looking."""
    ledger = Ledger(str(tmp_path))

    assert (ledger.releases(), ledger.latest, ledger.next_version) == ([], None, 1)
    assert os.listdir(tmp_path) == []


def test_they_come_newest_first(tmp_path: Path) -> None:
    """In the order of their numbers, not of their letters."""
    write(tmp_path, *(release(number) for number in (1, 2, 10)))

    ledger = Ledger(str(tmp_path))
    assert [each.version for each in ledger.releases()] == [10, 2, 1]
    assert ledger.releases(1) == [release(10)]
    assert ledger.next_version == 11


def test_they_are_for_this_user_alone(tmp_path: Path, records: Path) -> None:
    """They hold secrets; and git is told to ignore them."""
    write(tmp_path, release(1))

    modes = [path.stat().st_mode & 0o777 for path in (records.parent, records, records / "v1")]
    assert modes == [0o700, 0o700, 0o600]
    assert (records.parent / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize("content", [b"", b'{"version": 2, "at"', b"\0" * 100, b"{}"])
def test_a_torn_record_is_left_out_and_its_number_is_not_used_again(
    tmp_path: Path, records: Path, content: bytes
) -> None:
    """The others are as good as before."""
    write(tmp_path, release(1), release(2))
    (records / "v2").write_bytes(content)

    ledger = Ledger(str(tmp_path))
    assert ledger.releases() == [release(1)]
    assert ledger.next_version == 3


def test_what_is_no_record_is_left_alone(tmp_path: Path, records: Path) -> None:
    """Also a record by the name of another one, and a FIFO."""
    write(tmp_path, release(1))
    (records / "v2").write_bytes((records / "v1").read_bytes())
    (records / "notes").write_text("mine", encoding="utf-8")
    os.mkfifo(records / "v4")

    assert Ledger(str(tmp_path)).releases() == [release(1)]


def test_only_the_newest_are_kept(
    tmp_path: Path, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the one that counts, however old it is."""
    monkeypatch.setattr(module, "KEPT", 3)

    write(tmp_path, *(release(number) for number in (1, 2, 3)))
    write(tmp_path, *(release(number, FAILED) for number in (4, 5, 6, 7)))

    assert sorted(os.listdir(records)) == ["v3", "v5", "v6", "v7"]


def test_nobody_knows_what_became_of_a_pending_one_without_its_maker(tmp_path: Path) -> None:
    """Whoever holds the ledger is the only one at work."""
    write(tmp_path, release(1), release(2, PENDING))

    with Ledger(str(tmp_path)) as ledger:
        ledger.settle()

    assert Ledger(str(tmp_path)).releases() == [release(2, EXPIRED), release(1)]


def test_who_looks_sees_that_nobody_is_at_work(tmp_path: Path) -> None:
    """And writes nothing."""
    ledger = Ledger(str(tmp_path))
    assert ledger.settled() == []
    write(tmp_path, release(1), release(2, PENDING))

    assert ledger.settled() == [release(2, EXPIRED), release(1)]
    with Ledger(str(tmp_path)):
        assert ledger.settled(1) == [release(2, PENDING)]
    assert ledger.releases() == [release(2, PENDING), release(1)]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Here it is a file."""
    (tmp_path / ".procrun").touch()

    with pytest.raises(ProcrunError, match="cannot be written"), Ledger(str(tmp_path)):
        pass


@pytest.mark.parametrize("variable", ["DYNO", "PS"])
def test_a_release_command_does_not_wait_for_its_own_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """It would until its time is over; where nobody is at work it may go on."""
    monkeypatch.setenv(variable, "release.4711")

    with Ledger(str(tmp_path)), pytest.raises(ProcrunError, match=r"release\.4711 is a release"):
        Ledger(str(tmp_path)).enter()

    write(tmp_path, release(1))


def test_output_is_kept_beside_its_release(tmp_path: Path, records: Path) -> None:
    """For this user alone, and forgotten with it."""
    write(tmp_path, release(1))
    ledger = Ledger(str(tmp_path))

    ledger.keep_output("v1", b"migrated\n")

    assert (ledger.output("v1"), ledger.output("v2")) == (b"migrated\n", None)
    assert (records / "v1.output").stat().st_mode & 0o777 == 0o600
    assert [each.version for each in ledger.releases()] == [1]
    write(tmp_path, *(release(number) for number in range(2, module.KEPT + 2)))
    assert ledger.output("v1") is None
