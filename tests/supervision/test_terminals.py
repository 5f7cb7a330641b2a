"""What the processes have as terminal: one of their own where procrun has one, else pipes."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter, TerminalStarter

STAY = "exec sleep 60"


@pytest.fixture
def screen(probe: Callable[[str], Path]) -> str:
    """A command that tells about its terminal."""
    return f"{sys.executable} {probe('screen')}"


def facts(running: Running) -> dict[str, str]:
    """What the `screen` probe tells, and how wide the prefix of its line is."""
    line = plain(running.wait_for("terminals="))
    found = dict(re.findall(r"(\w+)=(\S+)", line))
    return {**found, "prefix": str(line.index("terminals="))}


def plain(text: str) -> str:
    """The text without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_on_a_terminal_every_process_has_its_own(terminal: TerminalStarter, screen: str) -> None:
    """As standard streams and as controlling terminal, in whose foreground it is."""
    running = terminal("start", procfile=f"web: {screen}\n", size=(30, 100))
    found = facts(running)
    running.wait_for("written to /dev/tty")
    running.send("\x03")

    assert running.finish()[0] == 130
    assert found["terminals"] == "111"
    assert found["foreground"] == "True"
    assert found["name"].startswith("/dev/pts/")
    assert found["size"] == f"{100 - int(found['prefix'])}x30"


@processes.LINUX_ONLY
def test_the_processes_terminals_are_not_ours(terminal: TerminalStarter, screen: str) -> None:
    """Nor each other's: what one reads is nobody else's."""
    running = terminal("start", procfile=f"a: {screen}\nb: {screen}\n")
    running.wait_for("terminals=", times=2)
    ours = os.readlink(f"/proc/{running.pid}/fd/0")
    running.send("\x03")

    theirs = set(re.findall(r"name=(\S+)", running.finish()[1]))
    assert len(theirs) == 2
    assert ours not in theirs


def test_a_resize_reaches_the_processes(terminal: TerminalStarter, screen: str) -> None:
    """With SIGWINCH, less the width of the prefix again; never narrower than 20 columns."""
    running = terminal("start", procfile=f"web: {screen}\nother: {STAY}\n", size=(30, 100))
    prefix = int(facts(running)["prefix"])
    for rows, columns, left in ((50, 132, 132 - prefix), (20, 25, 20)):
        running.resize(rows, columns)
        running.wait_for(f"size={left}x{rows} now")
    running.send("\x03")

    assert running.finish()[0] == 130


def test_a_long_prefix_takes_more_of_the_width(terminal: TerminalStarter, screen: str) -> None:
    """And none takes none."""
    procfile = f"a-long-name: {screen}\n"
    for options, taken in ((["--no-timestamp"], len("a-long-name.1 | ")), (["--no-prefix"], 0)):
        running = terminal("start", *options, procfile=procfile, size=(24, 80))
        found = facts(running)
        running.send("\x03")
        running.finish()

        assert found["prefix"] == str(taken)
        assert found["size"] == f"{80 - taken}x24"


@pytest.mark.parametrize("kind", ["a pipe", "a terminal"])
def test_with_pipes_there_is_no_terminal_at_all(
    procrun: Starter, terminal: TerminalStarter, screen: str, kind: str
) -> None:
    """Not even /dev/tty, so that nobody asks for a password behind procrun's back."""
    start, options = (procrun, []) if kind == "a pipe" else (terminal, ["--no-tty"])
    running = start("start", *options, procfile=f"web: {screen}\n")
    found = facts(running)
    running.signal(signal.SIGINT)
    running.finish()

    assert found["terminals"] == "000"
    assert found["foreground"] == found["size"] == "none"


def test_terminals_can_be_had_without_one(procrun: Starter, screen: str) -> None:
    """--tty; the size is that of an 80 x 24 terminal less the prefix."""
    running = procrun("start", "--tty", procfile=f"web: {screen}\n")
    found = facts(running)
    running.signal(signal.SIGINT)
    output = running.finish()[1]

    assert found["terminals"] == "111"
    assert found["size"] == f"{80 - int(found['prefix'])}x24"
    assert "\r" not in running.raw.decode()
    assert "written to /dev/tty\n" in output


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_standard_input_is_never_at_its_end(procrun: Starter, screen: str, mode: str) -> None:
    """Though ours is; what watches for the end keeps running, beside others that end or not."""
    watcher = "cat; echo the end of the input"
    procfile = f"screen: {screen}\nwatcher: {watcher}\nends: read < /dev/null; exit 3\n"
    running = procrun("start", mode, "--can-die", "ends", procfile=procfile)
    running.wait_for("ends.1 exited with status 3")
    facts(running)
    os.kill(processes.leader(running, "screen.1"), signal.SIGUSR1)
    line = running.wait_for("input=")
    running.signal(signal.SIGINT)

    status, output = running.finish()
    assert status == 130
    assert line.endswith("input=[]")
    assert "the end of the input" not in output


