"""The log in Heroku's format: `2026-11-22T12:00:00.123456+00:00 app[web.1]: text`."""

from __future__ import annotations

from procrun.core.lines import Lines
from procrun.core.log import APP, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Piece


class HerokuFormat:
    """Whole lines with time (UTC, microseconds), source and dyno; empty lines are kept.

    A line that is too long for one comes in several, as it does there.
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
            data = self._lines.setdefault(chunk.dyno, Lines()).feed(data)
        return [_lines(chunk, data)] if data else []

    def end(self, when: float) -> list[Piece]:
        """What never ended, with an end."""
        return [
            _lines(Chunk(when, APP, dyno, b""), lines.take())
            for dyno, lines in self._lines.items()
            if lines.open
        ]


def _lines(chunk: Chunk, data: bytes) -> bytes:
    from datetime import UTC, datetime

    time = datetime.fromtimestamp(chunk.when, UTC).isoformat(timespec="microseconds")
    prefix = f"{time} {chunk.source}[{chunk.dyno}]: ".encode()
    return prefix + data.removesuffix(b"\n").replace(b"\n", b"\n" + prefix) + b"\n"
