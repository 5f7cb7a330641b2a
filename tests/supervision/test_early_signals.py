"""Signals at any moment of the start: always a clean end."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.supervision import processes

if TYPE_CHECKING:
    from tests.running import Running, Starter, TerminalStarter

pytestmark = processes.LINUX_ONLY

PROCFILE = "web: exec sleep 60\nworker: exec sleep 60\n"
WHILE_IT_STARTS = 0.2  # seconds
FEW_OR_MANY = [5, pytest.param(50, marks=processes.SOAK)]
STOPS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def is_procrun(running: Running) -> bool:
    """Whether Python's own start, which may lose a Ctrl-C, is over."""
    return processes.name(running.pid) == "procrun"


def wait_for_procrun(running: Running) -> None:
    """Wait until Python's own start is over."""
    processes.eventually(lambda: is_procrun(running), "Python has started")


def check_clean_end(running: Running, *numbers: signal.Signals) -> None:
    """Fail unless one of the signals ended it, and nothing else happened."""
    status, output = running.finish()
    if output:
        assert status in [128 + number for number in numbers], output
        assert re.search(r"stopped by SIG\w+\n$", output), output
        assert "Traceback" not in output
    else:  # it was before anything had started
        assert status in [code for number in numbers for code in (-number, 128 + number)]
    assert processes.bearers(processes.mark()) == []


@pytest.mark.parametrize("count", FEW_OR_MANY)
@pytest.mark.parametrize("number", STOPS)
def test_a_signal_at_a_random_moment(procrun: Starter, number: signal.Signals, count: int) -> None:
    """Python's own start, ours, the fork, the first processes: no moment is a bad one."""
    for turn in range(count):
        running = procrun("start", procfile=PROCFILE)
        time.sleep(WHILE_IT_STARTS * (turn + random.random()) / count)  # noqa: S311 - no secret
        if number == signal.SIGINT:
            wait_for_procrun(running)
        running.signal(number)
        check_clean_end(running, number)


@pytest.mark.parametrize("count", FEW_OR_MANY)
def test_a_storm_of_signals(procrun: Starter, count: int) -> None:
    """All of them, again and again, from some moment to the last."""
    for turn in range(count):
        running = procrun("start", procfile=PROCFILE)
        time.sleep(WHILE_IT_STARTS * (turn + random.random()) / count)  # noqa: S311 - no secret
        while not leaks.exits(running.pid, 0.001):
            numbers = STOPS if is_procrun(running) else STOPS[:2]
            running.signal(random.choice(numbers))  # noqa: S311 - no secret
        check_clean_end(running, *STOPS)


def test_a_procfile_can_be_typed(terminal: TerminalStarter) -> None:
    """On the terminal that procrun's other signals come from."""
    running = terminal("start", "--no-color", "-f", "-")
    running.send("web: echo hello\n\x04")

    status, output = running.finish()

    assert status == 0
    assert "web.1   | hello\n" in output


@pytest.mark.parametrize("key", ["\x03", "\x1c"], ids=["Ctrl-C", "Ctrl-\\"])
def test_who_types_a_procfile_can_give_up(terminal: TerminalStarter, key: str) -> None:
    """Nothing has started, so nothing is to be said."""
    running = terminal("start", "-f", "-")
    wait_for_procrun(running)
    running.send(f"web: echo hello\n{key}")

    status, output = running.finish()

    assert status == (130 if key == "\x03" else 131)
    assert "procrun" not in output


@pytest.mark.parametrize("number", [*STOPS, signal.SIGKILL])
def test_a_file_that_does_not_come_keeps_nobody(procrun: Starter, number: signal.Signals) -> None:
    """A Procfile on a pipe that nobody writes to, as `-f <(command)` makes them."""
    os.mkfifo(procrun.folder / "pipe")
    running = procrun("start", "-f", "pipe")
    with (procrun.folder / "pipe").open("wb"):  # waits until it is opened for reading as well
        running.signal(number)

        status, output = running.finish()

    assert status == (-number if number == signal.SIGKILL else 128 + number)
    assert output == ""
    assert processes.bearers(processes.mark()) == []


@pytest.mark.parametrize("count", [3, pytest.param(20, marks=processes.SOAK)])
@pytest.mark.parametrize("which", ["the visible process", "the inner process"])
@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_a_kill_at_a_random_moment(procrun: Starter, mode: str, which: str, count: int) -> None:
    """`kill -9` leaves nothing either; the inner process may not be there yet."""
    procfile = (
        "web: setsid sleep 60 & exec sleep 60\nworker: (env -i setsid sleep 60 &); sleep 60\n"
    )
    for turn in range(count):
        running = procrun("start", mode, "-t", "1", procfile=procfile)
        time.sleep(WHILE_IT_STARTS * (turn + random.random()) / count)  # noqa: S311 - no secret
        inner = processes.children(running.pid) if which == "the inner process" else []
        os.kill((inner or [running.pid])[0], signal.SIGKILL)

        status, output = running.finish()

        assert status == (137 if inner else -signal.SIGKILL), output
        assert processes.bearers(processes.mark()) == []
        assert processes.working_in(procrun.folder) == []
