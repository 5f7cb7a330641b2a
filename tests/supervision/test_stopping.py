"""How an app stops: the grace, impatience, a terminal or a reader that is gone."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.running import TerminalStarter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter

STAY = "exec sleep 60"
# Says so when it is asked to end, and ends.
POLITE = "trap 'echo asked to end > asked; exit 0' TERM; echo here; sleep 60 & wait"
NOISE = "while echo noise; do sleep 0.01; done"
HERE = re.compile("here$")  # behind a prefix with or without colours


@pytest.fixture
def anchor(probe: Callable[[str], Path]) -> str:
    """A command that does not end when asked to."""
    return f"{sys.executable} {probe('anchor')}"


def test_who_does_not_end_in_time_is_killed(procrun: Starter, anchor: str) -> None:
    """After the grace, and the log says so."""
    running = procrun("start", "-t", "0.3", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 143
    wanted = [
        "no SIGTERM, thanks",
        "web.1 did not end within 0.3 s: killing it",
        "web.1 stopped, killed by SIGKILL",
        "stopped by SIGTERM",
    ]
    assert [line.partition("| ")[2] for line in output.splitlines()[-4:]] == wanted


def test_without_grace_nobody_is_asked(procrun: Starter, anchor: str) -> None:
    """`-t 0` kills at once."""
    running = procrun("start", "-t", "0", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 143
    assert "thanks" not in output
    assert "did not end" not in output
    assert "web.1 stopped, killed by SIGKILL\n" in output


def test_a_second_ctrl_c_kills_at_once(procrun: Starter, anchor: str) -> None:
    """However long the grace is; it is said before for whom procrun waits."""
    running = procrun("start", "-t", "100", procfile=f"web: {anchor}\nquick: {STAY}\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGINT)
    line = running.wait_for("waiting for")
    running.signal(signal.SIGINT)

    status, output = running.finish()

    assert status == 130
    leader = processes.leader(running, "web.1")
    what = rf"waiting for web\.1 \(pid {leader}, 1 min 3\d s left\); Ctrl-C kills at once"
    assert re.search(rf"procrun +\| {what}$", line)
    assert "web.1 stopped, killed by SIGKILL\n" in output


@processes.LINUX_ONLY
def test_a_second_ctrl_c_kills_what_only_the_guardian_finds(
    procrun: Starter, probe: Callable[[str], Path], anchor: str
) -> None:
    """A daemon without an environment that ignores SIGTERM is not waited for either."""
    family = f"{sys.executable} {probe('family')} stubborn {processes.mark()}"
    procfile = f"web: {anchor}\ndaemon: (env -i setsid {family} &); {STAY}\n"
    running = procrun("start", "-t", "100", procfile=procfile)
    running.wait_for("the anchor holds")
    running.wait_for("stubborn is there")
    running.signal(signal.SIGINT)
    running.wait_for("no SIGTERM, thanks")
    processes.press_until_it_ends(running)

    assert running.finish()[0] == 130


@processes.LINUX_ONLY
def test_a_second_sigterm_is_no_impatience(procrun: Starter, anchor: str) -> None:
    """Systems that send it twice still leave the grace to the processes."""
    running = procrun("start", "-t", "100", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGTERM)
    running.wait_for("no SIGTERM, thanks")
    running.signal(signal.SIGTERM)
    processes.eventually(lambda: not processes.pending(running.pid, signal.SIGTERM), "it is taken")
    running.signal(signal.SIGUSR1)
    running.wait_for("no SIGUSR1, thanks")  # procrun takes signals in order
    running.signal(signal.SIGUSR2)

    status, output = running.finish()

    assert status == 143
    assert output.count("no SIGTERM, thanks") == 1
    assert "web.1 stopped\n" in output


def test_signals_that_are_for_the_app_reach_the_leader(procrun: Starter, anchor: str) -> None:
    """SIGUSR1 and SIGUSR2 are passed on."""
    running = procrun("start", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGUSR1)
    running.wait_for("web.1   | no SIGUSR1, thanks")
    running.signal(signal.SIGUSR2)

    status, output = running.finish()

    assert status == 0
    assert "stopped because web.1 exited with status 0" in output


def test_a_dyno_has_ended_when_its_group_has(procrun: Starter, anchor: str) -> None:
    """The shell dies of the SIGTERM that the program under it does not heed."""
    running = procrun("start", "-t", "0.3", procfile=f"web: {anchor} & wait\n")
    running.wait_for("the anchor holds")
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 143
    assert processes.bearers(processes.mark()) == []
    assert "web.1 did not end within 0.3 s: killing it" in output


@processes.LINUX_ONLY
def test_who_leaves_the_group_in_the_grace_is_not_waited_for_in_it(procrun: Starter) -> None:
    """Nobody tells procrun that the group is empty; the guardian ends what has left it."""
    leaves = "(trap '' TERM; echo here; read < gate; exec env -i setsid sleep 60) & wait"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", "-t", "0.5", procfile=f"web: {leaves}\n")
    running.wait_for("| here")
    running.signal(signal.SIGTERM)
    running.wait_for("web.1 stopped")
    (procrun.folder / "gate").write_text("\n")

    status, output = running.finish()

    assert status == 143
    assert "killing it" not in output
    assert processes.working_in(procrun.folder) == []


def test_the_grace_ends_early_when_all_have_ended(procrun: Starter) -> None:
    """Nobody waits for the well-behaved."""
    running = procrun("start", "-t", "100", procfile=f"web: {POLITE}\nworker: {POLITE}\n")
    running.wait_for("| here", times=2)
    running.signal(signal.SIGTERM)

    status, output = running.finish()

    assert status == 143
    assert "worker.1 stopped\n" in output
    assert "waiting for" not in output


@pytest.mark.parametrize("to", ["the visible process", "the inner process"])
def test_nohup_stays_nohup(shell: Starter, command: tuple[str, ...], anchor: str, to: str) -> None:
    """SIGHUP is nothing to procrun nor to its processes where it was ignored at the start."""
    procrun = " ".join(command)
    running = shell(f"trap '' HUP; exec {procrun} start", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    inner = processes.inner(running)
    for pid in (
        inner if to == "the inner process" else running.pid,
        processes.leader(running, "web.1"),
    ):
        os.kill(pid, signal.SIGHUP)
    running.signal(signal.SIGUSR1)
    running.wait_for("no SIGUSR1, thanks")
    running.signal(signal.SIGUSR2)

    status, output = running.finish()

    assert status == 0
    assert "HUP" not in output


@pytest.mark.parametrize(
    "procfile",
    [
        pytest.param(f"web: {POLITE}\n", id="silent after the first line"),
        pytest.param(f"web: yes & {POLITE}\n", id="never silent"),
    ],
)
def test_a_reader_that_is_gone_stops_the_app(
    shell: Starter, command: tuple[str, ...], tmp_path: Path, procfile: str
) -> None:
    """`| head -n 1`: cleanly, with the status of a writer that nobody reads."""
    line = f"{' '.join(command)} start | head -n 2; echo status ${{PIPESTATUS[0]}}"

    status, output = shell(line, procfile=procfile).finish()

    assert status == 0
    assert output.endswith("\nstatus 141\n")
    assert "Traceback" not in output
    assert (tmp_path / "asked").exists()
    assert processes.bearers(processes.mark()) == []


def test_a_closed_window_stops_the_app(terminal: TerminalStarter, tmp_path: Path) -> None:
    """SIGHUP, and every write fails from then on."""
    running = terminal("start", procfile=f"web: {POLITE}\nnoise: {NOISE}\n")
    running.wait_for(HERE)
    running.hang_up()

    assert running.finish()[0] == 129
    assert (tmp_path / "asked").exists()
    assert processes.bearers(processes.mark()) == []


def test_a_dead_terminal_stops_the_app_without_any_signal(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """The first line that can't be written does."""
    procrun = f"trap '' HUP; exec {' '.join(command)} start"
    procfile = f"web: {POLITE}\nnoise: {NOISE}\n"
    with TerminalStarter(["bash", "-c"], tmp_path) as start:
        running = start(procrun, procfile=procfile, env=processes.FREE_PORTS)
        running.wait_for(HERE)
        running.hang_up()

        assert running.finish()[0] == 129

    assert (tmp_path / "asked").exists()
    assert processes.bearers(processes.mark()) == []


