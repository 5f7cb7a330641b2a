"""procrun as the first process of a container."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.running import Starter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.running import Running

pytestmark = pytest.mark.needs("unshare")


@pytest.fixture
def container(command: tuple[str, ...], tmp_path: Path) -> Iterator[Starter]:
    """Start procrun in a process namespace of its own."""
    with Starter([*processes.own_namespace(), *command], tmp_path) as start:
        start.variables = processes.FREE_PORTS
        yield start


def visible(running: Running) -> int:
    """The pid, as we see it, of the first process in there."""
    (pid,) = processes.children(running.pid)
    assert processes.field(pid, "NSpid") == "1"
    return pid


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_it_stops_like_anywhere_else(
    container: Starter, probe: Callable[[str], Path], number: signal.Signals, status: int
) -> None:
    """The system drops the signals of a first process that does not heed them; it does."""
    family = f"{sys.executable} {probe('family')} bare-daemon {processes.mark()}"
    running = container("start", "-t", "0.5", procfile=f"web: {family}\n")
    running.wait_for("bare is there")
    os.kill(visible(running), number)

    code, output = running.finish()

    assert code == status
    assert output.endswith(f"stopped by {number.name}\n")


def test_it_reaps_what_loses_its_parent(container: Starter) -> None:
    """No zombie stays."""
    procfile = "web: for n in 1 2 3 4 5 6 7 8; do (setsid true &); done; echo done; sleep 60\n"
    running = container("start", procfile=procfile)
    running.wait_for("| done")
    first = visible(running)
    (inner,) = processes.children(first)
    processes.eventually(lambda: len(processes.children(inner)) == 1, "only the dyno is left")
    assert processes.children(first) == [inner]
    os.kill(first, signal.SIGTERM)

    assert running.finish()[0] == 143


@pytest.mark.needs("nsenter")
def test_it_reaps_what_came_from_outside(container: Starter, tmp_path: Path) -> None:
    """The orphan of a command that was started beside the app, as `docker exec` does."""
    running = container("start", procfile="web: echo here; exec sleep 60\n")
    running.wait_for("| here")
    first = visible(running)
    (inner,) = processes.children(first)
    os.mkfifo(tmp_path / "gate")
    enter = ["nsenter", "--target", str(first), "--pid"]
    subprocess.run([*enter, "sh", "-c", "read line < gate &"], check=True, cwd=tmp_path)
    processes.eventually(lambda: len(processes.children(first)) == 2, "the orphan is adopted")
    (tmp_path / "gate").write_text("\n")
    processes.eventually(lambda: processes.children(first) == [inner], "the orphan is reaped")
    os.kill(first, signal.SIGTERM)

    assert running.finish()[0] == 143
