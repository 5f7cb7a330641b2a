"""Writing to what may be slow, gone or shared: all of it arrives, or nobody is there to read it."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import socket
import tempfile
import termios
import tty
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.logs.output import Output
from procrun.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.core.log import Piece

MORE_THAN_FITS = 4 * 1024 * 1024  # into any pipe, socket or terminal
PATIENCE = 10.0


class Stream:
    """An output and the other end of what it writes to."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer  # as it would be inherited
        self.lost: list[int] = []  # why nobody reads any more
        self.loop = Loop()
        os.set_blocking(reader, False)
        self.output = Output(writer, self.loop, self.lost.append)

    def serve(self, until: Callable[[], bool]) -> None:
        """Let the loop run until something is so."""
        limit = self.loop.later(PATIENCE, lambda: pytest.fail("nothing happened"))
        while not until():
            self.loop.turn()
        limit.cancel()

    def read(self, most: int = 1 << 16) -> bytes:
        """What is there to be read."""
        try:
            return os.read(self.reader, most)
        except BlockingIOError:
            return b""

    def read_all(self, size: int, pace: Callable[[], int] = lambda: 1 << 16) -> bytes:
        """So many bytes, read in bites of some size while the output is served."""
        got = bytearray()
        self.loop.watch(self.reader, lambda: got.extend(self.read(pace())))
        self.serve(lambda: len(got) >= size)
        self.loop.forget(self.reader)
        return bytes(got)

    def hang_up(self) -> None:
        """The reader goes away."""
        os.close(self.reader)
        self.reader = -1

    def close(self) -> None:
        """Close everything."""
        self.output.close()
        self.loop.close()
        os.close(self.writer)
        if self.reader >= 0:
            self.hang_up()


def a_pipe() -> tuple[int, int]:
    """As in `procrun start | less`."""
    return os.pipe()


def a_socket() -> tuple[int, int]:
    """As node's child processes and systemd's journal have it."""
    reader, writer = socket.socketpair()
    return reader.detach(), writer.detach()


def a_terminal() -> tuple[int, int]:
    """The usual case; this one leaves newlines alone."""
    reader, writer = os.openpty()
    tty.setraw(writer, termios.TCSANOW)
    return reader, writer


KINDS = {"pipe": a_pipe, "socket": a_socket, "terminal": a_terminal}


@pytest.fixture(params=KINDS)
def stream(request: pytest.FixtureRequest) -> Iterator[Stream]:
    """An output to whatever can be slow."""
    stream = Stream(*KINDS[request.param]())
    yield stream
    stream.close()


@pytest.fixture
def pipe() -> Iterator[Stream]:
    """An output to a pipe."""
    stream = Stream(*a_pipe())
    yield stream
    stream.close()


