"""What happens when one process of several ends."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import leaks
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Starter

STAY = "exec sleep 60"


def test_one_ends_and_the_others_are_stopped(procrun: Starter) -> None:
    """They are asked, and the last line tells whose end it was."""
    polite = "trap 'echo asked; exit 0' TERM; echo here; sleep 60 & wait"
    running = procrun("start", procfile=f"web: read < gate; exit 3\nother: {polite}\n")
    os.mkfifo(procrun.folder / "gate")
    running.wait_for("| here")
    (procrun.folder / "gate").write_text("\n")

    status, output = running.finish()

    assert status == 3
    words = [line.partition("| ")[2].partition(" after")[0] for line in output.splitlines()]
    stopped = "stopped because web.1 exited with status 3"
    assert words[3:] == ["web.1 exited with status 3", "asked", "other.1 stopped", stopped]


def test_what_can_die_leaves_the_others_alone(procrun: Starter) -> None:
    """They go on."""
    wait = "while :; do read < gate; done"
    procfile = f"web: trap 'echo still here' USR1; echo here; {wait}\nother: exit 3\n"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", "--can-die", "other", procfile=procfile)
    running.wait_for("other.1 exited with status 3")
    running.wait_for("| here")
    os.kill(processes.leader(running, "web.1"), signal.SIGUSR1)
    running.wait_for("still here")
    running.signal(signal.SIGINT)

    status, output = running.finish()

    assert status == 130
    assert "stopped because" not in output


def test_a_restart_comes_after_a_second(procrun: Starter) -> None:
    """And the log says so; the other process goes on."""
    procfile = f"web: echo run; exit 3\nother: {STAY}\n"
    running = procrun("start", "--restart", "web", procfile=procfile)
    running.wait_for("web.1 starts again in 1 s")
    running.wait_for("| run", times=2)
    running.wait_for("web.1 starts again in 2 s")
    running.signal(signal.SIGINT)

    status, output = running.finish()

    assert status == 130
    assert output.count("other.1 started") == 1
    assert "starts again in 4" not in output


def test_last_words_come_before_the_end(procrun: Starter) -> None:
    """And what others still say comes where it belongs."""
    procfile = "web: for n in 1 2 3; do echo word $n; done; printf 'last word'; exit 3\n"

    output = procrun("start", procfile=procfile).finish()[1]

    words = [line.partition("| ")[2].partition(" after")[0] for line in output.splitlines()]
    spoken = ["word 1", "word 2", "word 3", "last word"]
    assert words[1:6] == [*spoken, "web.1 exited with status 3"]


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
@pytest.mark.parametrize("way", ["", "setsid "])
def test_a_grandchild_that_holds_the_output_does_not_delay_the_end(
    procrun: Starter, probe: Callable[[str], Path], mode: str, way: str
) -> None:
    """The log says at once that the process ended, and then that one waits for the rest of it."""
    holder = f"{way}{sys.executable} {probe('anchor')}"
    procfile = f"web: trap '' HUP; {holder} & read < gate; echo last words; exit 3\n"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", mode, "-t", "100", procfile=procfile)
    running.wait_for("the anchor holds")
    (procrun.folder / "gate").write_text("\n")
    running.wait_for("web.1 exited with status 3")
    running.wait_for("no SIGTERM, thanks")
    running.signal(signal.SIGINT)

    status, output = running.finish()

    assert status == 3
    assert output.index("last words") < output.index("web.1 exited") < output.index("no SIGTERM")


def test_two_hundred_processes(procrun: Starter) -> None:
    """Start, and stop."""
    running = procrun("start", "-c", "all=100", procfile=f"one: {STAY}\nother: {STAY}\n")
    running.wait_for(re.compile(r"(one|other)\.\d+ started"), times=200)
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 143
    assert len(set(re.findall(r"(\w+\.\d+) stopped\n", output))) == 200


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_more_processes_than_the_system_lets_us_have(procrun: Starter, mode: str) -> None:
    """The first that can't be started ends the app; the others are stopped."""
    procrun.command = ("sh", "-c", 'ulimit -n 40; exec "$@"', "sh", *procrun.command)
    procrun.variables = {}  # to look for free ports takes a socket for each
    running = procrun("start", mode, "-c", "worker=60", procfile=f"worker: {STAY}\n")

    status, output = running.finish()

    assert status == 126
    text = r"stopped because worker.\d+ could not be started: Too many open files\n"
    assert re.search(text + "$", output)
    started = set(re.findall(r"(worker\.\d+) started", output))
    assert set(re.findall(r"(worker\.\d+) stopped\n", output)) == started


