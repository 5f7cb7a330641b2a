"""`procrun attach`: tried on terminals as people do, and on pipes as scripts do."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import termios
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import connect, send
from procrun.core.commands import ATTACH, Request
from procrun.core.terminal_frames import Keys, encode
from tests.attaching import LEAVE, PROMPT, STAY, Visit, modes, port_of, usual_modes
from tests.running import environment
from tests.supervision import processes

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter, Terminal, TerminalStarter


@pytest.fixture
def app(procrun: Starter) -> Callable[..., Running]:
    """Start an app whose dynos have terminals, though its log goes into a pipe."""

    def start(procfile: str, *options: str, ready: str = "ready") -> Running:
        given = ("--no-timestamp", *(options or ("--tty",)))
        running = procrun("start", "-p", "0", *given, procfile=procfile)
        running.wait_for(ready)
        return running

    return start


@pytest.fixture
def attach(terminal: TerminalStarter) -> Callable[..., Terminal]:
    """Attach to a dyno from a terminal, and wait until that is so."""

    def start(name: str, *options: str, size: tuple[int, int] = (24, 80)) -> Terminal:
        attached = terminal("attach", *options, name, size=size)
        attached.wait_for(f"attached to {name}")
        return attached

    return start


@pytest.fixture
def listener(probe: Callable[[str], Path]) -> str:
    """A command that tells what it hears."""
    return f"{sys.executable} {probe('listener')}"


@pytest.mark.parametrize("mode", ["", "reload"])
def test_a_breakpoint_in_flask_is_answered(
    app: Callable[..., Running],
    attach: Callable[..., Terminal],
    probe: Callable[[str], Path],
    mode: str,
) -> None:
    """Its prompt is seen, lines are edited, the request gets its answer and the app goes on."""
    flask = f"{sys.executable} {probe('debugged_flask')} {mode}"
    running = app(f"web: {flask}\nworker: {STAY}\n", ready="Running on http")
    port = port_of(running, "web.1")
    visit = Visit(port)
    running.wait_for("(Pdb) ", open_line=True)
    attached = attach("web")
    attached.wait_for(PROMPT, open_line=True)
    attached.send("p answex\x7fr + 1\r")
    attached.wait_for(re.compile("^43$"))
    attached.wait_for(PROMPT, open_line=True)
    attached.send("\x1b[A\x7f2\r")  # the same again, but for its end
    attached.wait_for(re.compile("^44$"))
    attached.wait_for(PROMPT, open_line=True)
    attached.send("c\r")

    assert visit.finish() == "the answer is 42"
    attached.wait_for('"GET / HTTP/1.1" 200')
    attached.send(LEAVE)
    status, output = attached.finish()
    assert status == 0
    assert output.endswith("procrun: left web.1, which goes on\n")
    assert Visit(port, "/calm").finish() == "calm"


def test_ctrl_c_reaches_the_dyno_alone(
    app: Callable[..., Running], attach: Callable[..., Terminal], listener: str
) -> None:
    """Neither the app nor `attach` takes it for its own."""
    running = app(f"web: {listener}\nworker: {STAY}\n")
    attached = attach("web.1")
    attached.wait_for("listening")
    attached.send("\x03")
    attached.wait_for("interrupted")
    attached.send(f"hello\r{LEAVE}")

    assert attached.finish()[0] == 0
    running.wait_for("heard hello")
    assert "stopp" not in running.output


def test_what_was_typed_in_front_of_the_key_that_leaves_arrives(
    app: Callable[..., Running], attach: Callable[..., Terminal], listener: str
) -> None:
    """Though both come in one go; what comes behind it is lost."""
    running = app(f"web: {listener}\n", ready="listening")
    attached = attach("web")
    attached.send(f"one\rtwo\r{LEAVE}three\r")

    assert attached.finish()[0] == 0
    running.wait_for("heard two")
    attached = attach("web")
    attached.send(f"four\r{LEAVE}")
    running.wait_for("heard four")
    assert "three" not in running.output


def test_one_writes_and_others_look_on(
    app: Callable[..., Running], attach: Callable[..., Terminal], listener: str
) -> None:
    """Until the first one leaves; each is told."""
    app(f"web: {listener}\n", ready="listening")
    writer, passer, onlooker = attach("web.1"), attach("web.1"), attach("web.1")
    for each in (passer, onlooker):
        each.wait_for(f"web.1, into which somebody else types; Ctrl-{chr(92)} leaves")
    passer.send(f"ignored\r{LEAVE}")
    assert passer.finish()[0] == 0
    writer.send("one\r")
    writer.wait_for("heard one")
    onlooker.wait_for("heard one")
    writer.send(LEAVE)
    assert writer.finish()[0] == 0
    onlooker.wait_for("procrun: you type into web.1 now")
    onlooker.send("two\r")
    onlooker.wait_for("heard two")
    onlooker.send(LEAVE)

    status, output = onlooker.finish()
    assert status == 0
    assert "ignored" not in output


def test_a_writer_that_was_killed_makes_room(procrun: Starter, app: Callable[..., Running]) -> None:
    """Even while the dyno reads nothing of much that it typed."""
    app(f"web: stty raw; {STAY}\n")
    (procrun.folder / "much").write_bytes(b"x" * 2_000_000)
    with (procrun.folder / "much").open("rb") as much:
        command = [*procrun.command, "attach", "web"]
        filling = subprocess.Popen(
            command, cwd=procrun.folder, stdin=much, stdout=-1, env=environment()
        )
        with filling:
            assert filling.stdout is not None
            assert filling.stdout.read(5) == b"ready"  # it is attached, before we ask
            processes.eventually(
                lambda: not is_writable(procrun.folder), "somebody else writes to web.1"
            )
            filling.kill()
    processes.eventually(lambda: is_writable(procrun.folder), "nobody writes to web.1")


def rest_of(client: socket.socket) -> bytes:
    """Everything until the end of the connection."""
    found = b""
    with suppress(ConnectionResetError):
        while more := client.recv(1 << 16):
            found += more
    return found


def is_writable(root: Path) -> bool:
    """Whether a new client could write to web.1."""
    with connect(str(root)) as client:
        send(client, Request(ATTACH, ("web.1",)))
        return bool(json.loads(client.makefile("rb").readline())["writes"])


def test_the_dyno_s_terminal_has_the_size_of_the_writer_s(
    terminal: TerminalStarter, attach: Callable[..., Terminal], probe: Callable[[str], Path]
) -> None:
    """And follows it, whatever the app's own does, which it gets back in the end."""
    screen = f"{sys.executable} {probe('screen')}"
    running = terminal("start", "-p", "0", procfile=f"web: {screen}\n", size=(30, 100))
    line = re.sub(r"\x1b\[[\d;]*m", "", running.wait_for("terminals="))
    prefix = line.index("terminals=")
    attached = attach("web", size=(33, 111))
    attached.wait_for("size=111x33 now")
    running.resize(40, 120)
    onlooker = attach("web", size=(20, 60))
    attached.resize(35, 115)
    attached.wait_for("size=115x35 now")
    attached.send(LEAVE)
    attached.finish()
    onlooker.wait_for("size=60x20 now")
    onlooker.send(LEAVE)
    onlooker.finish()
    running.wait_for(f"size={120 - prefix}x40 now")

    found = re.findall(r"size=(\w+) now", running.output)
    assert found == ["111x33", "115x35", "60x20", f"{120 - prefix}x40"]