@pytest.fixture
def foreign_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    """An output to a pipe that cannot be opened afresh: another user's, or macOS'."""

    def refuse(*_arguments: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        stream = Stream(*a_pipe())
    yield stream
    stream.close()


def some_bytes(size: int) -> bytes:
    """Bytes that differ everywhere, always the same ones."""
    return random.Random(1).randbytes(size)  # noqa: S311 - no secret


def takes_more(stream: Stream) -> bool:
    """Serve one turn, without waiting; whether anything was written in it."""
    before = stream.output._pending
    stream.loop.later(0, lambda: None)
    stream.loop.turn()
    return stream.output._pending is not before


def test_what_is_written_arrives(stream: Stream) -> None:
    """At once, if there is room."""
    stream.output.write([b"one ", memoryview(b"xtwo\nx")[1:-1], b"", b"three"])
    stream.serve(lambda: not stream.output.blocked)

    assert stream.read_all(13) == b"one two\nthree"
    assert stream.lost == []


def test_what_does_not_fit_waits_for_the_reader(stream: Stream) -> None:
    """Meanwhile the output is blocked; nothing is dropped, what comes later stands behind it."""
    data = some_bytes(MORE_THAN_FITS)
    stream.output.write([data])
    assert stream.output.blocked
    stream.output.write([b"the ", b"end"])

    assert stream.read_all(len(data) + 7) == data + b"the end"
    stream.serve(lambda: not stream.output.blocked)
    assert stream.read() == b""


def test_a_slow_reader_gets_everything(stream: Stream) -> None:
    """In small bites of any size, with many pieces waiting for it."""
    chance = random.Random(2)  # noqa: S311 - no secret
    data = some_bytes(300_000)
    pieces: list[Piece] = []
    at = 0
    while at < len(data):
        size = chance.randrange(100)
        pieces.append(data[at : at + size])
        at += size
    assert len(pieces) > 5000
    stream.output.write(pieces)

    assert stream.read_all(len(data), lambda: chance.randrange(1, 5000)) == data
    assert not stream.lost


def test_the_inherited_descriptor_stays_as_it_is(stream: Stream) -> None:
    """It is shared with the shell and everybody in the pipeline, who expect it to block."""
    stream.output.write([some_bytes(MORE_THAN_FITS)])
    assert stream.output.blocked
    assert os.get_blocking(stream.writer)
    stream.output.abandon()
    stream.output.write([b"more"])

    assert os.get_blocking(stream.writer)
    assert not fcntl.fcntl(stream.writer, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND)


@pytest.mark.parametrize("kind", KINDS)
def test_a_descriptor_that_does_not_block_is_fine(kind: str) -> None:
    """Somebody else may have made it so."""
    reader, writer = KINDS[kind]()
    os.set_blocking(writer, False)
    stream = Stream(reader, writer)
    data = some_bytes(MORE_THAN_FITS)
    stream.output.write([data])

    assert stream.output.blocked
    assert stream.read_all(len(data)) == data
    stream.close()


def test_waiting_for_a_reader_is_not_polling(stream: Stream) -> None:
    """Nothing happens while nobody reads, and nothing when all is written."""
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1

    stream.output.write([some_bytes(MORE_THAN_FITS)])
    while takes_more(stream):
        pass
    stream.loop.end_of_turn = count
    for finish in (False, True):
        if finish:
            stream.read_all(MORE_THAN_FITS)
            stream.serve(lambda: not stream.output.blocked)
        turns = 0
        stream.loop.later(0.02, stream.loop.stop)
        stream.loop.run()
        assert turns <= 2


def test_giving_up_on_a_reader_drops_what_waits(stream: Stream) -> None:
    """And all that is still to come, so that stopping goes on; nobody is told."""
    stream.output.write([some_bytes(MORE_THAN_FITS)])
    stream.output.abandon_if_blocked()
    assert not stream.output.blocked
    stream.output.write([b"more"])
    assert not stream.output.blocked

    arrived = b"".join(iter(stream.read, b""))
    assert some_bytes(MORE_THAN_FITS).startswith(arrived)
    assert stream.lost == []


def test_a_reader_that_reads_is_not_given_up(stream: Stream) -> None:
    """Nothing waits for it."""
    stream.output.write([b"one "])
    stream.serve(lambda: not stream.output.blocked)
    stream.output.abandon_if_blocked()
    stream.output.write([b"two"])
    stream.serve(lambda: not stream.output.blocked)

    assert stream.read_all(7) == b"one two"


def test_a_reader_that_goes_away_is_noticed_without_writing(pipe: Stream) -> None:
    """An app that says nothing does not run on behind `| head`."""
    pipe.hang_up()
    pipe.serve(lambda: bool(pipe.lost))
    pipe.loop.later(0, lambda: None)
    pipe.loop.turn()

    assert pipe.lost == [errno.EPIPE]


@pytest.mark.parametrize("kind", ["socket", "terminal"])
def test_who_types_is_not_taken_for_who_leaves(kind: str) -> None:
    """What can be read from the other side of the output is nobody's business here."""
    stream = Stream(*KINDS[kind]())
    stream.output.write([some_bytes(MORE_THAN_FITS)])
    os.write(stream.reader, b"typed\n")
    stream.read_all(MORE_THAN_FITS)
    stream.loop.later(0, lambda: None)
    stream.loop.turn()

    assert stream.lost == []
    stream.output.write([b"more"])
    assert stream.read_all(4) == b"more"
    stream.close()


def test_a_reader_that_never_was_there_is_noticed() -> None:
    """It went away while procrun started."""
    reader, writer = os.pipe()
    os.close(reader)
    nothing = os.open(os.devnull, os.O_RDONLY)
    stream = Stream(nothing, writer)
    assert stream.lost == []  # nobody is called back before the loop runs

    stream.serve(lambda: bool(stream.lost))
    stream.close()

    assert stream.lost == [errno.EPIPE]


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_reader_that_goes_away_meanwhile_is_told_once(kind: str) -> None:
    """What waited for it is dropped, and so is what comes later."""
    stream = Stream(*KINDS[kind]())
    stream.output.write([some_bytes(MORE_THAN_FITS)])
    stream.hang_up()
    stream.serve(lambda: bool(stream.lost))
    stream.output.write([b"more"])
    stream.loop.later(0, lambda: None)
    stream.loop.turn()

    assert stream.lost == [errno.EPIPE]
    assert not stream.output.blocked
    stream.close()


def test_a_dead_terminal_is_told() -> None:
    """Its window was closed."""
    stream = Stream(*a_terminal())
    stream.hang_up()
    stream.output.write([b"anybody there?"])
    stream.serve(lambda: bool(stream.lost))
    stream.close()

    assert stream.lost == [errno.EIO]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    """With the error, so that the user can be told."""
    stream = Stream(os.open(os.devnull, os.O_RDONLY), os.open("/dev/full", os.O_WRONLY))
    stream.output.write([b"more"])
    stream.serve(lambda: bool(stream.lost))
    stream.close()

    assert stream.lost == [errno.ENOSPC]


def test_a_pipe_that_cannot_be_opened_afresh_is_written_in_small_bites(
    foreign_pipe: Stream,
) -> None:
    """Only when there is room, so that the loop never blocks in a write."""
    data = some_bytes(MORE_THAN_FITS)
    foreign_pipe.output.write([data[:100], b"", data[100:]])
    for _ in range(3):
        foreign_pipe.loop.turn()  # would block for ever if it wrote all of it

    assert os.get_blocking(foreign_pipe.writer)
    assert foreign_pipe.read_all(len(data)) == data
    assert foreign_pipe.lost == []


def test_such_a_pipe_may_be_full_already(foreign_pipe: Stream) -> None:
    """Others write there, too."""
    os.set_blocking(foreign_pipe.writer, False)
    filled = os.write(foreign_pipe.writer, some_bytes(MORE_THAN_FITS))
    os.set_blocking(foreign_pipe.writer, True)
    foreign_pipe.output.write([b"more"])  # would block for ever if it tried to

    assert foreign_pipe.output.blocked
    assert foreign_pipe.read_all(filled + 4) == some_bytes(MORE_THAN_FITS)[:filled] + b"more"


def test_the_reader_of_such_a_pipe_is_missed_too(foreign_pipe: Stream) -> None:
    """With something waiting for it, or nothing."""
    foreign_pipe.output.write([b"one"])
    foreign_pipe.hang_up()
    foreign_pipe.serve(lambda: bool(foreign_pipe.lost))

    assert foreign_pipe.lost == [errno.EPIPE]


@pytest.mark.parametrize("mode", [0, os.O_APPEND], ids=["shared offset", "append"])
def test_a_file_is_written_where_others_left_off(tmp_path: Path, mode: int) -> None:
    """`(echo before; procrun start; echo after) > log`, and `>> log`."""
    log = tmp_path / "log"
    log.write_bytes(b"older\n" if mode else b"")
    stream = Stream(os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | mode))
    os.write(stream.writer, b"before\n")
    stream.output.write([b"some ", b"words\n"])
    assert not stream.output.blocked
    os.write(stream.writer, b"between\n")
    stream.output.write([b"more\n"] * 3000)
    os.write(stream.writer, b"after\n")
    stream.close()

    words = b"before\nsome words\nbetween\n" + b"more\n" * 3000 + b"after\n"
    assert log.read_bytes() == (b"older\n" if mode else b"") + words


