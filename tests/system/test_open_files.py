"""Which files a process has open for writing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.system.open_files import written

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")


def test_only_what_is_open_for_writing_and_there(tmp_path: Path) -> None:
    """Not what is read, what was removed, a pipe or a device."""
    (tmp_path / "read").touch()
    ends = os.pipe()
    with (
        (tmp_path / "read").open(),
        (tmp_path / "written").open("w"),
        (tmp_path / "both").open("w+"),
        (tmp_path / "removed").open("w"),
        open(os.devnull, "w"),
    ):
        (tmp_path / "removed").unlink()
        found = written([os.getpid()])
    for end in ends:
        os.close(end)

    mine = {path for path in found if path.startswith(str(tmp_path))}
    assert mine == {str(tmp_path / "written"), str(tmp_path / "both")}
    assert not any(path.startswith(("/dev/", "pipe")) for path in found)


def test_a_process_that_has_ended_has_nothing_open() -> None:
    """Nor is it an error to ask."""
    pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(pid, 0)

    assert written([pid]) == []
