"""What a release command writes, kept until it has ended."""

from __future__ import annotations

from collections import deque

from procrun.core.log import APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Chunk

MOST = 1_000_000  # bytes that are kept: the last ones, which tell what went wrong


class Output:
    """A sink that keeps the end of what one dyno writes."""

    blocked = False

    def __init__(self) -> None:
        self._dyno = ""
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._cut = 0

    def begin(self, dyno: str) -> None:
        """Keep what this one writes, from now on."""
        self._dyno = dyno
        self._pieces.clear()
        self._size = self._cut = 0

    def write(self, chunk: Chunk) -> None:
        """Keep a chunk, if it is of that dyno."""
        if chunk.dyno != self._dyno or chunk.source != APP:
            return
        self._pieces.append(chunk.data)
        self._size += len(chunk.data)
        while self._size - len(self._pieces[0]) >= MOST:
            gone = len(self._pieces.popleft())
            self._size -= gone
            self._cut += gone

    def take(self) -> bytes:
        """All of it, with a line at the beginning that says how much was cut off there."""
        data = b"".join(self._pieces)
        if len(data) > MOST:
            self._cut += len(data) - MOST
            data = data[-MOST:]
        words = b"[%d bytes before this were cut off]\n" % self._cut if self._cut else b""
        self.begin("")
        return words + data.replace(b"\r\n", b"\n")

    def flush(self) -> None:
        """Nothing is passed on."""

    def close(self) -> None:
        """Nothing was opened."""
