"""A folder with a file for each dyno: appended, without colours, never larger than it may be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.log import APP, PLATFORM, Chunk
from procrun.errors import ProcrunError
from procrun.logs.files import FileSink

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LIMIT = 1000


def write(folder: Path, chunks: Iterable[tuple[str, bytes]], limit: int = LIMIT) -> None:
    """What a run of procrun does to the folder when dynos write these."""
    sink = FileSink(str(folder), limit)
    for name, data in chunks:
        sink.write(Chunk(0, APP, name, data))
        sink.flush()
        assert not sink.blocked
    sink.close()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_each_dyno_has_a_file_of_its_own(tmp_path: Path) -> None:
    """With what it wrote, byte for byte, without prefixes."""
    text = b"a\r\n\xff\0\n\nb"
    write(tmp_path, [("web.1", text), ("web.2", b"c\n"), ("web.1", b"d\n")])

    assert contents(tmp_path) == {"web.1.log": text + b"d\n", "web.2.log": b"c\n"}


def test_what_procrun_says_is_in_no_file(tmp_path: Path) -> None:
    """Nor does a dyno that wrote nothing get one."""
    sink = FileSink(str(tmp_path), LIMIT)
    sink.write(Chunk(0, PLATFORM, "web.1", b"web.1 started\n", state=True))
    sink.close()

    assert contents(tmp_path) == {}


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    """By the next run, and while others write to it or read it."""
    (tmp_path / "web.1.log").write_bytes(b"yesterday\n")
    write(tmp_path, [("web.1", b"today\n")])
    write(tmp_path, [("web.1", b"now\n")])

    assert contents(tmp_path) == {"web.1.log": b"yesterday\ntoday\nnow\n"}


def test_the_folder_is_made(tmp_path: Path) -> None:
    """With those that it is in."""
    write(tmp_path / "var" / "log", [("web.1", b"a\n")])

    assert contents(tmp_path / "var" / "log") == {"web.1.log": b"a\n"}


def test_the_folder_is_where_procrun_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although procrun goes to the app's root before the first line comes."""
    for name in ("here", "root"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    sink = FileSink("logs", LIMIT)
    monkeypatch.chdir(tmp_path / "root")
    sink.write(Chunk(0, APP, "web.1", b"a\n"))
    sink.close()

    assert contents(tmp_path / "here" / "logs") == {"web.1.log": b"a\n"}
    assert contents(tmp_path / "root") == {}


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """Before anything is started, with a word on what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(ProcrunError, match=r"file/logs: Not a directory") as caught:
        FileSink(str(tmp_path / "file" / "logs"), LIMIT)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("parts", "plain"),
    [
        pytest.param([b"\x1b[31ma\x1b[0m\n"], b"a\n", id="a colour"),
        pytest.param([b"\x1b[31", b"ma\x1b", b"[0m\n"], b"a\n", id="in parts"),
        pytest.param([b"a\x1b[", b"2Kb\n"], b"a\x1b[2Kb\n", id="no colour after all"),
        pytest.param([b"\x1b[3\n"], b"\x1b[3\n", id="ended by the line"),
    ],
)
def test_colours_are_left_out(tmp_path: Path, parts: list[bytes], plain: bytes) -> None:
    """Each dyno's, however they are cut; nothing else is."""
    write(tmp_path, [(name, part) for part in parts for name in ("web.1", "web.2")])

    assert contents(tmp_path) == {"web.1.log": plain, "web.2.log": plain}


def test_a_file_that_is_full_makes_room(tmp_path: Path) -> None:
    """The older half stays beside it; what is older still goes."""
    line = b"x" * 99 + b"\n"
    write(tmp_path, [("web.1", line)] * 10)
    assert contents(tmp_path) == {"web.1.log": line * 10}
    write(tmp_path, [("web.1", line)])
    assert contents(tmp_path) == {"web.1.log": line, "web.1.log.1": line * 10}
    write(tmp_path, [("web.1", line)] * 10)
    assert contents(tmp_path) == {"web.1.log": line, "web.1.log.1": line * 10}
    write(tmp_path, [("web.1", line)] * 9)
    write(tmp_path, [("web.1", b"\n\n")])
    assert contents(tmp_path) == {"web.1.log": b"\n\n", "web.1.log.1": line * 10}


def test_a_file_that_was_allowed_more_is_put_aside(tmp_path: Path) -> None:
    """The limit is a setting, and may be lower now."""
    (tmp_path / "web.1.log").write_bytes(b"y" * 5 * LIMIT)
    write(tmp_path, [("web.1", b"a\n")])

    assert contents(tmp_path) == {"web.1.log": b"a\n", "web.1.log.1": b"y" * 5 * LIMIT}


LINES = st.integers(0, 300).map(lambda length: b"x" * length + b"\n")


@given(st.lists(st.lists(LINES, min_size=1, max_size=30).map(b"".join), min_size=1, max_size=10))
def test_no_file_is_larger_than_it_may_be(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    """However much comes at once; both begin and end with whole lines, and nothing is missing."""
    folder = tmp_path_factory.mktemp("logs")
    write(folder, [("web.1", chunk) for chunk in chunks])
    found = contents(folder)
    kept = found.get("web.1.log.1", b"") + found["web.1.log"]

    assert all(len(content) <= LIMIT for content in found.values())
    assert all(content.endswith(b"\n") for content in found.values() if content)
    wrote = b"".join(chunks)
    assert wrote.endswith(kept)
    assert kept == wrote or len(found["web.1.log.1"]) > LIMIT - 301


def test_a_line_that_is_too_long_for_a_file_is_cut(tmp_path: Path) -> None:
    """Better than a full disk."""
    line = bytes(range(33, 113)) * 30
    write(tmp_path, [("web.1", b"a\n"), ("web.1", line + b"\n")])

    assert contents(tmp_path) == {
        "web.1.log": line[2 * LIMIT :] + b"\n",
        "web.1.log.1": line[LIMIT : 2 * LIMIT],
    }


def test_a_file_that_somebody_removed_is_made_anew(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """When it would be full; what is lost with it is told."""
    sink = FileSink(str(tmp_path), LIMIT)
    sink.write(Chunk(0, APP, "web.1", b"a\n"))
    (tmp_path / "web.1.log").unlink()
    for data in (b"b" * (LIMIT - 1) + b"\n", b"c\n", b"d\n"):
        sink.write(Chunk(0, APP, "web.1", data))
    sink.close()

    assert contents(tmp_path) == {"web.1.log": b"c\nd\n"}
    assert "web.1.log: No such file or directory; lines are missing" in capfd.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The app goes on, and so do the other files."""
    (tmp_path / "web.1.log").symlink_to("/dev/full")
    write(tmp_path, [("web.1", b"a\n"), ("web.2", b"b\n"), ("web.1", b"c\n")])

    assert (tmp_path / "web.2.log").read_bytes() == b"b\n"
    path = tmp_path / "web.1.log"
    told = f"procrun: {path}: No space left on device; lines are missing there\n"
    assert capfd.readouterr().err == told


def test_a_file_that_cannot_be_opened_is_told_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As soon as it can be, lines arrive there."""
    path = tmp_path / "web.1.log"
    path.mkdir()
    sink = FileSink(str(tmp_path), LIMIT)
    for line in (b"a\n", b"b\n"):
        sink.write(Chunk(0, APP, "web.1", line))
    path.rmdir()
    sink.write(Chunk(0, APP, "web.1", b"c\n"))
    sink.close()

    assert capfd.readouterr().err == f"procrun: {path}: Is a directory; lines are missing there\n"
    assert path.read_bytes() == b"c\n"