def test_a_dyno_that_is_restarted_stays_attached(
    procrun: Starter,
    app: Callable[..., Running],
    attach: Callable[..., Terminal],
    probe: Callable[[str], Path],
    listener: str,
) -> None:
    """Whoever is attached to it is told, and types into the new process; its size is kept."""
    screen = f"{sys.executable} {probe('screen')}"
    procrun.variables["PROCRUN_READY"] = "launched"
    app(f"web: {listener}\nscreen: {screen}\n", ready="listening")
    attached = attach("web")
    on_screen = attach("screen", size=(33, 111))
    on_screen.wait_for("size=111x33 now")
    assert procrun("restart").finish()[0] == 0
    attached.wait_for(re.compile(r"procrun: web\.1 was started again \(pid \d+\)"))
    attached.wait_for("listening", times=2)
    attached.send("hello\r")
    attached.wait_for("heard hello")
    on_screen.wait_for("terminals=111", times=2)

    assert on_screen.output.count("size=111x33\n") == 1  # from its first moment
    for each in (attached, on_screen):
        each.send(LEAVE)
        assert each.finish()[0] == 0


def test_a_crash_is_told_and_waited_out(
    app: Callable[..., Running], attach: Callable[..., Terminal], listener: str
) -> None:
    """Where the dyno is started again."""
    app(f"web: {listener}\n", "--tty", "--restart", "web", ready="listening")
    attached = attach("web")
    attached.send("end\r")
    attached.wait_for("procrun: web.1 exited with status 0, starts again in 1 s")
    attached.wait_for("listening", times=2)
    attached.send(f"hello\r{LEAVE}")

    assert attached.finish()[0] == 0


