"""Followers of the log: each has a place in what all of its kind share, and a pace of its own.

A chunk costs the log's way to the terminal one append per kind, however many follow. What a
follower is too slow for has left the stream by the time it comes to it, and is counted.
"""

from __future__ import annotations

import time
from collections import deque
from itertools import islice

from procrun.core.log_frames import END_FRAME, Dropped, dropped_frame, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from procrun.core.log import Chunk
    from procrun.loop import Loop

    class Client(Protocol):
        """Where frames go."""

        closed: Callable[[], None]
        drained: Callable[[], None]

        @property
        def open(self) -> bool:
            """Whether anybody is still there."""

        @property
        def pending(self) -> int:
            """Bytes that were not read yet."""

        def send(self, data: bytes) -> None:
            """Take bytes."""


COST_OF_A_CHUNK = 256  # bytes of memory besides its text
_PAUSE = 0.02  # seconds between two deliveries to a follower
_REST = 0.2  # the same after a loss: of a flood nobody needs all that would fit
_AT_ONCE = 64 * 1024  # bytes of a delivery; what is faster than this is dropped
_BACKLOG = 512 * 1024  # bytes that wait for followers, with the cost of their chunks


class Stream:
    """The newest chunks of one kind, for all followers of that kind."""

    def __init__(self) -> None:
        self.followers: set[Follower] = set()
        self.sleepers: set[Follower] = set()  # that have everything, and wait for more
        self.gone = 0  # chunks that are no longer there
        self.gone_lines = 0  # and their lines
        self._chunks: deque[Chunk] = deque()
        self._size = 0

    @property
    def end(self) -> int:
        """The number of the chunk that comes next, counted from the first."""
        return self.gone + len(self._chunks)

    @property
    def end_lines(self) -> int:
        """How many lines there were so far."""
        return self.gone_lines + sum(chunk.lines for chunk in self._chunks)

    def write(self, chunk: Chunk) -> None:
        """Take a chunk, and let go of the oldest where there are too many."""
        self._chunks.append(chunk)
        self._size += cost(chunk)
        while self._size > _BACKLOG and len(self._chunks) > 1:
            oldest = self._chunks.popleft()
            self._size -= cost(oldest)
            self.gone += 1
            self.gone_lines += oldest.lines
        if self.sleepers:
            woken, self.sleepers = self.sleepers, set()
            for follower in woken:
                follower.wake()

    def since(self, number: int) -> Iterable[Chunk]:
        """The chunks from that one on, which must not be gone."""
        return islice(self._chunks, number - self.gone, None)


class Follower:
    """One `procrun logs -t`. It never slows the app: what it is too slow for is dropped."""

    def __init__(self, client: Client, stream: Stream, loop: Loop) -> None:
        self._client = client
        self._stream = stream
        self._loop = loop
        self._next = stream.end
        self._lines = stream.end_lines  # before that one
        self._since = time.time()  # when it had everything
        self._due = False
        self._pause = _PAUSE
        client.drained = self.wake
        stream.followers.add(self)
        self.wake()

    def leave(self) -> None:
        """Deliver nothing any more."""
        self._stream.followers.discard(self)
        self._stream.sleepers.discard(self)

    def wake(self) -> None:
        """Deliver in a moment, so that a busy app makes few deliveries; once the client has read.

        Whoever has everything sleeps until there is more.
        """
        if self._due or self._client.pending or not self._client.open:
            return
        if self._next == self._stream.end:
            self._stream.sleepers.add(self)
        else:
            self._due = True
            self._loop.later(self._pause, self._deliver)

    def deliver_all(self) -> None:
        """Everything at once: the app ends."""
        self._send(_BACKLOG + _AT_ONCE)
        self._client.send(END_FRAME)

    def _deliver(self) -> None:
        self._due = False
        self._send(_AT_ONCE)
        self.wake()

    def _send(self, room: int) -> None:
        frames = []
        self._pause = _PAUSE
        if self._next < self._stream.gone:
            self._pause = _REST
            frames.append(self._skip())
        for chunk in self._stream.since(self._next):
            if room <= 0:
                break
            room -= len(chunk.data)
            frames.append(frame(chunk))
            self._next += 1
            self._lines += chunk.lines
            self._since = chunk.when
        self._client.send(b"".join(frames))

    def _skip(self) -> bytes:
        """Go on with what is still there; what says how much is missing."""
        missed = self._stream.gone_lines - self._lines
        self._next, self._lines = self._stream.gone, self._stream.gone_lines
        return dropped_frame(Dropped(missed, self._since)) if missed else b""


def cost(chunk: Chunk) -> int:
    """Bytes of memory that a chunk takes."""
    return len(chunk.data) + COST_OF_A_CHUNK
