"""Runs of an app in whose `.procrun/` others have put something."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.running import Starter


@pytest.mark.parametrize(
    ("left", "why"),
    [
        ("garbage", "it is no log of ours"),
        ("a pipe", "log is no file"),
        ("a folder", os.strerror(errno.EISDIR)),
    ],
)
def test_a_last_log_that_cannot_be_read_is_told(procrun: Starter, left: str, why: str) -> None:
    """And waited for by nobody."""
    log = procrun.folder / ".procrun" / "log"
    log.parent.mkdir()
    if left == "garbage":
        log.write_bytes(b"\x00\xff garbage\n" * 100)
    elif left == "a pipe":
        os.mkfifo(log)
    else:
        log.mkdir()
    status, output = procrun("logs", procfile="web: true\n").finish()

    assert status == 1
    assert output.startswith(f"procrun: the log of the last run can't be read ({why}): ")


@pytest.mark.parametrize("name", ["dynos.new", "log.new", "log", "dynos"])
def test_a_pipe_under_a_name_of_ours_makes_no_run_wait(procrun: Starter, name: str) -> None:
    """Neither at its beginning nor at its end."""
    (procrun.folder / ".procrun").mkdir()
    os.mkfifo(procrun.folder / ".procrun" / name)

    status, output = procrun("start", "-p", "0", procfile="job: echo ready; exit 3\n").finish()
    assert status == 3, output
    assert "ready" in procrun("logs").finish()[1]


@pytest.mark.parametrize("what", ["the socket", "the folder"])
def test_what_becomes_of_the_folder_does_not_change_the_status(procrun: Starter, what: str) -> None:
    """A run ends as its processes do."""
    os.mkfifo(procrun.folder / "go")
    running = procrun("start", "-p", "0", procfile="job: echo ready; read x < go; exit 3\n")
    running.wait_for("| ready")
    folder = procrun.folder / ".procrun"
    if what == "the folder":
        shutil.rmtree(folder)
        folder.touch()
    else:
        (folder / "control.sock").unlink()
        (folder / "control.sock").mkdir()
    (procrun.folder / "go").write_text("on\n")

    assert running.finish()[0] == 3
