"""The promises of docs/log.md, each tried with the installed command."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import signal
import struct
import sys
import termios
import zlib
from datetime import datetime
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import leaks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.running import Running, Starter, TerminalStarter

START = ("start", "-p", "0")  # no word of ports that are taken
PLAIN = (*START, "--no-timestamp")
STAY = "exec sleep 60"
PATIENCE = 10.0


def text_of(output: bytes, name: str) -> list[bytes]:
    """The lines of one dyno, without prefix."""
    head = re.compile(rb"%b +\| " % re.escape(name.encode()))
    lines = output.split(b"\n")
    return [line[found.end() :] for line in lines if (found := head.match(line))]


def said(output: bytes) -> list[bytes]:
    """What procrun said itself."""
    return text_of(output, "procrun")


@pytest.fixture
def pipes(tmp_path: Path) -> Callable[[str], Callable[[str], None]]:
    """Make a named pipe, which a process can wait for a line from; returns how to send one."""

    def make(name: str) -> Callable[[str], None]:
        path = tmp_path / name
        os.mkfifo(path)

        def send(line: str) -> None:
            path.write_text(f"{line}\n")

        return send

    return make


def test_a_line_has_the_time_the_name_and_the_text(procrun: Starter) -> None:
    """Names are padded to the longest."""
    status, output = procrun(*START, procfile="a: echo one; echo\nlong-name: sleep 9\n").finish()

    assert status == 0
    line = re.compile(r"\d\d:\d\d:\d\d (procrun    |a\.1        |long-name\.1) \| .*")
    assert all(line.fullmatch(each) for each in output.splitlines())
    assert text_of(re.sub(rb"(?m)^\S+ ", b"", output.encode()), "a.1") == [b"one", b""]


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        (["--timestamps", "time"], r"\d\d:\d\d:\d\d a\.1     \| one"),
        (["--timestamps", "iso"], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d a\.1     \| one"),
        (["--timestamps", "elapsed"], r"   0:0\d a\.1     \| one"),
        (["--timestamps", "none"], r"a\.1     \| one"),
        (["--no-timestamp"], r"a\.1     \| one"),
        (["--no-prefix"], r"one"),
    ],
    ids=" ".join,
)
def test_the_prefix_is_as_the_options_say(
    procrun: Starter, options: list[str], pattern: str
) -> None:
    """Four kinds of time, or none, or no prefix at all."""
    procrun(*START, *options, procfile="a: echo one\n").finish()
    _status, output = procrun(*START, *options).finish()

    assert re.search(rf"(?m)^{pattern}$", output)


def test_every_byte_comes_out_as_it_went_in(procrun: Starter, tmp_path: Path) -> None:
    """NUL, CR, VT, FF, what is not UTF-8, what Unicode calls a line's end, empty lines."""
    everything = bytes(range(256)) + "\n\n\u2028 \u2029 \x85 é\r\n\n".encode() + b"\xc3\n\xa9\xff\n"
    (tmp_path / "everything").write_bytes(everything)
    running = procrun(*PLAIN, procfile="a: cat everything\n")
    running.finish()

    assert text_of(running.raw, "a.1") == everything.split(b"\n")[:-1]


def test_an_unfinished_last_line_gets_a_newline_and_nothing_else(procrun: Starter) -> None:
    """It comes before the line that says that the process ended."""
    running = procrun(*PLAIN, procfile="a: printf 'one\\ntwo'\n")
    running.finish()

    lines = running.raw.split(b"\n")
    assert text_of(running.raw, "a.1") == [b"one", b"two"]
    assert lines.index(b"a.1     | two") + 1 == next(
        number for number, line in enumerate(lines) if b"a.1 exited with status 0" in line
    )


