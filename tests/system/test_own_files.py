"""Files of our own, where something else lies under their names."""

from __future__ import annotations

import errno
import os
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from procrun.system.own_files import open_regular, write_anew

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREAT])
def test_a_fifo_in_place_of_a_file_is_an_error_at_once(tmp_path: Path, flags: int) -> None:
    """Nobody may come to its other end."""
    os.mkfifo(tmp_path / "lock")

    with pytest.raises(OSError, match=f"lock is no file|{os.strerror(errno.ENXIO)}"):
        open_regular(str(tmp_path / "lock"), flags)


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    """Where it leads is not ours."""
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        open_regular(str(tmp_path / "lock"), os.O_RDWR | os.O_CREAT)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("left", ["a fifo", "a link", "half a file"])
def test_what_lies_where_a_file_is_made_is_replaced(tmp_path: Path, left: str) -> None:
    """Without being opened."""
    new = tmp_path / "log.new"
    if left == "a fifo":
        os.mkfifo(new)
    elif left == "a link":
        new.symlink_to(tmp_path / "elsewhere")
    else:
        new.write_text("older than we")
    write_anew(str(tmp_path / "log"), [b"a", b"b"])

    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert (tmp_path / "log").read_text() == "ab"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_leaves_the_one_of_before(tmp_path: Path) -> None:
    """And nothing else, though the disk is full."""
    (tmp_path / "log").write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            write_anew(str(tmp_path / "log"), [b"x" * 2000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, heeded)

    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert (tmp_path / "log").read_text() == "before"