@pytest.mark.parametrize(
    ("on_terminal", "options", "env", "wanted"),
    [
        pytest.param(True, [], {}, "1/1", id="a terminal"),
        pytest.param(True, [], {"FORCE_COLOR": "3"}, "3/1", id="what is set stays"),
        pytest.param(True, [], {"CLICOLOR_FORCE": "0"}, "1/0", id="each for itself"),
        pytest.param(True, [], {"NO_COLOR": "1"}, "/", id="NO_COLOR"),
        pytest.param(True, ["--no-color"], {}, "/", id="no colours wanted"),
        pytest.param(True, ["--no-tty"], {}, "1/1", id="pipes on a coloured terminal"),
        pytest.param(True, [], {"TERM": "dumb"}, "/", id="a terminal without colours"),
        pytest.param(False, [], {}, "/", id="a pipe"),
        pytest.param(False, ["--color", "always"], {}, "1/1", id="colours wanted on a pipe"),
        pytest.param(False, [], {"FORCE_COLOR": "1"}, "1/1", id="colours forced by the caller"),
        pytest.param(False, ["--json"], {}, "/", id="JSON"),
    ],
)
def test_what_the_processes_are_told_of_colours(
    procrun: Starter,
    terminal: TerminalStarter,
    *,
    on_terminal: bool,
    options: list[str],
    env: dict[str, str],
    wanted: str,
) -> None:
    """FORCE_COLOR and CLICOLOR_FORCE where the other end has colours, unless they are set."""
    start = terminal if on_terminal else procrun
    told = "web: echo told=$FORCE_COLOR/$CLICOLOR_FORCE\n"
    running = start("start", *options, procfile=told, env=env)

    assert f"told={wanted}" in re.split(r'[\s"]|\x1b\[\d*m', running.finish()[1])


@pytest.mark.parametrize("repetitions", [5, pytest.param(100, marks=processes.SOAK)])
@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_the_tail_is_complete(procrun: Starter, mode: str, repetitions: int) -> None:
    """Of what prints 20,000 lines and exits; and it comes before the line that says so."""
    for _ in range(repetitions):
        procfile = "web: seq 20000; exit 3\n"
        running = procrun("start", mode, "--no-timestamp", procfile=procfile)

        status, output = running.finish()

        lines = output.splitlines()
        assert status == 3
        assert lines[1:20001] == [f"web.1   | {number}" for number in range(1, 20001)]
        assert lines[20001].startswith("procrun | web.1 exited with status 3")
        assert len(lines) == 20003


def test_the_tail_is_complete_on_a_terminal(terminal: TerminalStarter) -> None:
    """From one terminal to another."""
    running = terminal("start", "--no-timestamp", "--no-color", procfile="web: seq 20000\n")

    lines = running.finish()[1].splitlines()

    assert lines[1:20001] == [f"web.1   | {number}" for number in range(1, 20001)]
    assert lines[20001].startswith("procrun | web.1 exited with status 0")


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 70_000])
def test_a_last_line_without_an_end_is_complete(procrun: Starter, mode: str, size: int) -> None:
    """Whatever fits the buffers of pipes and terminals."""
    words = f"web: head -c {size} /dev/zero | tr '\\0' x; exit 3\n"

    output = procrun("start", mode, "--no-timestamp", procfile=words).finish()[1]

    lines = output.splitlines()
    assert lines[1] == f"web.1   | {'x' * size}"
    assert lines[2].startswith("procrun | web.1 exited with status 3")


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_a_breakpoint_shows_its_prompt_and_waits(
    procrun: Starter, probe: Callable[[str], Path], mode: str
) -> None:
    """It does not find the end of its input, which would end the program."""
    command = f"{sys.executable} {probe('debugged')}"
    running = procrun("start", mode, procfile=f"web: {command}\n")
    line = running.wait_for("(Pdb)", open_line=True)
    os.kill(processes.leader(running, "web.1"), signal.SIGUSR1)  # ends it, wherever it is
    output = running.finish()[1]

    assert line.endswith("web.1   | (Pdb) ")
    assert "the program has started\n" in output
    assert "| the program goes on" not in output
    assert "BdbQuit" not in output
    assert "stopped because web.1 killed by SIGUSR1" in output


def test_python_prints_line_by_line(procrun: Starter) -> None:
    """Into a pipe as well, without any flush."""
    code = "import signal; print('printed'); signal.pause()"
    running = procrun("start", procfile=f'web: {sys.executable} -c "{code}"\n')
    running.wait_for("web.1   | printed")
    running.signal(signal.SIGINT)

    assert running.finish()[0] == 130


def test_python_is_left_alone_where_the_user_says_so(procrun: Starter) -> None:
    """PYTHONUNBUFFERED is only a default."""
    running = procrun(
        "start", procfile="web: echo told=$PYTHONUNBUFFERED.\n", env_file="PYTHONUNBUFFERED=\n"
    )

    assert "told=.\n" in running.finish()[1]