@pytest.mark.parametrize("options", [["--no-tty"], ["--tty"]], ids=["pipe", "terminal"])
def test_the_last_words_come_before_the_end(procrun: Starter, options: list[str]) -> None:
    """All of them, whatever they are written to."""
    running = procrun(*PLAIN, *options, procfile="a: seq 20000\n")
    running.finish()

    assert text_of(running.raw, "a.1") == [str(n).encode() for n in range(1, 20001)]
    assert running.output.index("| 20000\n") < running.output.index("a.1 exited with status 0")


@pytest.mark.parametrize("on", ["pipe", "terminal"])
def test_a_prompt_is_shown_and_another_line_ends_it(
    procrun: Starter,
    terminal: TerminalStarter,
    pipes: Callable[[str], Callable[[str], None]],
    on: str,
) -> None:
    """What follows of it stands under a prefix of its own."""
    answer, speak = pipes("answer"), pipes("speak")
    procfile = (
        f"a: printf 'name? '; read name < answer; echo hello $name; {STAY}\n"
        f"b: read word < speak; echo $word; {STAY}\n"
    )
    start = procrun if on == "pipe" else terminal
    running = start(*PLAIN, "--color", "never", procfile=procfile)
    running.wait_for("name? ", open_line=True)
    assert running.output.endswith("\na.1     | name? ")

    speak("excuse me")
    running.wait_for("excuse me")
    assert running.output.endswith("\na.1     | name? \nb.1     | excuse me\n")
    answer("you")
    running.wait_for("hello you")
    assert running.output.endswith("\nb.1     | excuse me\na.1     | hello you\n")
    running.signal(signal.SIGTERM)
    assert running.finish()[0] == 143


def test_a_prompt_goes_on_in_its_line_if_nobody_interrupts(
    procrun: Starter, pipes: Callable[[str], Callable[[str], None]]
) -> None:
    """As if there were no procrun."""
    answer = pipes("answer")
    running = procrun(*PLAIN, procfile="a: printf 'name? '; read name < answer; echo $name\n")
    running.wait_for("name? ", open_line=True)
    answer("you")
    running.finish()

    assert text_of(running.raw, "a.1") == [b"name? you"]


def inner_process(running: Running) -> psutil.Process:
    """The process that does the work."""
    (inner,) = psutil.Process(running.pid).children()
    return inner


def test_a_line_of_64_mb_stays_one_line_and_out_of_memory(procrun: Starter) -> None:
    """Nobody interrupts it; it is complete."""
    size = 64 << 20
    line = f"head -c {size} /dev/zero | tr '\\0' x; echo; {STAY}"
    running = procrun(*PLAIN, procfile=f"a: {line}\n")
    got = bytearray()
    while not got.endswith(b"x\n") and (bite := os.read(running._descriptor, 1 << 20)):
        got += bite
    peak = inner_process(running).memory_info().rss
    if sys.platform == "linux":
        with open(f"/proc/{inner_process(running).pid}/status", encoding="ascii") as status:
            (kilobytes,) = [row.split()[1] for row in status if row.startswith("VmHWM:")]
        peak = int(kilobytes) * 1024
    running.signal(signal.SIGTERM)
    running.finish()

    start = got.index(b"a.1     | ") + len(b"a.1     | ")
    assert len(got) == start + size + 1
    assert got.count(b"x", start) == size
    assert peak < 32 << 20