def test_a_dyno_that_waits_for_a_change_stays_attached(
    procrun: Starter, app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """Whoever is attached is told so, and types into it after the change."""
    source = procrun.folder / "app.py"
    source.write_text("", encoding="utf-8")
    running = app("web: echo ready; read line; exit 1\n", "--tty", "--watch")
    running.wait_for("for changes")
    attached = attach("web")
    for number, word in enumerate(("one", "two"), 1):
        attached.send(f"{word}\r")
        attached.wait_for(
            "procrun: web.1 exited with status 1; it waits for a change", times=number
        )
        source.write_text(word, encoding="utf-8")
        attached.wait_for("procrun: web.1 was started again", times=number)
    attached.send(LEAVE)

    assert attached.finish()[0] == 0


@pytest.mark.parametrize(
    ("end", "options", "status", "farewell"),
    [
        ("exit 0", (), 0, "web.1 exited with status 0"),
        ("exit 3", (), 1, "web.1 exited with status 3"),
        ("exit 3", ("--can-die", "web"), 1, "web.1 exited with status 3"),
        ("kill -9 $$", (), 1, "web.1 killed by SIGKILL"),
    ],
)
def test_a_dyno_that_ends_for_good_says_why(
    app: Callable[..., Running],
    attach: Callable[..., Terminal],
    end: str,
    options: tuple[str, ...],
    status: int,
    farewell: str,
) -> None:
    """Whether or not the app goes on; the status is 1 if that was a failure."""
    app(f"web: echo ready; read line; {end}\nother: {STAY}\n", "--tty", *options)
    attached = attach("web")
    assert modes(attached) != usual_modes()
    attached.send("\r")
    found, output = attached.finish()

    assert (found, output.splitlines()[-1]) == (status, f"procrun: {farewell}")
    assert modes(attached) == usual_modes()


@pytest.mark.parametrize("what", ["web", ""])
def test_a_dyno_that_is_stopped_is_no_failure(
    procrun: Starter, app: Callable[..., Running], attach: Callable[..., Terminal], what: str
) -> None:
    """Alone, or with the app."""
    app(f"web: {STAY}\nother: {STAY}\n")
    attached = attach("web")
    assert procrun("stop", *filter(None, [what])).finish()[0] == 0

    status, output = attached.finish()
    assert (status, output.splitlines()[-1]) == (0, "procrun: web.1 was stopped")


def test_the_screen_is_shown_as_it_stands(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """The last lines of the dyno alone, as many as fit, and the one that is open."""
    app(
        "web: seq 100; printf 'name? '; read name; echo hello $name; exec sleep 60\n"
        f"other: {STAY}\n",
        ready="web.1   | 100",
    )
    attached = attach("web", size=(10, 80))
    attached.wait_for("name? ", open_line=True)
    attached.send("me\r")
    attached.wait_for("hello me")
    attached.send(LEAVE)
    lines = attached.finish()[1].splitlines()

    assert lines[1:-1] == [*map(str, range(92, 101)), "name? me", "hello me"]


def test_a_screen_of_its_own_is_drawn_anew(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """An editor that somebody left, and its lines do not follow the shell's."""
    draw = r"printf '\033[?1049hdrawing\r\n'"
    app(f"web: trap 'echo drawn' WINCH; echo ready; {draw}; sleep 60 & while :; do wait; done\n")
    for _ in range(2):
        attached = attach("web", size=(33, 111))
        attached.wait_for("drawn")
        attached.send(LEAVE)
        output = attached.finish()[1]

        assert output.index("\x1b[?1049h\x1b[H\x1b[2J") < output.index("drawn")
        assert output.index("drawn") < output.index("\x1b[?1049l")
        assert "drawing" not in output


def test_a_prompt_is_shown_before_the_log_shows_it(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """What is younger than 0.2 s, and what comes without an end, comes at once."""
    app('web: echo ready; while read word; do printf "$word? "; done\n')
    attached = attach("web")
    for word in ("one", "two"):
        attached.send(f"{word}\r")
        attached.wait_for(f"{word}? ", open_line=True)
    attached.send(LEAVE)

    assert attached.finish()[0] == 0


@pytest.mark.parametrize("leave", [LEAVE, "\x1b[27;5;92~", "\x1b[92;5u"])
def test_what_the_dyno_turned_on_is_turned_off(
    app: Callable[..., Running], attach: Callable[..., Terminal], leave: str
) -> None:
    """It goes on with it elsewhere; the shell must not.

    The key that leaves is what the terminal makes of it, by what was turned on.
    """
    turned_on = (
        r"printf '\033[?2004h\033[?1049h\033[?25l\033[?1002h\033[?1h\033=\033[>4;2m\033[>1u'"
    )
    app(f"web: echo ready; read line; {turned_on}; echo on; {STAY}\n")
    attached = attach("web")
    attached.send("\r")
    attached.wait_for(re.compile("on$"))
    attached.send(leave)
    status, output = attached.finish()

    assert status == 0
    undone = "\x1b[<u\x1b[?1l\x1b[?1002l\x1b[?25h\x1b[?1049l\x1b[?2004l\x1b[>4m\x1b>"
    assert output.endswith(f"{undone}procrun: left web.1, which goes on\n")
    assert modes(attached) == usual_modes()


@pytest.mark.parametrize(
    "number",
    [
        *(signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGALRM),
        *(signal.SIGABRT, signal.SIGPROF),
    ],
)
def test_a_signal_leaves_the_terminal_as_it_was(
    app: Callable[..., Running], attach: Callable[..., Terminal], number: int
) -> None:
    """And the dyno where it is."""
    app(f"web: {STAY}\n")
    attached = attach("web")
    attached.wait_for("ready")
    attached.signal(number)

    assert attached.finish()[0] == 128 + number
    assert modes(attached) == usual_modes()
    attach("web").send(LEAVE)


def test_an_app_that_is_killed_leaves_the_terminal_as_it_was(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """With a word, and status 1."""
    running = app(f"web: {STAY}\n")
    attached = attach("web")
    attached.wait_for("ready")
    os.kill(processes.inner(running), signal.SIGKILL)
    status, output = attached.finish()

    assert status == 1
    assert output.endswith("procrun: lost web.1: the app has died\n")
    assert modes(attached) == usual_modes()
    running.finish()


def test_suspended_it_gives_the_terminal_back(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """By somebody else: Ctrl-Z itself goes to the dyno."""
    app(f"web: {STAY}\n")
    attached = attach("web")
    attached.wait_for("ready")
    raw = modes(attached)
    attached.signal(signal.SIGSTOP)
    processes.eventually(lambda: processes.field(attached.pid, "State") == "T", "it is stopped")
    termios.tcsetattr(attached.child.child_fd, termios.TCSANOW, usual_modes())  # as a shell does
    attached.signal(signal.SIGCONT)
    processes.eventually(lambda: modes(attached) == raw, "it has the terminal again")
    attached.send(LEAVE)

    assert attached.finish()[0] == 0
    assert modes(attached) == usual_modes()


def test_suspended_it_leaves_the_screen_to_the_shell(
    procrun: Starter, app: Callable[..., Running], terminal: TerminalStarter
) -> None:
    """And comes back to that of the dyno, which draws it anew."""
    draw = r"printf '\033[?1049h\033[>1uediting\r\n'"
    app(f"web: trap 'echo drawn' WINCH; echo ready; {draw}; sleep 60 & while :; do wait; done\n")
    terminal.command = ("bash", "--norc", "--noprofile", "-i")
    shell = terminal(env={"PS1": "$ ", "INPUTRC": os.devnull})
    shell.send(f"{' '.join(procrun.command)} attach web\r")
    shell.wait_for("drawn")
    (attached,) = processes.children(shell.pid)
    os.kill(attached, signal.SIGTSTP)
    shell.wait_for(re.compile("Stopped .*attach"))
    shell.wait_for(re.compile(r"^\S*\$ $"), open_line=True)
    shell.send("fg\r")
    shell.wait_for(re.compile(r"\?1049hdrawn"))
    shell.send(LEAVE)
    shell.wait_for("left web.1, which goes on")
    shell.send("exit\r")
    output = shell.finish()[1]

    _greeting, _first, *later = re.split(r"(?=\x1b\[\?1049[hl])", output)
    assert [part[:8] for part in later] == ["\x1b[?1049l", "\x1b[?1049h", "\x1b[?1049l"]
    assert "Stopped" in later[0]
    assert "drawn" in later[1]
    assert "left web.1" in later[2]


def test_another_key_may_leave(
    app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """The usual one is then the dyno's."""
    app("web: trap 'echo quit' QUIT; echo ready; while :; do read line; done\n")
    attached = attach("web", "--detach-key", "ctrl-]")
    attached.wait_for("attached to web.1; Ctrl-] leaves")
    attached.send("\x1c")
    attached.wait_for("quit")
    attached.send("\x1d")

    assert attached.finish()[0] == 0


@pytest.mark.parametrize(
    ("key", "why"), [("x", ""), ("ctrl-m", " (it can't be told from Enter)"), ("ctrl-11", "")]
)
def test_a_key_that_is_none_is_an_error(procrun: Starter, key: str, why: str) -> None:
    """Before anything else."""
    status, output = procrun("attach", "web", "--detach-key", key).finish()

    assert status == 2
    taken = "detach_key takes a key with Ctrl such as ctrl-\\ or ^]"
    assert output.splitlines()[0] == f"procrun: --detach-key: {taken}, not {key!r}{why}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wbe", "procrun: nothing is called 'wbe'\n  Did you mean web? There are web.1, web.2"),
        ("web", "procrun: web means 2 processes\n  Name one: web.1, web.2.\n"),
        ("*", "procrun: * means 4 processes"),
        (
            "job",
            "procrun: job.1 is not running: it is crashed (exited with status 3)\n",
        ),
        ("down.1", "procrun: down.1 is not running: it is down\n"),
    ],
)
def test_a_name_must_mean_one_that_runs(
    procrun: Starter,
    terminal: TerminalStarter,
    app: Callable[..., Running],
    name: str,
    message: str,
) -> None:
    """Else the terminal is not touched."""
    running = app(f"web: {STAY}\njob: exit 3\ndown: {STAY}\n", "-c", "web=2", "--can-die", "job")
    running.wait_for("job.1 exited")
    procrun("stop", "down").finish()
    attached = terminal("attach", name)
    status, output = attached.finish()

    assert status == 1
    assert output.startswith(message)
    assert "attached" not in output


def test_without_an_app_there_is_nothing_to_attach_to(procrun: Starter) -> None:
    """And a word on how to start one; without a name, too, it is an error."""
    status, output = procrun("connect", "web").finish()
    assert (status, output.splitlines()[0]) == (1, "procrun: no app is running here")
    status, output = procrun("attach").finish()
    assert (status, output.splitlines()[0]) == (2, "procrun: attach needs a name")


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_a_line_from_a_pipe_is_typed(
    procrun: Starter, app: Callable[..., Running], listener: str, mode: str
) -> None:
    """`attach` leaves when it was taken, and says nothing of its own."""
    running = app(f"web: {listener}\n", mode, ready="listening")
    attached = procrun("attach", "web", stdin=b"one\ntwo\n")

    status, output = attached.finish()
    assert status == 0
    assert "procrun" not in output
    running.wait_for("heard two")
    assert procrun("attach", "web").finish()[0] == 0  # from /dev/null
    assert "stopp" not in running.output


def test_input_from_a_file_is_typed(
    procrun: Starter, app: Callable[..., Running], listener: str
) -> None:
    """Which no system can wait for."""
    running = app(f"web: {listener}\n", "--no-tty", ready="listening")
    lines = [f"line {number}" for number in range(1000)]
    (procrun.folder / "lines").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (procrun.folder / "lines").open("rb") as file:
        command = [*procrun.command, "attach", "web"]
        done = subprocess.run(
            command, cwd=procrun.folder, stdin=file, capture_output=True, check=False
        )

    assert (done.returncode, done.stderr) == (0, b"")
    running.wait_for("heard line 999")
    assert re.findall("heard (.*)", running.output) == lines


@pytest.mark.parametrize("mode", ["--tty", "--no-tty"])
def test_a_megabyte_is_typed_without_a_loss(
    procrun: Starter, app: Callable[..., Running], listener: str, mode: str
) -> None:
    """However slowly it is taken; the app does not keep it meanwhile."""
    raw = "raw" if mode == "--tty" else ""
    count = f"{listener} raw" if raw else "echo raw; head -c 2000001 | cksum"
    running = app(f"web: {count}\nother: {STAY}\n", mode, "--can-die", "web", ready="raw")
    much = bytes(range(97)) * 20619
    much = much[:2_000_000]
    assert procrun("attach", "web", stdin=much + b"e").finish()[0] == 0

    if raw:
        running.wait_for(f"counted 2000000 {sum(much)}")
    else:
        told = subprocess.run(["cksum"], input=much + b"e", capture_output=True, check=True)
        running.wait_for(told.stdout.decode().strip())


def test_a_second_one_can_not_type_from_a_pipe(
    procrun: Starter, app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """That is an error and not a loss."""
    app(f"web: {STAY}\n")
    attached = attach("web")
    status, output = procrun("attach", "web", stdin=b"lost\n").finish()

    assert status == 1
    assert output.startswith("procrun: somebody else types into web.1 already\n")
    attached.send(LEAVE)


def test_nobody_is_attached_to_himself(
    app: Callable[..., Running], attach: Callable[..., Terminal], command: tuple[str, ...]
) -> None:
    """His output would be his output without end."""
    app(f"web: echo ready; read line; {' '.join(command)} attach web; {STAY}\n")
    attached = attach("web")
    attached.send("\r")
    attached.wait_for("procrun: this is the terminal of web.1 itself")
    attached.send(LEAVE)

    assert attached.finish()[0] == 0


def test_a_dyno_on_pipes_is_typed_into_by_line(
    app: Callable[..., Running], attach: Callable[..., Terminal], listener: str
) -> None:
    """The terminal stays as it is but for the key that leaves."""
    app(f"web: {listener}\n", "--no-tty", ready="listening")
    for key in ("ctrl-\\", "ctrl-]", "ctrl-c"):
        attached = attach("web", "--detach-key", key)
        attached.wait_for("which has no terminal: type whole lines")
        attached.send("onx\x7fe\r")
        attached.wait_for(re.compile("^heard one$"))
        attached.send(chr(ord(key[-1].upper()) - 64))
        status, output = attached.finish()

        assert (status, output.splitlines()[-1]) == (0, "procrun: left web.1, which goes on")
        assert modes(attached) == usual_modes()


def test_attach_without_a_terminal_of_its_own_gives_bytes(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """As the dyno writes them, into a pipe or a file, until the dyno ends."""
    app("web: echo ready; read line; printf 'a\\033[?25lb'\n", ready="ready")
    attached = procrun("attach", "web", stdin=b"\n", apart=True)
    attached.finish()

    assert attached.raw.startswith(b"ready\r\n")
    assert b"\x1b[?25h" not in attached.raw


def test_a_terminal_that_does_not_read_slows_nobody(
    procrun: Starter, app: Callable[..., Running], attach: Callable[..., Terminal]
) -> None:
    """It loses what it was too slow for, and is told how much."""
    os.mkfifo(procrun.folder / "go")
    flood = "exec 3<> go; while read word <&3; do seq 300000; echo done $word; done"
    running = app(f"web: echo ready; {flood}\nother: {STAY}\n")
    attached = attach("web")
    attached.wait_for("ready")
    attached.signal(signal.SIGSTOP)
    processes.eventually(lambda: processes.field(attached.pid, "State") == "T", "it is stopped")
    (procrun.folder / "go").write_text("flooding\n")
    running.wait_for("done flooding", 30)
    attached.signal(signal.SIGCONT)
    attached.wait_for(re.compile(r"procrun: \d+ bytes were left out: this terminal was too slow"))
    (procrun.folder / "go").write_text("again\n")
    running.wait_for("done again", 30)
    attached.send(LEAVE)

    assert attached.finish()[0] == 0


@pytest.mark.parametrize(
    ("kind", "way", "status"),
    [
        ("pipe", "SIGTERM", 128 + signal.SIGTERM),
        ("pipe", "SIGQUIT", 0),
        ("pipe", "stop", 1),
        ("terminal", "SIGHUP", 128 + signal.SIGHUP),
        ("terminal", "key", 0),
        ("terminal", "stop", 1),
    ],
)
def test_it_ends_though_nobody_reads_what_it_shows(
    procrun: Starter, kind: str, way: str, status: int
) -> None:
    """By a signal, by the key that leaves, and with the app."""
    flood = "while :; do seq 10000; done"
    started = procrun("start", "-D", "--tty", "-p", "0", procfile=f"w: {flood}\nother: {STAY}\n")
    assert started.finish()[0] == 0
    near, far = os.openpty() if kind == "terminal" else os.pipe()
    before = termios.tcgetattr(far) if kind == "terminal" else []
    attached = subprocess.Popen(
        [*procrun.command, "attach", "w"],
        cwd=procrun.folder,
        env=environment(),
        stdin=far if kind == "terminal" else subprocess.PIPE,
        stdout=far,
        stderr=far if kind == "terminal" else subprocess.DEVNULL,
        start_new_session=True,
    )
    with attached, ExitStack() as at_the_end:
        at_the_end.callback(attached.kill)
        assert os.read(near, 1)
        full = 60_000 if kind == "pipe" else 2000
        processes.eventually(lambda: unread(near) > full, "nobody reads")
        if way == "key":
            os.write(near, LEAVE.encode())
        elif way == "stop":
            assert procrun("stop").finish()[0] == 0
        else:
            attached.send_signal(getattr(signal, way))
        found = attached.wait(20)
        if kind == "terminal":
            assert termios.tcgetattr(far) == before
    os.close(near)
    os.close(far)
    procrun("stop").finish()

    # With room left, the app's last word may still have come.
    assert found == status or (way == "stop" and found == 0)


def unread(fd: int) -> int:
    """Bytes that wait to be read, in a pipe or for who has the other side of a terminal."""
    found = fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(found, sys.byteorder)


def test_a_slow_reader_gets_all_of_it(procrun: Starter, app: Callable[..., Running]) -> None:
    """Also what is left when the dyno has ended."""
    app("w: echo ready; read line; seq 20000\n", "--no-tty")
    attached = subprocess.Popen(
        [*procrun.command, "attach", "w"],
        cwd=procrun.folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=4096,
    )
    with attached:
        assert attached.stdin is not None
        assert attached.stdout is not None
        attached.stdin.write(b"\n")
        attached.stdin.flush()
        read = b""
        while more := os.read(attached.stdout.fileno(), 1000):
            read += more

    assert read.split() == [b"ready", *(b"%d" % number for number in range(1, 20001))]
    assert attached.returncode == 0


def test_attach_is_quick_to_load(procrun: Starter, app: Callable[..., Running]) -> None:
    """It needs no table of processes, nor the supervisor."""
    app("web: echo ready; read line; exec sleep 60\n")
    program = (
        "import sys; from procrun.cli import main; main(['attach', 'web']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=procrun.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.split())

    assert "procrun.cli.attach" in imported
    assert not imported & {"psutil", "asyncio", "dotenv", "procrun.app", "procrun.supervisor"}


@pytest.mark.parametrize(
    "garbage",
    [b"hello\n", b"{}\n", b'{"keys": 1, "size": -1}\n', b'{"output": 1}\n', b"x" * 100_000],
    ids=lambda garbage: repr(garbage[:20]),
)
def test_garbage_ends_its_own_connection_alone(
    procrun: Starter,
    app: Callable[..., Running],
    attach: Callable[..., Terminal],
    garbage: bytes,
) -> None:
    """With an error, and with what came before it delivered."""
    running = app("web: echo ready; while read line; do echo heard $line; done\n")
    with connect(str(procrun.folder)) as client:
        send(client, Request(ATTACH, ("web",)))
        onlooker = attach("web")
        client.sendall(encode(Keys(b"one\n")) + garbage)
        last = rest_of(client).splitlines()[-1]
    onlooker.wait_for("you type into web.1 now")
    onlooker.send(f"two\r{LEAVE}")

    assert json.loads(last)["error"]
    running.wait_for("heard one")
    running.wait_for("heard two")