@processes.LINUX_ONLY
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_reader_that_does_not_read_does_not_keep_the_app(
    procrun: Starter, number: signal.Signals
) -> None:
    """What it has not taken in the time of the grace and a second is dropped."""
    running = procrun("start", "-t", "0.1", procfile="web: yes\n")
    running.wait_for("| y")
    processes.eventually(lambda: output_is_full(running), "the pipe is full")
    running.signal(number)

    assert leaks.exits(running.pid, processes.PATIENCE)
    assert running.finish()[0] == 128 + number


@processes.LINUX_ONLY
def test_a_reader_that_does_not_read_is_waited_for_until_somebody_is_impatient(
    procrun: Starter,
) -> None:
    """After the app has ended by itself, a SIGTERM means that nobody will read any more."""
    many = "trap 'yes | head -c 9000000' TERM; echo here; sleep 60 & wait; wait"
    procfile = f"web: read < gate; exit 3\nnoise: {many}\n"
    os.mkfifo(procrun.folder / "gate")
    running = procrun("start", "-t", "0.1", procfile=procfile)
    running.wait_for("| here")
    (procrun.folder / "gate").write_text("\n")
    running.wait_for("web.1 exited with status 3")
    processes.eventually(lambda: output_is_full(running), "the pipe is full")
    running.signal(signal.SIGTERM)

    assert leaks.exits(running.pid, processes.PATIENCE)
    assert running.finish()[0] == 3


def output_is_full(running: Running) -> bool:
    """Whether the pipe that procrun writes to takes no more."""
    into = os.open(f"/proc/{running.pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK)
    try:
        return not select.select([], [into], [], 0)[1]
    finally:
        os.close(into)


@processes.LINUX_ONLY
def test_a_slow_stop_is_not_hurried_by_a_signal_to_the_inner_process(
    procrun: Starter, anchor: str
) -> None:
    """`pkill -INT procrun` reaches both processes, and is one Ctrl-C all the same."""
    running = procrun("start", "-t", "100", procfile=f"web: {anchor}\n")
    running.wait_for("the anchor holds")
    inner = processes.inner(running)
    for pid in (running.pid, inner):
        os.kill(pid, signal.SIGINT)
    running.wait_for("no SIGTERM, thanks")
    os.kill(inner, signal.SIGINT)
    processes.eventually(lambda: not processes.pending(inner, signal.SIGINT), "it is taken")
    os.kill(inner, signal.SIGUSR1)
    running.wait_for("no SIGUSR1, thanks")
    running.signal(signal.SIGUSR2)

    status, output = running.finish()

    assert status == 130
    assert "web.1 stopped\n" in output