def fill_level(descriptor: int) -> int:
    """How many bytes wait in a pipe."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])


def fast(running: Running) -> None:
    """Read as fast as it comes."""
    running.finish(timeout=30)


def slow(running: Running) -> None:
    """Read in small bites."""
    while bite := os.read(running._descriptor, 3000):
        running.raw += bite
    running.finish(timeout=30)


def stopped(running: Running) -> None:
    """Do not read until nothing fits into the pipe any more and all are held up; then go on."""
    running.wait_for("started", times=4)
    before = -1
    while fill_level(running._descriptor) > before or before < 60_000:
        before = fill_level(running._descriptor)
        assert not leaks.exits(running.pid, 0.3)
    running.finish(timeout=30)


@pytest.mark.parametrize("read", [fast, slow, stopped], ids=lambda read: read.__name__)
def test_no_byte_is_lost_whatever_the_reader_does(
    procrun: Starter, probe: Callable[[str], Path], read: Callable[[Running], None]
) -> None:
    """Four processes at once, lines up to 70 kB, written in pieces of any size."""
    names = ["p0", "p1", "p2", "p3"]
    size = 1_000_000
    procfile = "".join(
        f"{name}: {sys.executable} {probe('torrent')} {name} {size}\n" for name in names
    )
    running = procrun(*PLAIN, "--can-die", "all", procfile=procfile)
    read(running)

    for name in names:
        # Joined, as a machine so busy that a line stays open for 0.2 s may show it in two parts.
        text = b"".join(text_of(running.raw, f"{name}.1"))
        ending = re.compile(rb"%b wrote \d+ lines with checksum (\d+)$" % name.encode())
        found = ending.search(text, len(text) - 100)
        assert found
        assert zlib.crc32(text[: found.start()]) == int(found[1])
    assert [line.split()[1] for line in said(running.raw)] == [b"started"] * 4 + [b"exited"] * 4


def test_a_reader_that_does_not_read_holds_up_no_signal(procrun: Starter) -> None:
    """The processes end when they are asked to, and procrun does not wait for ever to say so."""
    running = procrun(*PLAIN, "--timeout", "0.1", procfile="a: yes\n")
    running.wait_for("y")
    before = -1
    while fill_level(running._descriptor) > before:
        before = fill_level(running._descriptor)
        assert not leaks.exits(running.pid, 0.1)
    running.signal(signal.SIGTERM)

    assert leaks.exits(running.pid, PATIENCE)
    assert running.finish()[0] == 143


@pytest.mark.parametrize("procfile", ["a: yes\n", f"a: {STAY}\n"], ids=["talking", "silent"])
def test_a_reader_that_goes_away_stops_the_app(
    procrun: Starter, command: tuple[str, ...], procfile: str
) -> None:
    """Even if nobody writes; the exit status is that of a SIGPIPE, and no error is printed."""
    pipeline = f"set -o pipefail; {' '.join((*command, *START))} | head -n 1"
    procrun.command = ("bash", "-c", pipeline)
    status, output = procrun(procfile=procfile).finish()

    assert status == 141
    assert re.fullmatch(r"\S+ procrun \| a\.1 started \(pid \d+\)\n", output)


@pytest.mark.parametrize("mode", [">", ">>"])
def test_a_file_is_written_where_others_left_off(
    procrun: Starter, command: tuple[str, ...], tmp_path: Path, mode: str
) -> None:
    """The shell's redirection covers several commands."""
    (tmp_path / "log").write_text("older\n")
    words = f"(echo before; {' '.join((*command, *START))} --no-prefix; echo after) {mode} log"
    procrun.command = ("bash", "-c", words)
    procrun(procfile="a: seq 3\n").finish()

    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[: lines.index("before")] == (["older"] if mode == ">>" else [])
    assert [line for line in lines if line in ("before", "1", "2", "3", "after")] == [
        *("before", "1", "2", "3", "after")
    ]


@pytest.mark.parametrize(
    ("colour", "closed"),
    [
        ("\\033[31mred", "\x1b[31mred\x1b[0m"),
        ("\\033[31mred\\033[0m", "\x1b[31mred\x1b[0m"),
        ("\\033[31mred\\033[39m", "\x1b[31mred\x1b[39m"),
        ("\\033[1;38;5;9mred", "\x1b[1;38;5;9mred\x1b[0m"),
    ],
)
def test_a_colour_is_closed_exactly(procrun: Starter, colour: str, closed: str) -> None:
    """It does not run into the next process' line, on a pipe either."""
    running = procrun(*PLAIN, procfile=f"a: printf '{colour}\\nplain\\n'\n")
    running.finish()

    assert text_of(running.raw, "a.1") == [closed.encode(), b"plain"]


