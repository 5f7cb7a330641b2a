"""The log in Heroku's format: `2026-11-22T12:00:00.123456+00:00 app[web.1]: text`."""

from __future__ import annotations

from procrun.core.lines import Lines
from procrun.core.log import APP, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.core.log import Piece


LONGEST = 10_000  # bytes of a record; what is longer comes in several, as it does there


class HerokuFormat:
    """Whole lines with time (UTC, microseconds), source and dyno; empty lines are kept.

    A line above 10,000 bytes is several records, each of so many but the last.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def begin(self, _when: float) -> list[Piece]:
        """The pieces that begin the log: none."""
        return []

    def render(self, chunk: Chunk) -> list[Piece]:
        """The lines that the chunk completes."""
        data = chunk.data
        if chunk.source == APP:
            data = self._whole(chunk.dyno, data)
        return [_lines(chunk, data)] if data else []

    def end(self, when: float) -> list[Piece]:
        """What never ended, with an end."""
        return [
            _lines(Chunk(when, APP, dyno, b""), lines.take())
            for dyno, lines in self._lines.items()
            if lines.open
        ]

    def _whole(self, dyno: str, data: bytes) -> bytes:
        """The lines and records of a dyno that `data` completes."""
        lines = self._lines.setdefault(dyno, Lines())
        whole = lines.feed(data)
        if whole[-1:] == b"\n":
            return whole
        full = max(0, len(whole) - 1) // LONGEST * LONGEST
        lines.feed(whole[full:])  # no more than one record: it waits for what follows
        return whole[:full]


def _lines(chunk: Chunk, data: bytes) -> bytes:
    from datetime import UTC, datetime

    time = datetime.fromtimestamp(chunk.when, UTC).isoformat(timespec="microseconds")
    prefix = f"{time} {chunk.source}[{chunk.dyno}]: ".encode()
    data = b"\n".join(_records(data.removesuffix(b"\n")))
    return prefix + data.replace(b"\n", b"\n" + prefix) + b"\n"


def _records(data: bytes) -> Iterator[bytes]:
    """The lines of `data`, cut where one is too long; as many of them in a piece as can be."""
    start = at = 0
    while len(data) - at > LONGEST:
        end = data.rfind(b"\n", at, at + LONGEST + 1) + 1
        if end:
            at = end
        else:
            at += LONGEST
            yield data[start:at]
            start = at
    yield data[start:]
