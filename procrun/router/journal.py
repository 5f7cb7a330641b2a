"""The lines of requests on their way to the supervisor: one write for all of a moment."""

from __future__ import annotations

import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

_MOMENT = 0.01  # seconds; a write for each line would take a turn of the loop for each request
_MOST_PENDING = 4 * 1024 * 1024  # bytes of lines that nobody reads; what comes then is lost
_LAST_WORDS = 1.0  # seconds for a reader that does not read when the router ends


class Journal:
    """Writes lines to a descriptor, never waiting for whoever reads it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._lines: list[bytes] = []
        self._pending = b""
        self._size = 0  # of both
        self._lost = 0
        self._flushing = False
        os.set_blocking(descriptor, False)

    def write(self, line: bytes) -> None:
        """Write a line, soon."""
        if self._size > _MOST_PENDING:
            self._lost += 1
            return
        self._size += len(line) + 1
        self._lines.append(line)
        if not self._flushing:
            self._flushing = True
            self._loop.call_later(_MOMENT, self._flush)

    def close(self) -> None:
        """Write what is left, as long as somebody reads."""
        self._flush()
        while self._pending and select.select([], [self._descriptor], [], _LAST_WORDS)[1]:
            self._loop.remove_writer(self._descriptor)
            self._flush()
        self._tell_lost()
        os.set_blocking(self._descriptor, True)  # it may be a terminal, which others write to

    def _flush(self) -> None:
        self._flushing = False
        if self._lines:
            self._pending += b"\n".join([*self._lines, b""])
            self._lines.clear()
        while self._pending:
            try:
                written = os.write(self._descriptor, self._pending)
            except BlockingIOError:
                self._flushing = True  # by whom it was called
                self._loop.add_writer(self._descriptor, self._go_on)
                if self._size < _MOST_PENDING // 2:  # somebody reads again
                    self._tell_lost()
                return
            except OSError:  # nobody reads any more
                self._pending, self._size = b"", 0
                return
            self._pending = self._pending[written:]
            self._size -= written
        self._tell_lost()

    def _tell_lost(self) -> None:
        if self._lost:
            sys.stderr.write(f"procrun: {self._lost} lines of the router were lost\n")
            self._lost = 0

    def _go_on(self) -> None:
        self._loop.remove_writer(self._descriptor)
        self._flush()
