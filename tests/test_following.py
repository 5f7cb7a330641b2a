"""Followers of the log that are slower than it: what they are told, and what they cost."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter

DROPPED = re.compile(r"logplex\]: Error L11 .* dropped (\d+) messages since ")
LINE = re.compile(r"app\[web\.1\]: line (\d+) x{60}")
CUT_SHORT = "heroku[logplex]: This tail session ended before the log did"


class Flood:
    """An app that writes as many numbered lines as it is asked for, to followers only."""

    def __init__(self, procrun: Starter, probe: Path) -> None:
        self.folder = procrun.folder
        self.total = 0
        os.mkfifo(self.folder / "go")
        command = shlex.join([sys.executable, str(probe)])
        self.app = procrun("start", "-p", "0", "--quiet", "web", procfile=f"web: {command}\n")
        self.app.wait_for("web.1 started")
        self._procrun = procrun

    def follow(self) -> Running:
        """Somebody who follows what the app writes, and has seen its first line."""
        following = self._procrun("logs", "-t", "-s", "app")
        following.wait_for("ready")
        return following

    def write(self, lines: int) -> None:
        """Let the app write so many lines, and wait until it has."""
        self.total += lines
        (self.folder / "go").write_text(str(lines))
        written = self.folder / f"written.{self.total}"
        processes.eventually(written.exists, "all lines are written")

    def stop(self, *readers: Running) -> None:
        """End the app; it waits for followers that read, and these do."""
        stopping = self._procrun("stop")
        for each in readers:
            assert each.finish()[0] == 0
        assert stopping.finish()[0] == 0
        assert self.app.finish()[0] == 0


@pytest.fixture
def flood(procrun: Starter, probe: Callable[[str], Path]) -> Flood:
    """Start an app that waits for being asked."""
    return Flood(procrun, probe("flood"))


def place_at_the_end(output: str) -> int:
    """How many lines were shown or told as dropped; fails where one is missing or twice."""
    place = 0
    for text in output.splitlines():
        if dropped := DROPPED.search(text):
            place += int(dropped[1])
        elif line := LINE.search(text):
            assert int(line[1]) == place
            place += 1
    return place


def test_whoever_follows_takes_no_cpu_from_the_app(procrun: Starter) -> None:
    """It is less urgent than the app, which is as urgent as ever."""
    app = procrun("start", procfile="worker: echo ready; exec sleep 60\n")
    app.wait_for("| ready")
    following = procrun("logs", "-t")
    following.wait_for("app[worker.1]: ready")

    assert psutil.Process(following.pid).nice() > psutil.Process(app.pid).nice()


def test_shown_and_dropped_are_all_that_was_written(flood: Flood) -> None:
    """Line by line: each loss is told where it is, and as large as it is, until the end."""
    following = flood.follow()
    for _ in range(3):
        following.signal(signal.SIGSTOP)
        flood.write(100_000)
        following.signal(signal.SIGCONT)
        following.wait_for(f"line {flood.total - 1} ")
        flood.write(10)
        following.wait_for(f"line {flood.total - 1} ")
    flood.write(100_000)
    flood.stop(following)
    output = following.output

    assert len(DROPPED.findall(output)) >= 3
    assert place_at_the_end(output) == flood.total
    assert CUT_SHORT not in output


def test_who_is_stopped_at_the_end_of_the_app_learns_that_it_missed_it(flood: Flood) -> None:
    """The app does not wait for it; what it shows has no hole that it does not tell."""
    following, reading = flood.follow(), flood.follow()
    following.signal(signal.SIGSTOP)
    flood.write(100_000)
    flood.stop(reading)
    following.signal(signal.SIGCONT)
    status, output = following.finish()

    assert status == 0
    assert output.splitlines()[-1].endswith(CUT_SHORT)
    assert place_at_the_end(output) < flood.total
    assert place_at_the_end(reading.output) == flood.total


def test_who_follows_an_app_that_is_killed_learns_it(flood: Flood) -> None:
    """Nothing ends the log then, and that is told."""
    following = flood.follow()
    os.kill(processes.inner(flood.app), signal.SIGKILL)

    assert following.finish()[1].splitlines()[-1].endswith(CUT_SHORT)
    flood.app.finish()


@processes.LINUX_ONLY
def test_followers_that_do_not_read_cost_a_bounded_memory(flood: Flood) -> None:
    """However many bytes are written meanwhile."""
    stopped = [flood.follow() for _ in range(5)]
    for each in stopped:
        each.signal(signal.SIGSTOP)
    flood.write(500_000)
    inner = processes.inner(flood.app)
    before = int(processes.field(inner, "VmRSS"))  # KiB
    flood.write(3_000_000)

    assert int(processes.field(inner, "VmRSS")) - before < 4_000
    assert int(processes.field(inner, "VmHWM")) < 60_000
