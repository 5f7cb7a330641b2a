"""Writes to a descriptor that may be slow, gone or shared with others.

The descriptor we inherit belongs to the shell and to everybody in the pipeline: making it
non-blocking would make it so for all of them. A pipe or a terminal can be opened afresh under its
own name, which gives a description of our own. A regular file must be written through the
descriptor itself, because a fresh open of it would start at offset 0; it never blocks.
"""

from __future__ import annotations

import errno
import os
import select
import stat

from procrun.loop import READ, WRITE
from procrun.system.pipes import widen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.log import Piece
    from procrun.loop import Loop

# What a pipe that polls as writable takes without blocking, where it could not be opened afresh.
_SAFE_WRITE = select.PIPE_BUF
_MOST_PIECES = 1024  # IOV_MAX of Linux and macOS
_WIDE = 1024 * 1024  # bytes: what a turn of many busy dynos writes


class Output:
    """A descriptor to write to. While `blocked`, whoever produces should stop producing.

    `gone(error)` is called, once, when nobody will ever read what is written: the errno says why.
    What is written after that is dropped, so that stopping the app goes on.
    """

    def __init__(self, fd: int, loop: Loop, gone: Callable[[int], None]) -> None:
        self._loop = loop
        self._gone = gone
        self._pending: list[Piece] = []
        self._dead = False
        self._mode = os.fstat(fd).st_mode
        self._fd, self._limit = self._open(fd)
        self._own = self._fd != fd
        if stat.S_ISFIFO(self._mode):
            widen(self._fd, _WIDE)
            self._listen()

    @property
    def blocked(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._pending)

    @property
    def waiting(self) -> int:
        """How many bytes do."""
        return sum(map(len, self._pending))

    def write(self, pieces: list[Piece]) -> None:
        """Write the pieces in order, now or as soon as the reader takes them."""
        if self._dead:
            return
        waiting = self.blocked
        self._pending += pieces
        if not waiting:
            if not self._limit:  # else only once it polls as writable
                self._advance()
            if self._pending:
                self._listen()

    def abandon_if_blocked(self) -> None:
        """Give up on a reader that does not read."""
        if self._pending:
            self.abandon()

    def close(self) -> None:
        """Let go of the descriptor; what is still pending is dropped."""
        self.abandon()
        if self._own:
            os.close(self._fd)

    def abandon(self) -> None:
        """Drop what the reader has not taken, and all that is still to come."""
        self._dead = True
        self._pending = []
        self._loop.forget(self._fd)

    def _open(self, fd: int) -> tuple[int, int]:
        """The descriptor to use, and how many bytes it takes at once (0: any number)."""
        if stat.S_ISREG(self._mode):
            return fd, 0
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        try:
            name = os.ttyname(fd) if os.isatty(fd) else f"/proc/self/fd/{fd}"
            return os.open(name, flags), 0
        except OSError:
            return fd, _SAFE_WRITE if os.get_blocking(fd) else 0

    def _listen(self) -> None:
        """Hear of room to write and, on a pipe, of the reader's end.

        A pipe's writing end is never readable; watching it for that reports only that the reader
        is gone, at once rather than at the next line.
        """
        events = WRITE if self._pending else 0
        if stat.S_ISFIFO(self._mode):
            events |= READ
        if events and not self._dead:
            self._loop.watch(self._fd, self._ready, events)
        else:
            self._loop.forget(self._fd)

    def _ready(self) -> None:
        if not self._pending:
            self._lose(errno.EPIPE)
            return
        self._advance()
        if not self._pending:
            self._listen()

    def _advance(self) -> None:
        """Write what the descriptor takes."""
        try:
            while self._pending:
                self._pending = _after(self._pending, self._write_some(self._pending))
                if self._limit:
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            self._lose(error.errno or errno.EIO)

    def _write_some(self, pieces: list[Piece]) -> int:
        if self._limit:
            return os.write(self._fd, memoryview(pieces[0])[: self._limit])
        return os.writev(self._fd, pieces[:_MOST_PIECES])

    def _lose(self, error: int) -> None:
        self.abandon()
        self._loop.later(0, lambda: self._gone(error))


def _after(pieces: list[Piece], written: int) -> list[Piece]:
    """What is left of the pieces when their first `written` bytes are gone."""
    for index, piece in enumerate(pieces):
        if written < len(piece):
            return [memoryview(piece)[written:], *pieces[index + 1 :]]
        written -= len(piece)
    return []