@processes.LINUX_ONLY
@pytest.mark.parametrize("kept", ["kept-program", "a-kept-program-with-a-long-name"])
def test_a_detached_program_can_be_spared(procrun: Starter, tmp_path: Path, kept: str) -> None:
    """By its name, and only if it left the dyno's group; without that it is ended."""
    for name in (kept, "other-program"):
        (tmp_path / name).symlink_to("/usr/bin/sleep")
    (tmp_path / "procrun.toml").write_text(f'keep = ["{kept}"]\n')
    each = [f"setsid ./{kept} 60 &", "setsid ./other-program 60 &", f"./{kept} 60 &"]
    running = procrun("start", procfile=f"web: {' '.join(each)} wait\n")
    leader = processes.leader(running, "web.1")
    names = sorted([kept[:15], kept[:15], "other-program"])
    processes.eventually(lambda: children_of(leader) == names, "all are there")
    detached = [pid for pid in processes.children(leader) if os.getsid(pid) == pid]
    (spared,) = [pid for pid in detached if processes.name(pid) == kept[:15]]
    running.signal(signal.SIGTERM)

    assert running.finish()[0] == 143
    left = [int(bearer.split()[0]) for bearer in processes.bearers(processes.mark())]
    leaks.kill([psutil.Process(pid) for pid in left])
    assert left == [spared]


def children_of(pid: int) -> list[str]:
    """The names of a process' children."""
    return sorted(processes.name(child) for child in processes.children(pid))


@processes.LINUX_ONLY
def test_what_a_process_left_behind_ends_before_its_successor_starts(
    procrun: Starter, probe: Callable[[str], Path]
) -> None:
    """Even what left its group: it might hold the port."""
    daemon = f"setsid {sys.executable} {probe('anchor')} &"
    procfile = f"web: {daemon} read < gate; exit 3\nother: {STAY}\n"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", "--restart", "web", "-t", "0.3", procfile=procfile)
    running.wait_for("the anchor holds")
    (procrun.folder / "gate").write_text("\n")
    running.wait_for("web.1 starts again in 1 s")
    output = running.output
    assert not any("anchor" in bearer for bearer in processes.bearers(processes.mark()))
    running.signal(signal.SIGINT)

    assert running.finish()[0] == 130
    assert "no SIGTERM, thanks" in output
    assert "web.1 did not end within 0.3 s: killing it" in output


def test_a_grandchild_that_never_stops_writing_does_not_delay_the_end(procrun: Starter) -> None:
    """What it writes is read for a while, and then the end is told."""
    flood = "trap '' TERM; yes & read < gate; exit 3"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", "-q", "web", "-t", "0.3", procfile=f"web: {flood}\n")
    running.wait_for("web.1 started")
    (procrun.folder / "gate").write_text("\n")

    status, output = running.finish()

    assert status == 3
    assert "web.1 exited with status 3" in output
    assert "web.1 did not end within 0.3 s: killing it" in output


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_a_process_without_output_is_a_process(procrun: Starter, mode: str) -> None:
    """The end of its output is not its end."""
    silent = "echo here; exec < /dev/null > /dev/null 2>&1; read < gate; exit 3"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", mode, procfile=f"web: {silent}\n")
    running.wait_for("| here")
    (procrun.folder / "gate").write_text("\n")

    status, output = running.finish()

    assert status == 3
    assert re.search(r"here\n.*web.1 exited with status 3 after .*\n.*stopped because", output)


@pytest.mark.parametrize("how", ["", "kill -9"])
def test_procrun_within_procrun(procrun: Starter, how: str) -> None:
    """Ends like any other, with all that it has."""
    deep = procrun.folder / "deep"
    deep.mkdir()
    (deep / "Procfile").write_text("web: echo deep here; setsid sleep 60 & wait\n")
    nested = f"{' '.join(procrun.command)} start -d deep -t 0.5"
    running = procrun("start", "-t", "2", procfile=f"web: {nested}\n")
    running.wait_for("deep here")
    running.signal(signal.SIGKILL if how else signal.SIGTERM)

    assert running.finish()[0] == (-9 if how else 143)
    assert processes.bearers(processes.mark()) == []
