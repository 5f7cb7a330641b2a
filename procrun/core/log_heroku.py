"""The log in Heroku's format: `2026-11-22T12:00:00.123456+00:00 app[web.1]: text`."""

from __future__ import annotations

from procrun.core.log import APP, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Piece


class HerokuFormat:
    """Whole lines with time (UTC, microseconds), source and dyno; empty lines are kept."""

    def __init__(self) -> None:
        self._open: dict[str, bytes] = {}

    def begin(self, _when: float) -> list[Piece]:
        """The pieces that begin the log: none."""
        return []

    def render(self, chunk: Chunk) -> list[Piece]:
        """The lines that the chunk completes."""
        data = self._open.pop(chunk.dyno, b"") + chunk.data if chunk.source == APP else chunk.data
        whole, newline, rest = data.rpartition(b"\n")
        if rest:
            self._open[chunk.dyno] = rest
        return [_lines(chunk, whole)] if newline else []

    def end(self, when: float) -> list[Piece]:
        """What never ended, with an end."""
        return [_lines(Chunk(when, APP, dyno, b""), text) for dyno, text in self._open.items()]


def _lines(chunk: Chunk, text: bytes) -> bytes:
    from datetime import UTC, datetime

    time = datetime.fromtimestamp(chunk.when, UTC).isoformat(timespec="microseconds")
    prefix = f"{time} {chunk.source}[{chunk.dyno}]: ".encode()
    return prefix + text.replace(b"\n", b"\n" + prefix) + b"\n"
