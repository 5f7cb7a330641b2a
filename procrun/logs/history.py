"""The end of the log: for `procrun logs`, while the app runs and afterwards.

What it costs the log's way to the terminal is one append per chunk: chunks are kept as they are,
bounded in bytes, and lines are only counted when somebody asks or follows.
"""

from __future__ import annotations

from collections import deque

from procrun.core.commands import BadRequest
from procrun.core.log_frames import END_FRAME, LIVE_FRAME, frame
from procrun.logs.following import Follower, Stream, cost
from procrun.system.own_files import write_anew
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from procrun.core.commands import Request
    from procrun.core.log import Chunk
    from procrun.logs.following import Client
    from procrun.loop import Loop

BOUND = 4 * 1024 * 1024  # bytes of the log that are kept


class Wanted(Value):
    """Which chunks somebody asks for; every one where nothing is said."""

    dyno: str = ""
    process_type: str = ""
    source: str = ""
    since: float = float("-inf")  # seconds since the epoch

    @classmethod
    def by(cls, request: Request) -> Wanted:
        """What a request for the log asks for."""
        texts = request.text("dyno"), request.text("type"), request.text("source")
        try:
            return cls(*texts, float(request.text("since") or "-inf"))
        except ValueError:
            raise BadRequest("since must be seconds since the epoch") from None

    def __call__(self, chunk: Chunk) -> bool:
        """Whether a chunk is wanted."""
        return (
            (not self.dyno or chunk.dyno == self.dyno)
            and (not self.process_type or self.process_type in _names(chunk.dyno))
            and (not self.source or chunk.source == self.source)
            and chunk.when >= self.since
        )


def _names(dyno: str) -> tuple[str, str]:
    """What a dyno is asked for by as one of a kind: its type, or its name that has no number."""
    return dyno.rpartition(".")[0], dyno


class History:
    """A sink that keeps the end of the log and passes it on to followers."""

    blocked = False

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._size = 0
        self._streams: dict[Wanted, Stream] = {}
        self._listeners: list[Callable[[Chunk], None]] = []

    def write(self, chunk: Chunk) -> None:
        """Keep a chunk."""
        self._chunks.append(chunk)
        self._size += cost(chunk)
        while self._size > BOUND:
            self._size -= cost(self._chunks.popleft())
        for wanted, stream in self._streams.items():
            if wanted(chunk):
                stream.write(chunk)
        for hear in self._listeners:
            hear(chunk)

    def flush(self) -> None:
        """Followers have a pace of their own."""

    def close(self) -> None:
        """Give the followers what is left."""
        for stream in list(self._streams.values()):
            for follower in list(stream.followers):
                follower.deliver_all()

    def show(self, client: Client, lines: int, wanted: Wanted) -> None:
        """Send the shortest end of the log that has so many lines of what is wanted."""
        client.send(b"".join(map(frame, self.last(lines, wanted))))

    def end(self, client: Client) -> None:
        """Say that this was all."""
        client.send(END_FRAME)

    def tail(self, lines: int, wanted: Wanted, most: int) -> bytes:
        """The last lines of what is wanted, and the one that is open: at most so many bytes."""
        found = b"".join(chunk.data for chunk in self.last(lines + 1, wanted))[-most:]
        start = len(found)
        while lines >= 0 and start > 0:
            start = found.rfind(b"\n", 0, start)
            lines -= 1
        return found[start + 1 :] if start >= 0 else found

    @property
    def dynos(self) -> set[str]:
        """Whose lines are kept."""
        return {chunk.dyno for chunk in self._chunks}

    def newest_first(self, wanted: Wanted) -> Iterable[bytes]:
        """The text of all chunks that are wanted."""
        return (chunk.data for chunk in reversed(self._chunks) if wanted(chunk))

    def last(self, lines: int, wanted: Wanted) -> Iterable[Chunk]:
        """The shortest end of the log that has so many lines of what is wanted."""
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
        if not client.open:
            return
        stream = self._streams.setdefault(wanted, Stream())
        follower = Follower(client, stream, loop)

        def leave() -> None:
            follower.leave()
            if not stream.followers and self._streams.get(wanted) is stream:
                del self._streams[wanted]

        client.closed = leave

    def listen(self, hear: Callable[[Chunk], None]) -> None:
        """Let somebody hear every chunk that is kept, and at once every new one."""
        for chunk in self._chunks:
            hear(chunk)
        self._listeners = [*self._listeners, hear]

    def ignore(self, hear: Callable[[Chunk], None]) -> None:
        """Let them hear no more."""
        self._listeners = [each for each in self._listeners if each is not hear]

    def save(self, path: str) -> None:
        """Write what is kept into a file, in place of the one of the run before."""
        write_anew(path, map(frame, self._chunks))