@pytest.mark.parametrize(
    ("options", "env", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "0"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
        ([], {"PROCRUN_COLOR": "always"}, True),
    ],
    ids=str,
)
def test_colours_on_a_pipe_are_for_those_who_ask(
    procrun: Starter, options: list[str], env: dict[str, str], *, coloured: bool
) -> None:
    """The command line goes before the environment, NO_COLOR before FORCE_COLOR."""
    running = procrun(*START, *options, procfile="a: echo one\n", env=env)
    running.finish()

    assert (b"\x1b[" in running.raw) == coloured


@pytest.mark.parametrize(
    ("options", "env", "coloured"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {}, False),
        (["--color", "auto"], {"FORCE_COLOR": "0"}, True),
    ],
    ids=str,
)
def test_colours_on_a_terminal_are_for_all_but_those_who_refuse(
    terminal: TerminalStarter, options: list[str], env: dict[str, str], *, coloured: bool
) -> None:
    """As no-color.org has it."""
    running = terminal(*START, *options, procfile="a: echo one\n", env=env)
    running.finish()

    assert (b"\x1b[" in running.raw) == coloured


def test_each_dyno_has_a_colour_of_its_own(procrun: Starter) -> None:
    """And each line of a dyno has it."""
    procfile = "".join(f"{name}: seq 2; {STAY}\n" for name in "abcdef")
    running = procrun(*START, "--color", "always", "--no-timestamp", procfile=procfile)
    running.wait_for("| \x1b[0m2", times=6)
    running.signal(signal.SIGTERM)
    running.finish()
    found = re.findall(r"(?m)^(\x1b\[\d+m)(\w+(?:\.1)?) +\| \x1b\[0m", running.output)
    colours = {name: colour for colour, name in found}

    assert len(set(found)) == len(colours) == len(set(colours.values())) == 7


def test_a_progress_bar_on_a_terminal_leaves_the_prefix_alone(terminal: TerminalStarter) -> None:
    """A carriage return goes back to the start of the text, and so does erasing the line."""
    bar = "printf '10%%\\r20%%\\r\\033[2K30%%\\r40%%\\ndone\\n'"
    running = terminal(*PLAIN, "--color", "never", procfile=f"a: {bar}\n")
    running.finish()

    prefix = "a.1     | "
    shown = f"{prefix}10%\r{prefix}20%\r\x1b[2K{prefix}30%\r{prefix}40%\n{prefix}done\n"
    assert shown in running.output


def test_a_progress_bar_on_a_pipe_is_left_alone(procrun: Starter) -> None:
    """There is nothing to overwrite."""
    running = procrun(*PLAIN, procfile="a: printf '10%%\\r20%%\\ndone\\n'\n")
    running.finish()

    assert text_of(running.raw, "a.1") == [b"10%\r20%", b"done"]


def test_quiet_types_are_not_shown(procrun: Starter, tmp_path: Path) -> None:
    """What procrun says of them is, and a log folder gets them."""
    options = ("--quiet", "b", "--log-dir", "logs", "--can-die", "all")
    running = procrun(*PLAIN, *options, procfile="a: echo one\nb: echo two\n")
    running.finish()

    assert text_of(running.raw, "a.1") == [b"one"]
    assert text_of(running.raw, "b.1") == []
    assert any(b"b.1 exited" in line for line in said(running.raw))
    assert (tmp_path / "logs" / "b.1.log").read_bytes() == b"two\n"


