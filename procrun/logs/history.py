"""The end of the log: for `procrun logs`, while the app runs and afterwards.

What it costs the log's way to the terminal is one append per chunk: chunks are kept as they are,
bounded in bytes, and lines are only counted when somebody asks or is too slow.
"""

from __future__ import annotations

import os
from collections import deque

from procrun.core.log_frames import LIVE_FRAME, Dropped, dropped_frame, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from procrun.core.commands import Request
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


BOUND = 4 * 1024 * 1024  # bytes of the log that are kept
_COST_OF_A_CHUNK = 256  # bytes of memory besides its text
_PAUSE = 0.02  # seconds between two deliveries to a follower
_AT_ONCE = 64 * 1024  # bytes of a delivery; what is faster than this is dropped
_BACKLOG = 512 * 1024  # bytes that wait for a follower, with the cost of their chunks


class Wanted:
    """Which chunks somebody asks for; every one where nothing is said."""

    def __init__(self, *, dyno: str = "", process_type: str = "", source: str = "") -> None:
        self._dyno = dyno
        self._type = process_type
        self._source = source

    @classmethod
    def by(cls, request: Request) -> Wanted:
        """What a request for the log asks for."""
        return cls(
            dyno=request.text("dyno"),
            process_type=request.text("type"),
            source=request.text("source"),
        )

    def __call__(self, chunk: Chunk) -> bool:
        """Whether a chunk is wanted."""
        return (
            (not self._dyno or chunk.dyno == self._dyno)
            and (not self._type or chunk.dyno.rpartition(".")[0] == self._type)
            and (not self._source or chunk.source == self._source)
        )


class History:
    """A sink that keeps the end of the log and passes it on to followers."""

    blocked = False

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._size = 0
        self._followers: set[_Follower] = set()

    def write(self, chunk: Chunk) -> None:
        """Keep a chunk."""
        self._chunks.append(chunk)
        self._size += _cost(chunk)
        while self._size > BOUND:
            self._size -= _cost(self._chunks.popleft())
        for follower in self._followers:
            follower.take(chunk)

    def flush(self) -> None:
        """Followers have a pace of their own."""

    def close(self) -> None:
        """Give the followers what is left."""
        for follower in list(self._followers):
            follower.deliver_all()

    def show(self, client: Client, lines: int, wanted: Wanted) -> None:
        """Send the shortest end of the log that has so many lines of what is wanted."""
        client.send(b"".join(map(frame, self._last(lines, wanted))))

    def _last(self, lines: int, wanted: Wanted) -> Iterable[Chunk]:
        found: deque[Chunk] = deque()
        for chunk in reversed(self._chunks):
            if lines <= 0:
                break
            if wanted(chunk):
                found.appendleft(chunk)
                lines -= chunk.lines
        return found

    def follow(self, client: Client, wanted: Wanted, loop: Loop) -> None:
        """Pass on what is wanted from now on, until the client leaves."""
        client.send(LIVE_FRAME)
        if client.open:
            follower = _Follower(client, wanted, loop)
            self._followers.add(follower)
            client.closed = lambda: self._followers.discard(follower)

    def save(self, path: str) -> None:
        """Write what is kept into a file, in place of the one of the run before."""
        fd = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.writelines(map(frame, self._chunks))
        os.replace(f"{path}.new", path)


class _Follower:
    """One `procrun logs -t`. It never slows the app: what it is too slow for is dropped."""

    def __init__(self, client: Client, wanted: Wanted, loop: Loop) -> None:
        self._client = client
        self._wanted = wanted
        self._loop = loop
        self._waiting: deque[Chunk] = deque()
        self._size = 0
        self._dropped: Dropped | None = None
        self._due = False
        client.drained = self._deliver_soon

    def take(self, chunk: Chunk) -> None:
        if not self._wanted(chunk):
            return
        self._waiting.append(chunk)
        self._size += _cost(chunk)
        while self._size > _BACKLOG and len(self._waiting) > 1:
            self._drop(self._waiting.popleft())
        self._deliver_soon()

    def _drop(self, oldest: Chunk) -> None:
        self._size -= _cost(oldest)
        if self._dropped is None:
            self._dropped = Dropped(0, oldest.when)
        self._dropped.lines += oldest.lines

    def deliver_all(self) -> None:
        """Everything at once: the app ends."""
        self._send(self._waiting)
        self._waiting.clear()

    def _deliver_soon(self) -> None:
        """In a moment, so that a busy app makes few deliveries; once the client has read."""
        if self._waiting and not self._due and not self._client.pending:
            self._due = True
            self._loop.later(_PAUSE, self._deliver)

    def _deliver(self) -> None:
        self._due = False
        self._send(self._next())
        self._deliver_soon()

    def _next(self) -> Iterable[Chunk]:
        room = _AT_ONCE
        while self._waiting and room > 0:
            chunk = self._waiting.popleft()
            self._size -= _cost(chunk)
            room -= len(chunk.data)
            yield chunk

    def _send(self, chunks: Iterable[Chunk]) -> None:
        data = b"".join(map(frame, chunks))
        if self._dropped is not None:
            data = dropped_frame(self._dropped) + data
            self._dropped = None
        if data:
            self._client.send(data)


def _cost(chunk: Chunk) -> int:
    """Bytes of memory that a chunk takes."""
    return len(chunk.data) + _COST_OF_A_CHUNK
