"""Bytes for a dyno's standard input, as fast as it takes them."""

from __future__ import annotations

import os

from procrun.loop import WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.loop import Loop

FULL = 64 * 1024  # bytes; from there on whoever feeds should wait


class Feed:
    """Writes to a terminal or a pipe that does not block. OSError if there is no descriptor left.

    It has a descriptor of its own, because the loop watches each for one thing only. `drained` is
    called when all was taken, or nobody is there to take it any more.
    """

    def __init__(self, descriptor: int, loop: Loop) -> None:
        self.drained: Callable[[], None] = lambda: None
        self._fd = os.dup(descriptor)
        self._loop = loop
        self._pending = bytearray()
        self._closing = False

    @property
    def pending(self) -> int:
        """Bytes that were not taken yet."""
        return len(self._pending)

    def write(self, typed: bytes) -> None:
        """Pass on, now or as soon as there is room."""
        if self._fd < 0:
            return
        waiting = bool(self._pending)
        self._pending += typed
        if not waiting:
            self._advance()
            if self._pending:
                self._loop.watch(self._fd, self._ready, WRITE)

    def close(self) -> None:
        """Let go of the descriptor once all was taken."""
        self._closing = True
        if not self._pending:
            self.abandon()

    def abandon(self) -> None:
        """Drop what was not taken: nobody is there any more."""
        if self._fd >= 0:
            self._loop.forget(self._fd)
            os.close(self._fd)
            self._fd = -1
        self._pending.clear()

    def _ready(self) -> None:
        self._advance()
        if not self._pending:
            if self._fd >= 0:
                self._loop.forget(self._fd)
            if self._closing:
                self.abandon()
            self.drained()

    def _advance(self) -> None:
        try:
            while self._pending:
                del self._pending[: os.write(self._fd, self._pending)]
        except BlockingIOError:
            pass
        except OSError:  # EIO, EPIPE: it has closed its side
            self._pending.clear()