def test_a_log_folder_has_a_file_for_each_dyno(procrun: Starter, tmp_path: Path) -> None:
    """Appended to, without colours and prefixes, beside what is shown."""
    procfile = "a: printf '\\033[31mone\\033[0m\\n\\ntwo'\nb: sleep 60\n"
    for _ in range(2):
        running = procrun(*PLAIN, "-c", "a=2", "--log-dir", "var/logs", procfile=procfile)
        running.finish()
        assert b"one" in text_of(running.raw, "a.1")[0] + text_of(running.raw, "a.2")[0]

    files = {path.name: path.read_text() for path in (tmp_path / "var" / "logs").iterdir()}
    assert files.keys() <= {"a.1.log", "a.2.log"}
    assert "".join(files.values()).count("one\n\ntwo\n") >= 2
    assert not any("\x1b" in text or "|" in text for text in files.values())


def test_the_files_of_a_log_folder_do_not_grow_for_ever(procrun: Starter, tmp_path: Path) -> None:
    """One older half of it is kept."""
    env = {"PROCRUN_LOG_SIZE": "10KB"}
    procrun(*START, "--log-dir", "logs", procfile="a: seq 10000\n", env=env).finish()

    old, new = ((tmp_path / "logs" / name).read_text() for name in ("a.1.log.1", "a.1.log"))
    assert 9_000 < len(old) <= 10_000
    assert 0 < len(new) <= 10_000
    numbers = (old + new).split()
    assert numbers == [str(n) for n in range(10_001 - len(numbers), 10_001)]


def test_a_log_folder_stands_where_procrun_was_started(procrun: Starter, tmp_path: Path) -> None:
    """Not in the app's root, if that is another folder."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "Procfile").write_text("a: echo one\n")
    procrun(*START, "-d", "app", "--log-dir", "logs").finish()

    assert (tmp_path / "logs" / "a.1.log").read_text() == "one\n"
    assert not (app / "logs").exists()


def parsed(running: Running) -> Iterator[dict[str, object]]:
    """The objects of a JSON log."""
    for line in running.raw.decode().splitlines():
        fields = json.loads(line)
        assert isinstance(fields, dict)
        yield fields


def test_json_is_nothing_but_objects(procrun: Starter, tmp_path: Path) -> None:
    """One a line, with the fields that are documented; every byte of a process can be had back."""
    everything = bytes(range(256)) + b"\n" + '\u2028"\\\n\n'.encode() + b"last"
    (tmp_path / "everything").write_bytes(everything)
    running = procrun(
        *(*START, "--json", "--color", "always"),
        procfile="a: cat everything\nb: sleep 60\nrelease: true\n",
        apart=True,
    )
    status, _output = running.finish()
    first, *objects = parsed(running)

    assert (status, running.errors) == (0, "")
    assert (first["type"], first["schema"]) == ("start", 1)
    for fields in (first, *objects):
        moment = datetime.fromisoformat(str(fields["time"]))
        assert moment.utcoffset() is not None
        assert fields["source"] == "heroku" or fields["type"] == "line"
    lines = [fields for fields in objects if fields["dyno"] == "a.1" and fields["type"] == "line"]
    texts = [
        base64.b64decode(str(fields["bytes"]))
        if "bytes" in fields
        else str(fields["text"]).encode()
        for fields in lines
    ]
    assert texts == everything.split(b"\n")
    assert [fields["text"] for fields in lines][2:] == ['\u2028"\\', "", "last"]
    states = [fields["text"] for fields in objects if fields["type"] == "state"]
    assert any(re.fullmatch(r"a\.1 started \(pid \d+\)", str(text)) for text in states)
    assert any(str(text).startswith("a.1 exited with status 0") for text in states)


def test_json_waits_for_the_end_of_a_line(
    procrun: Starter, pipes: Callable[[str], Callable[[str], None]]
) -> None:
    """A prompt is a part of the line that it becomes."""
    answer = pipes("answer")
    procfile = f"a: printf 'name? '; read name < answer; echo $name\nb: {STAY}\n"
    running = procrun(*START, "--json", procfile=procfile)
    running.wait_for("b.1 started")
    answer("you")
    running.finish()

    texts = [fields["text"] for fields in parsed(running) if fields["source"] == "app"]
    assert texts == ["name? you"]
