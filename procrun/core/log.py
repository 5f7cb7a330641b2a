"""The log and how it looks to people: chunks of whole lines in, the terminal's bytes out.

What travels is a chunk of whole lines of one dyno, as bytes. Nothing here looks at a single line
of it unless it must: that is the difference between 0.3 and 5 million lines a second.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    Piece = bytes | memoryview

    class Log(Protocol):
        """Where chunks go. While it is `blocked`, nothing more should be produced."""

        @property
        def blocked(self) -> bool:
            """Whether somebody who takes the log is too slow just now."""

        def publish(self, chunk: Chunk) -> None:
            """Take a chunk."""

        def flush(self) -> None:
            """Pass on what was taken, in one go."""


APP = "app"  # what a dyno wrote
PLATFORM = "heroku"  # what procrun says itself, under Heroku's name for its dyno supervisor
ROUTER = "router"  # the platform's name for what has a line for each request
API = "api"  # its name for what tells of releases
PARTS = (ROUTER, API)  # of the platform, which write to the log beside the dynos
PROCRUN = "procrun"  # the name in front of procrun's own words on the terminal

# Bright enough on dark and on light backgrounds; neighbours differ in more than brightness.
_PALETTE = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_OWN = 90
_ERASE_LINE = b"\x1b[2K"


class Chunk:
    """Some bytes of one dyno, read at one time; the last line may still be open."""

    __slots__ = ("_lines", "data", "dyno", "source", "state", "when")

    def __init__(
        self, when: float, source: str, dyno: str, data: bytes, *, state: bool = False
    ) -> None:
        self.when = when  # seconds since the epoch
        self.source = source  # APP or PLATFORM
        self.dyno = dyno  # "web.1", or PROCRUN for what concerns no single dyno
        self.data = data
        self.state = state  # a change of a dyno's state, not a line of text
        self._lines = -1

    @property
    def lines(self) -> int:
        """How many lines end in it; counted when somebody first asks."""
        if self._lines < 0:
            self._lines = self.data.count(b"\n")
        return self._lines

    @lines.setter
    def lines(self, count: int) -> None:
        """Known already: to count takes longer than all else that is done to a chunk."""
        self._lines = count


class Prefixes:
    """`12:00:01 web.1     | ` for every dyno, in its colour; no prefix at all if not `shown`."""

    def __init__(self, names: Sequence[str], *, colour: bool, shown: bool = True) -> None:
        self._width = max(len(name) for name in (*names, PROCRUN))
        self._colours = {name: _PALETTE[i % len(_PALETTE)] for i, name in enumerate(names)}
        self._colour = colour
        self._shown = shown

    @property
    def width(self) -> int:
        """Columns that a prefix takes without its time."""
        return self._width + 3 if self._shown else 0

    def render(self, name: str, stamp: str) -> bytes:
        """The prefix of a line of `name`; `stamp` is the time as text, "" for none."""
        if not self._shown:
            return b""
        text = f"{stamp} {name:{self._width}} | " if stamp else f"{name:{self._width}} | "
        if self._colour:
            text = f"\x1b[{self._colour_of(name)}m{text}\x1b[0m"
        return text.encode()

    def _colour_of(self, name: str) -> int:
        if name == PROCRUN:
            return _OWN
        # A dyno that comes later gets the next one.
        return self._colours.setdefault(name, _PALETTE[len(self._colours) % len(_PALETTE)])


class TerminalFormat:
    """Lays the chunks of many dynos under each other, so that no two share a line.

    `prefix_of(name, when)` gives the bytes before each line. `screen` says whether it is shown on
    one: then a carriage return is followed by the prefix again, which it would overwrite, and
    sequences that do more than colours are left out.
    """

    def __init__(self, prefix_of: Callable[[str, float], bytes], *, screen: bool) -> None:
        self._prefix_of = prefix_of
        self._screen = screen
        self._held: dict[str, bytes] = {}  # the begun sequence at the end of what each wrote
        self._open = ""  # whose line is open at the end of the screen
        self._dangling = b""  # the colours in force at the end of that line

    def begin(self, _when: float) -> list[Piece]:
        """The pieces that begin the log: none."""
        return []

    def render(self, chunk: Chunk) -> list[Piece]:
        """The pieces to write, in order; together they may leave a line open."""
        name = PROCRUN if chunk.source == PLATFORM and chunk.dyno != ROUTER else chunk.dyno
        data = _named(chunk) if chunk.state else chunk.data
        if self._screen and (b"\x1b" in data or name in self._held):
            data = self._tame(name, data)
            if not data:
                return []
        prefix = self._prefix_of(name, chunk.when)
        pieces: list[Piece] = [] if self._open == name else [self._end_line(), prefix]
        if self._dangling or b"\x1b" in data:
            data = self._close_colours(data)
        whole = data[-1:] == b"\n"
        if prefix:
            before = len(data)
            data = data.replace(b"\n", b"\n" + prefix)
            chunk.lines = (len(data) - before) // len(prefix)
            if self._screen and b"\r" in data:
                data = _redraw(data, prefix)
        pieces.append(memoryview(data)[: -len(prefix)] if whole and prefix else data)
        self._open = "" if whole else name
        return pieces

    def _tame(self, name: str, data: bytes) -> bytes:
        from procrun.core.sequences import tame  # `re` only when there is something to tame

        shown, held = tame(self._held.pop(name, b"") + data)
        if held:
            self._held[name] = held
        return shown

    def disturbed(self) -> None:
        """Somebody else wrote on the screen, as the terminal does at Ctrl-C: begin a new line."""
        self._open = self._open or "^C"

    def end(self, _when: float) -> list[Piece]:
        """The pieces that end the log."""
        return [self._end_line()]

    def _end_line(self) -> bytes:
        """What ends the line that is open, b"" if none is."""
        if not self._open:
            return b""
        reset = b"\x1b[0m" if self._dangling else b""
        self._open, self._dangling = "", b""
        return reset + b"\n"

    def _close_colours(self, data: bytes) -> bytes:
        from procrun.core import colour  # `re` only when there is a colour

        before = self._dangling
        line = before + data if b"\n" not in data else data[data.rfind(b"\n") + 1 :]
        self._dangling = colour.left_open(line)
        return colour.close(before + data)[len(before) :]


def _named(chunk: Chunk) -> bytes:
    """A line about a dyno, which names it as Heroku's do not: on the terminal nothing else does."""
    name = chunk.dyno.encode()
    return chunk.data if chunk.data.startswith(name) else name + b": " + chunk.data


def _redraw(data: bytes, prefix: bytes) -> bytes:
    """A lone carriage return goes back to the start of the text, not of the prefix.

    The same where it is followed by "erase the whole line", as many progress bars do.
    """
    again = b"\r" + prefix
    data = data.replace(b"\r", again).replace(again + b"\n", b"\r\n")
    return data.replace(again + _ERASE_LINE, b"\r" + _ERASE_LINE + prefix)
