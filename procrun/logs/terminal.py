"""The sink of standard output: the only place in procrun that writes there during a start."""

from __future__ import annotations

import time

from procrun.core.log import APP, ROUTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.core.log import Chunk, Piece, Prefixes
    from procrun.logs.output import Output

    class Format(Protocol):
        """How chunks become bytes."""

        def begin(self, when: float) -> list[Piece]:
            """The bytes that begin the log."""

        def render(self, chunk: Chunk) -> list[Piece]:
            """The bytes of a chunk."""

        def end(self, when: float) -> list[Piece]:
            """The bytes that end the log."""


class StreamSink:
    """The log in one format, without what the dynos wrote that `quiet(name)` holds for."""

    def __init__(self, output: Output, layout: Format, quiet: Callable[[str], bool]) -> None:
        self._output = output
        self._layout = layout
        self._quiet = quiet
        self._pieces = layout.begin(time.time())

    @property
    def blocked(self) -> bool:
        """Whether the reader is slower than the app."""
        return self._output.blocked

    def write(self, chunk: Chunk) -> None:
        """Lay the chunk below what is there."""
        if not ((chunk.source == APP or chunk.dyno == ROUTER) and self._quiet(chunk.dyno)):
            self._pieces += self._layout.render(chunk)

    def flush(self) -> None:
        """Write all that came in this turn."""
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._output.write(pieces)

    def close(self) -> None:
        """End what is still open."""
        self._pieces += self._layout.end(time.time())
        self.flush()


class Stamps:
    """The prefix of a name at a time, made anew once a second at most."""

    def __init__(self, prefixes: Prefixes, style: str, started: float) -> None:
        self._prefixes = prefixes
        self._text = _STYLES[style]
        self._started = started
        self._second = -1
        self._made: dict[str, bytes] = {}

    @property
    def width(self) -> int:
        """Columns that a prefix takes."""
        stamp = self._text(int(self._started), self._started)
        return self._prefixes.width + (len(stamp) + 1 if stamp and self._prefixes.width else 0)

    def __call__(self, name: str, when: float) -> bytes:
        """The bytes in front of each line that `name` wrote at `when` (seconds since the epoch)."""
        second = int(when)
        if second != self._second:
            self._second = second
            self._made.clear()
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._prefixes.render(name, self._text(second, self._started))
        return made


def _time(second: int, _started: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _iso(second: int, _started: float) -> str:
    text = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(second))
    return f"{text[:-2]}:{text[-2:]}"


def _elapsed(second: int, started: float) -> str:
    minutes, seconds = divmod(max(0, second - int(started)), 60)
    return f"{minutes:4}:{seconds:02}"


def _none(_second: int, _started: float) -> str:
    return ""


_STYLES: dict[str, Callable[[int, float], str]] = {
    "time": _time,
    "iso": _iso,
    "elapsed": _elapsed,
    "none": _none,
}