def test_nobody_reads_dev_null() -> None:
    """It takes everything."""
    stream = Stream(os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY))
    for _ in range(10):
        stream.output.write([some_bytes(MORE_THAN_FITS)])
        assert not stream.output.blocked
    stream.close()

    assert stream.lost == []


def test_closing_leaves_the_inherited_descriptor_open(stream: Stream) -> None:
    """Others write there, too; what is written to the output after its end is dropped."""
    output = Output(stream.writer, stream.loop, stream.lost.append)
    output.close()
    output.write([b"too late"])
    os.write(stream.writer, b"after")

    assert stream.read_all(5) == b"after"
    assert not output.blocked
    assert stream.lost == []


PIECES = st.lists(st.binary(max_size=5) | st.sampled_from([b"x" * 3000, b"y" * 70_000]), max_size=9)


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(1, 100_000), min_size=1, max_size=5))
def test_any_writes_and_any_reads_give_the_same_bytes(
    writes: list[list[bytes]], bites: list[int]
) -> None:
    """Writing and reading in turns, through a narrow pipe."""
    stream = Stream(*a_pipe())
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(stream.writer, fcntl.F_SETPIPE_SZ, 4096)
    arrived = b""
    for turn, pieces in enumerate(writes):
        stream.output.write([memoryview(piece) for piece in pieces])
        arrived += stream.read(bites[turn % len(bites)])
    sent = b"".join(b"".join(pieces) for pieces in writes)
    arrived += stream.read_all(len(sent) - len(arrived))
    stream.close()

    assert arrived == sent


def test_a_file_without_a_name_is_written(tmp_path: Path) -> None:
    """Nothing about a regular file is opened afresh."""
    with tempfile.TemporaryFile(dir=tmp_path) as log:
        stream = Stream(os.open(os.devnull, os.O_RDONLY), os.dup(log.fileno()))
        stream.output.write([b"words"])
        stream.close()
        log.seek(0)

        assert log.read() == b"words"
