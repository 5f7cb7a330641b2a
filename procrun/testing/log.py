"""Lines of an app's log, as tests look at them."""

from __future__ import annotations

import re

from procrun.core.commands import means

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from procrun.core.log import Chunk

    _Begun = dict[tuple[str, str], tuple[bytes, Chunk]]  # of each source and dyno the open line


class LogLine(str):
    """The text of a line, without its end; what is no UTF-8 is U+FFFD."""

    __slots__ = ("dyno", "source", "when")

    dyno: str  # "web.1", or "procrun" for what concerns no single dyno
    source: str  # "app", or "heroku" for what procrun itself says
    when: float  # seconds since the epoch

    @classmethod
    def of(cls, text: bytes, chunk: Chunk) -> LogLine:
        """A line that ended in that chunk."""
        line = cls(text.decode(errors="replace").removesuffix("\r"))
        line.dyno, line.source, line.when = chunk.dyno, chunk.source, chunk.when
        return line

    def is_of(self, process: str | None = None, source: str | None = None) -> bool:
        """Whether that dyno, or one of that type, wrote it, and it is of that source."""
        named = process is None or means(process, self.dyno)
        return named and source in (None, self.source)

    @property
    def shown(self) -> str:
        """With the name of its dyno in front."""
        return f"{self.dyno} | {self}"


class Log(tuple[LogLine, ...]):
    """Lines, oldest first. `text in log` says whether a line has that text in it."""

    __slots__ = ()

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and any(text in str(line) for line in self)

    def __str__(self) -> str:
        return "\n".join(self)

    def __repr__(self) -> str:
        lines = "line" if len(self) == 1 else "lines"
        return f"<{len(self)} {lines} of log>\n{self.shown}"

    @property
    def shown(self) -> str:
        """One line below the other, with the names of their dynos in front."""
        return "\n".join(line.shown for line in self)

    def only(self, process: str | None, source: str | None, since: float | None) -> Log:
        """The lines of a dyno or a type, of a source, since then; None means any."""
        kept = (line for line in self if line.is_of(process, source))
        return Log(line for line in kept if since is None or line.when >= since)

    def of(self, dynos: Collection[str]) -> Log:
        """The lines of these dynos."""
        return Log(line for line in self if line.dyno in dynos)

    def matching(self, regex: str) -> Log:
        """The lines in which the regular expression is found."""
        return Log(line for line in self if re.search(regex, line))

    def last(self, lines: int) -> Log:
        """The last so many of them."""
        return Log(self[max(0, len(self) - lines) :])


def lines_of(chunks: Iterable[Chunk]) -> Iterator[LogLine]:
    """The lines of some chunks, each when its end has come; at last those that have none.

    procrun's own lines about a dyno do not end a line of it.
    """
    begun: _Begun = {}
    yield from _ended_lines(chunks, begun)
    for rest, chunk in begun.values():
        yield LogLine.of(rest, chunk)


def ended_lines_of(chunks: Iterable[Chunk]) -> Iterator[LogLine]:
    """The same without those that have no end yet."""
    return _ended_lines(chunks, {})


def _ended_lines(chunks: Iterable[Chunk], begun: _Begun) -> Iterator[LogLine]:
    for chunk in chunks:
        key = chunk.source, chunk.dyno
        before, _ = begun.pop(key, (b"", chunk))
        *whole, rest = (before + chunk.data).split(b"\n")
        for line in whole:
            yield LogLine.of(line, chunk)
        if rest:
            begun[key] = rest, chunk
