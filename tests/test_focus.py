"""`procrun start --focus`: one dyno gets the keys of the terminal that `start` runs on."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.attaching import LEAVE, PROMPT, STAY, Visit, modes, port_of, usual_modes
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Starter, Terminal, TerminalStarter

# Says what somebody writes into a FIFO.
SPEAKER = "exec 3<> say; while read words <&3; do echo $words; done"


@pytest.fixture
def focus(terminal: TerminalStarter) -> Callable[..., Terminal]:
    """Start an app whose web dyno has the terminal, and wait for something that it says."""

    def start(
        procfile: str, *options: str, ready: str = "ready", size: tuple[int, int] = (24, 80)
    ) -> Terminal:
        given = ("-p", "0", "--no-timestamp", "--color", "never", "--focus", "web", *options)
        running = terminal("start", *given, procfile=procfile, size=size)
        running.wait_for(ready, open_line=True)
        return running

    return start


@pytest.fixture
def say(tmp_path: Path) -> Callable[[str], None]:
    """Make the SPEAKER say something."""
    os.mkfifo(tmp_path / "say")

    def write(words: str) -> None:
        (tmp_path / "say").write_text(f"{words}\n", encoding="utf-8")

    return write


@pytest.fixture
def listener(probe: Callable[[str], Path]) -> str:
    """A command that tells what it hears."""
    return f"{sys.executable} {probe('listener')}"


def is_usual(running: Terminal) -> bool:
    """Whether the terminal is as it was, with its first group in the foreground."""
    fd = running.child.child_fd
    return modes(running) == usual_modes() and os.tcgetpgrp(fd) == running.pid


@pytest.mark.parametrize("mode", ["", "reload"])
def test_a_breakpoint_in_flask_is_answered(
    focus: Callable[..., Terminal],
    say: Callable[[str], None],
    probe: Callable[[str], Path],
    mode: str,
) -> None:
    """While others speak; afterwards the app goes on, and Ctrl-C stops it as ever."""
    flask = f"{sys.executable} {probe('debugged_flask')} {mode}"
    running = focus(f"web: {flask}\nother: {SPEAKER}\n", ready="Running on http")
    running.wait_for("your keys go to web.1; Ctrl-\\ ends that")
    port = port_of(running, "web.1")
    visit = Visit(port)
    running.wait_for(PROMPT, open_line=True)
    running.send("p answ")
    running.wait_for(re.compile(r"\(Pdb\) p answ$"), open_line=True)
    say("hello")
    running.wait_for(re.compile(r"\x1b\[Jother\.1 \| hello$"))
    running.wait_for(re.compile(r"^\(Pdb\) p answ$"), open_line=True)
    running.send("ex\x7fr + 1\r")
    running.wait_for(re.compile("^43$"))
    running.wait_for(PROMPT, open_line=True)
    running.send("\x1b[A\x7f2\r")
    running.wait_for(re.compile("^44$"))
    running.wait_for(PROMPT, open_line=True)
    running.send("c\r")

    assert visit.finish() == "the answer is 42"
    running.wait_for('"GET / HTTP/1.1" 200')
    running.send(LEAVE)
    running.wait_for("procrun | your keys go to procrun again: Ctrl-C stops the app")
    assert is_usual(running)
    assert Visit(port, "/calm").finish() == "calm"
    running.wait_for(re.compile(r'^web\.1   \| .*"GET /calm'))
    running.send("\x03")
    assert running.finish()[0] == 130


def test_keys_go_to_the_dyno_alone(focus: Callable[..., Terminal], listener: str) -> None:
    """Ctrl-C too; what stands before the key that leaves arrives."""
    running = focus(f"web: {listener}\nother: {STAY}\n", ready="listening")
    running.send("\x03")
    running.wait_for("interrupted")
    running.send(f"one\rtwo\r{LEAVE}")
    running.wait_for("your keys go to procrun again")
    running.wait_for("heard two")
    running.send("\x03")

    status, output = running.finish()
    assert status == 130
    assert output.count("interrupted") == 1


@pytest.mark.parametrize("leave", ["\x1b[27;5;92~", "\x1b[92;5u"])
def test_an_editor_that_wants_more_of_keys_is_left(
    focus: Callable[..., Terminal], leave: str
) -> None:
    """By what the terminal then makes of the key; the shell gets the usual ones."""
    running = focus(f"web: printf '\\033[>4;2m\\033[>1uready'; {STAY}\n")
    running.send(leave)
    running.wait_for("procrun | your keys go to procrun again")
    running.send("\x03")

    assert running.finish()[0] == 130
    assert "\x1b[<u\x1b[>4m" in running.output


def test_the_dyno_has_the_whole_terminal(
    focus: Callable[..., Terminal], probe: Callable[[str], Path]
) -> None:
    """From its first moment; less the prefix, like all others, when that has ended."""
    screen = f"{sys.executable} {probe('screen')}"
    running = focus(f"web: {screen}\nother: {screen}\n", ready="size=", size=(30, 100))
    running.wait_for(re.compile(r"^terminals=111.* size=100x30$"))
    running.wait_for(re.compile(r"^other\.1 \| terminals=111.* size=90x30$"))
    running.resize(40, 120)
    running.wait_for(re.compile("^size=120x40 now$"))
    running.wait_for("other.1 | size=110x40 now")
    running.send(LEAVE)
    running.wait_for("web.1   | size=110x40 now")


def test_an_editor_is_not_disturbed(
    procrun: Starter, focus: Callable[..., Terminal], say: Callable[[str], None]
) -> None:
    """What others say meanwhile comes when it has ended; leaving turns off what it turned on."""
    on, off = r"printf '\033[?1049hediting\n'", r"printf '\033[?1049l'"
    web = f"echo ready; {on}; read line; {off}; echo edited; {on}; exec cat"
    running = focus(f"web: {web}\nother: {SPEAKER}\n", ready="editing")
    for words in ("one", "two"):
        say(words)
    processes.eventually(lambda: "two" in procrun("logs").finish()[1], "the log has it")
    running.send("\r")
    running.wait_for("other.1 | two")
    running.wait_for("editing", times=2)
    say("three")
    processes.eventually(lambda: "three" in procrun("logs").finish()[1], "the log has it")
    running.send(f"typed\r{LEAVE}")
    running.wait_for("your keys go to procrun again")

    output = running.output
    assert output.index("\x1b[?1049l") < output.index("other.1 | one")
    assert output.index("other.1 | one") < output.index("edited")
    assert output.rindex("\x1b[?1049l") < output.index("other.1 | three")
    assert is_usual(running)


def test_a_dyno_that_ends_gives_the_terminal_back(
    focus: Callable[..., Terminal], say: Callable[[str], None]
) -> None:
    """The app goes on, if it may."""
    running = focus(f"web: echo ready; read line; exit 3\nother: {SPEAKER}\n", "--can-die", "web")
    running.send("\r")
    running.wait_for("your keys go to procrun again: web.1 exited with status 3")
    say("hello")
    running.wait_for(re.compile(r"^other\.1 \| hello$"))

    assert is_usual(running)


def test_a_dyno_that_is_restarted_keeps_the_terminal(
    procrun: Starter, terminal: TerminalStarter, focus: Callable[..., Terminal], listener: str
) -> None:
    """Its new process gets the keys."""
    terminal.variables["PROCRUN_READY"] = "launched"
    running = focus(f"web: {listener}\n", ready="listening")
    assert procrun("restart", "web").finish()[0] == 0
    running.wait_for("listening", times=2)
    running.send("hello\r")
    running.wait_for(re.compile("^heard hello$"))


def test_a_prompt_does_not_outlive_its_process(
    procrun: Starter, terminal: TerminalStarter, focus: Callable[..., Terminal]
) -> None:
    """What the next one writes begins on a line of its own."""
    terminal.variables["PROCRUN_READY"] = "launched"
    running = focus("web: printf 'what? '; exec sleep 60\n", ready="what?")
    assert procrun("restart", "web").finish()[0] == 0
    running.wait_for(re.compile(r"^what\? $"), times=2, open_line=True)


def test_the_key_that_leaves_does_not_end_the_app_when_pressed_twice(
    focus: Callable[..., Terminal],
) -> None:
    """To the terminal it is SIGQUIT as soon as that is as usual."""
    running = focus(f"web: echo ready; {STAY}\n")
    running.send(LEAVE)
    running.wait_for("your keys go to procrun again: Ctrl-C stops the app")
    running.send(LEAVE)
    running.wait_for("your keys come to procrun already; Ctrl-C stops the app")
    running.send("\x03")

    assert running.finish()[0] == 130


def test_a_dyno_that_is_started_after_another_gets_the_terminal(
    tmp_path: Path, focus: Callable[..., Terminal], listener: str
) -> None:
    """Which it keeps while it waits."""
    (tmp_path / "procrun.toml").write_text('[types.web]\nafter = ["other"]\n', encoding="utf-8")
    running = focus(f"web: {listener}\nother: {STAY}\n", ready="listening")
    assert "web.1 waits for other" in running.output
    running.send("hello\r")
    running.wait_for(re.compile("^heard hello$"))


def test_who_is_attached_elsewhere_looks_on(
    terminal: TerminalStarter, focus: Callable[..., Terminal], listener: str
) -> None:
    """Until the terminal of `start` is given back."""
    running = focus(f"web: {listener}\n", ready="listening")
    attached = terminal("attach", "web")
    attached.wait_for("into which somebody else types")
    running.send("one\r")
    attached.wait_for("heard one")
    running.send(LEAVE)
    attached.wait_for("you type into web.1 now")
    attached.send("two\r")
    running.wait_for("web.1   | heard two")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_from_elsewhere_stops_the_app(focus: Callable[..., Terminal], number: int) -> None:
    """As ever; the terminal is as it was."""
    running = focus(f"web: {STAY}\n")
    assert not is_usual(running)
    running.signal(number)

    assert running.finish()[0] == 128 + number
    assert modes(running) == usual_modes()


def test_a_window_that_is_closed_stops_the_app(focus: Callable[..., Terminal]) -> None:
    """With its terminal everything is gone."""
    running = focus(f"web: {STAY}\n")
    pid = processes.leader(running, "web.1")
    running.hang_up()
    running.finish()

    assert not processes.exists(pid)


def test_an_inner_process_that_is_killed_leaves_the_terminal_as_it_was(
    command: tuple[str, ...], tmp_path: Path, terminal: TerminalStarter
) -> None:
    """By the hands of the outer one, what the dyno turned on included; the shell can read again."""
    web = r"printf '\033[?25l'; echo ready; exec sleep 60"
    (tmp_path / "Procfile").write_text(f"web: {web}\n", encoding="utf-8")
    start = f"{' '.join(command)} start -p 0 --focus web"
    terminal.command = ("bash", "-c", f"{start}; echo status $?; read word; echo heard $word")
    running = terminal()
    running.wait_for("ready")
    (visible,) = processes.children(running.pid)
    (inner,) = processes.children(visible)
    os.kill(inner, signal.SIGKILL)
    running.wait_for("status 137")
    assert is_usual(running)
    running.send("hello\r")
    status, output = running.finish()

    assert status == 0
    assert output.endswith("hello\nheard hello\n")  # with its echo
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")


def test_a_visible_process_that_is_killed_leaves_the_terminal_as_it_was(
    focus: Callable[..., Terminal],
) -> None:
    """By the hands of the inner one."""
    running = focus(f"web: {STAY}\n")
    running.signal(signal.SIGKILL)
    running.finish()

    processes.eventually(lambda: modes(running) == usual_modes(), "the terminal is as it was")


def test_suspended_and_continued_it_has_the_terminal_again(
    command: tuple[str, ...], tmp_path: Path, terminal: TerminalStarter, listener: str
) -> None:
    """By somebody else, because Ctrl-Z itself goes to the dyno; the shell has it meanwhile."""
    (tmp_path / "Procfile").write_text(f"web: {listener}\n", encoding="utf-8")
    terminal.command = ("bash", "--norc", "--noprofile", "-i")
    shell = terminal(env={"PS1": "$ ", "INPUTRC": os.devnull})
    shell.send(f"{' '.join(command)} start -p 0 --focus web\r")
    shell.wait_for("listening")
    (visible,) = processes.children(shell.pid)
    for word in ("one", "two"):
        os.kill(visible, signal.SIGTSTP)
        shell.wait_for(re.compile("Stopped .*start"), times=1 if word == "one" else 2)
        shell.wait_for(re.compile(r"^\S*\$ $"), open_line=True)
        shell.send(f"echo sh''ell {word}\r")
        shell.wait_for(f"shell {word}")
        shell.send("fg\r")
        inner = processes.children(visible)[0]
        fd = shell.child.child_fd
        processes.eventually(lambda: os.tcgetpgrp(fd) == inner, "it has the terminal")  # noqa: B023 - called at once
        shell.send(f"{word}\r")
        shell.wait_for(f"heard {word}")
    shell.send(LEAVE)
    shell.wait_for("your keys go to procrun again")
    shell.send("\x03")
    shell.wait_for("stopped by SIGINT")
    shell.send("echo status $?\r")
    shell.wait_for("status 130")
    shell.send("exit\r")
    shell.finish()


def test_in_the_background_it_leaves_the_terminal_to_the_shell(
    command: tuple[str, ...], tmp_path: Path, terminal: TerminalStarter, listener: str
) -> None:
    """Suspended, continued with `bg`, and ended there."""
    (tmp_path / "Procfile").write_text(f"web: {listener}\n", encoding="utf-8")
    terminal.command = ("bash", "--norc", "--noprofile", "-i")
    shell = terminal(env={"PS1": "$ ", "INPUTRC": os.devnull})
    shell.send(f"{' '.join(command)} start -p 0 --focus web\r")
    shell.wait_for("listening")
    visible = processes.children(shell.pid)[-1]
    os.kill(visible, signal.SIGTSTP)
    shell.wait_for(re.compile("Stopped .*start"))
    shell.wait_for(re.compile(r"^\S*\$ $"), open_line=True)
    shell.send("bg\r")
    shell.wait_for(re.compile(r"start .* &$"))
    shell.send("echo sh''ell one\r")
    shell.wait_for("shell one")
    shell.send("kill %%; wait %%; echo sta''tus $?\r")
    shell.wait_for("status 143")
    assert os.tcgetpgrp(shell.child.child_fd) == shell.pid
    shell.send("echo sh''ell two\r")
    shell.wait_for("shell two")
    shell.send("exit\r")
    shell.finish()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--focus", "wbe"),
            "procrun: --focus wbe: nothing is called 'wbe'\n  Did you mean web? There are web.1,",
        ),
        (
            ("--focus", "web", "-c", "web=2"),
            "procrun: --focus web: web means 2 processes\n  Name one: web.1, web.2.\n",
        ),
        (
            ("--focus", "other", "web"),
            "procrun: --focus other: nothing is called 'other'\n  There are web.1.\n",
        ),
        (
            ("--focus", "web", "--no-tty"),
            "procrun: --focus web: the processes have no terminals\n",
        ),
        (("--focus", "web", "--json"), "procrun: --focus web: the processes have no terminals\n"),
    ],
)
def test_what_can_not_be_focused_is_an_error(
    terminal: TerminalStarter, options: tuple[str, ...], message: str
) -> None:
    """Before anything starts."""
    status, output = terminal("start", *options, procfile=f"web: {STAY}\nother: {STAY}\n").finish()

    assert status == 2
    assert output.startswith(message)
    assert "started" not in output


def test_without_a_terminal_there_are_no_keys(procrun: Starter) -> None:
    """On the command line that is an error; in a settings file, which is for all, it is a note."""
    status, output = procrun("start", "--focus", "web", procfile="web: echo ready\n").finish()
    assert status == 2
    assert output.startswith("procrun: --focus web: standard input and output are no terminal\n")
    assert "started" not in output

    (procrun.folder / "procrun.toml").write_text('focus = "web"\n', encoding="utf-8")
    status, output = procrun("start", "-p", "0").finish()
    assert status == 0
    assert "focus web is left out: standard input and output are no terminal" in output


def test_in_the_background_there_are_no_keys(
    command: tuple[str, ...], tmp_path: Path, terminal: TerminalStarter
) -> None:
    """They are the shell's."""
    (tmp_path / "Procfile").write_text("web: echo ready\n", encoding="utf-8")
    line = f"set -m; {' '.join(command)} start --focus web & wait; echo the shell goes on"
    terminal.command = ("bash", "-c", line)
    output = terminal().finish()[1]

    assert "procrun: --focus web: nobody types here: we are in the background\n" in output
    assert output.endswith("the shell goes on\n")
