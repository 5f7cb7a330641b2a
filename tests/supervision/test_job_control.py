"""Ctrl-Z, `fg` and `kill %1`, under a shell that knows jobs and where there is none."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.running import TerminalStarter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Starter, Terminal

pytestmark = processes.LINUX_ONLY

# Counts, on its terminal and in a file.
COUNT = "n=0; while :; do n=$((n + 1)); echo $n > counted; echo line $n; sleep 0.01; done"
BASH = ("bash", "--norc", "--noprofile", "-i")
PROMPT = "shell> "
PLAIN = {"TERM": "dumb", "PS1": PROMPT, **processes.FREE_PORTS}


def counted(folder: Path) -> int:
    """How far the dyno has counted, shown or not."""
    text = ""
    while not text.endswith("\n"):  # it may just be writing
        text = (folder / "counted").read_text()
    return int(text)


class Shell:
    """An interactive bash on a terminal, with procrun as its first job."""

    def __init__(self, terminal: Terminal, folder: Path, start: str) -> None:
        """Type the command that starts it, and wait for its first line."""
        self.terminal = terminal
        self._folder = folder
        terminal.wait_for(PROMPT, open_line=True)
        terminal.send(f"{start}\n")
        terminal.wait_for(re.compile(r"\| line 1$"))
        below = processes.below(terminal.pid)
        self.visible, self.inner = [pid for pid in below if processes.name(pid) == "procrun"]

    @property
    def count(self) -> int:
        """How far the dyno has counted, shown or not."""
        return counted(self._folder)

    @property
    def states(self) -> set[str]:
        """The states of procrun's two processes: "T" is stopped."""
        return {processes.field(pid, "State") for pid in (self.visible, self.inner)}

    def suspend(self) -> None:
        """Press Ctrl-Z, and wait until the shell is there again."""
        self.terminal.send("\x1a")
        self.terminal.wait_for("Stopped")
        processes.eventually(lambda: self.states == {"T"}, "both processes are stopped")

    def leave(self) -> None:
        """End the shell."""
        self.terminal.send("\nexit\nexit\n")  # the first may be told of a job that just ended
        self.terminal.finish()


@pytest.fixture
def shell(command: tuple[str, ...], tmp_path: Path) -> Iterator[Shell]:
    """Start procrun from a shell's prompt."""
    with TerminalStarter(BASH, tmp_path) as start:
        terminal = start(procfile=f"web: {COUNT}\n", env=PLAIN)
        yield Shell(terminal, tmp_path, f"{' '.join(command)} start -t 0.5")


def test_ctrl_z_suspends_procrun_and_not_the_processes(shell: Shell) -> None:
    """They go on, and `fg` shows every line that they wrote meanwhile."""
    shell.suspend()
    before = shell.count
    processes.eventually(lambda: shell.count > before + 5, "the dyno goes on")
    shell.terminal.send("fg\n")
    shell.terminal.wait_for(re.compile(rf"\| line {shell.count + 5}$"))
    shell.terminal.send("\x03")
    shell.terminal.wait_for("stopped by SIGINT")
    shell.leave()

    shown = [int(number) for number in re.findall(r"\| line (\d+)", shell.terminal.output)]
    assert shown == list(range(1, shown[-1] + 1))


def test_a_suspended_app_is_told_of_and_cancelled_requests_are_dropped(
    shell: Shell, procrun: Starter
) -> None:
    """Nobody hangs, and what was given up is not carried out later."""
    shell.suspend()
    status, output = procrun("stop", "web").finish()
    shell.terminal.send("fg\n")
    shell.terminal.wait_for(re.compile(rf"\| line {shell.count + 5}$"))

    assert status == 1
    assert output == (
        f"procrun: the app is suspended (pid {shell.visible})\n"
        "  `fg` in its terminal continues it.\n"
    )
    assert "web.1 stopped" not in shell.terminal.output
    shell.terminal.send("\x03")
    shell.terminal.wait_for("stopped by SIGINT")
    shell.leave()


def test_it_can_be_suspended_again(shell: Shell) -> None:
    """And continued in the background, from where Ctrl-C does not reach it."""
    for _ in range(2):
        shell.suspend()
        shell.terminal.send("bg\n")
        shell.terminal.wait_for(re.compile(rf"\| line {shell.count + 5}$"))
        shell.terminal.send("\x03\nfg\n")
        shell.terminal.wait_for(re.compile(rf"\| line {shell.count + 5}$"))
    shell.terminal.send("\x03")
    shell.terminal.wait_for("stopped by SIGINT")
    shell.leave()


@pytest.mark.parametrize("name", ["TERM", "HUP", "KILL"])
def test_a_suspended_job_can_be_ended(shell: Shell, name: str) -> None:
    """`kill %1` continues it, `kill -9` is the witness' case."""
    shell.suspend()
    shell.terminal.send(f"kill -{name} %1\n")

    for pid in (shell.visible, shell.inner):
        assert leaks.exits(pid, processes.PATIENCE)
    shell.leave()
    assert processes.bearers(processes.mark()) == []


@pytest.mark.needs("unshare")
def test_a_suspended_job_can_be_killed_under_the_first_process(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """In a container the kernel does not wake what the killed process left suspended."""
    with TerminalStarter([*processes.own_namespace(), *BASH], tmp_path) as start:
        terminal = start(procfile=f"web: {COUNT}\n", env=PLAIN)
        shell = Shell(terminal, tmp_path, f"{' '.join(command)} start -t 0.5")
        shell.suspend()
        terminal.send("kill -KILL %1\n")

        assert leaks.exits(shell.inner, processes.PATIENCE)
        shell.leave()


def test_nobody_could_continue_it_without_a_shell(
    terminal: TerminalStarter, tmp_path: Path
) -> None:
    """Then Ctrl-Z does nothing, as the system has it for every program."""
    running = terminal("start", procfile=f"web: {COUNT}\n")
    running.wait_for("line 1")
    running.send("\x1a")
    processes.eventually(lambda: not processes.pending(running.pid, signal.SIGTSTP), "it is taken")
    running.wait_for(f"line {counted(tmp_path) + 20}")
    running.send("\x03")

    assert running.finish()[0] == 130
