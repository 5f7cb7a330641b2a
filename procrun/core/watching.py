"""What is to be made of notices that files changed: one burst, one restart, no endless loop."""

from __future__ import annotations

from enum import Enum

from procrun.core.globs import Globs
from procrun.core.text import one_line
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

QUIET = 0.06  # seconds without a further change after which a burst is over
LONGEST = 0.3  # seconds after the first change at which it is over anyway
_AT_THE_START = 2.0  # seconds in which a dyno that has just started is suspected of a change
_ENOUGH = 3  # restarts in a row by the same file that were probably our own doing
# Seconds after a start at which the next ones follow. Between the two somebody who goes on saving
# does so at a moment when no start is near.
_LATER = (2.0, 4.0)


class What(Enum):
    """What happened to a file or a folder."""

    CREATED = "created"  # what was not there before
    CHANGED = "changed"
    GONE = "gone"
    FOLDER = "a folder appeared"
    FOLDER_GONE = "a folder is gone, or is none to watch"
    FOLDER_MOVED = "a folder went elsewhere, with all that is in it"
    RULES = "what git ignores changed"
    LOCK = "git is done, or has begun"
    INPUT = "a file that procrun itself has read changed"
    ROOT = "the root itself is gone"
    LOST = "there was too much to tell"


class Burst:
    """The notices of one moment, from the first to the quiet after the last."""

    def __init__(self, now: float) -> None:
        self.first: dict[str, What] = {}  # what happened first to each path
        self.reopen(now)

    def reopen(self, now: float) -> None:
        """Begin to wait for its end anew."""
        self._over = now + LONGEST
        self._quiet = now + QUIET

    def wait(self, now: float) -> None:
        """More is likely to come soon."""
        self._quiet = now + QUIET

    def add(self, path: str, what: What, now: float) -> None:
        """Take one more notice."""
        self.first.setdefault(path, what)
        self.wait(now)

    def left(self, now: float) -> float:
        """Seconds until it is over unless more comes; 0 or less when it is."""
        return min(self._quiet, self._over) - now

    def of(self, *kinds: What) -> list[str]:
        """The paths to which one of these happened first."""
        return [path for path, what in self.first.items() if what in kinds]

    def take(self, *kinds: What) -> dict[str, What]:
        """The same with what it was; it is no longer part of the burst."""
        return {path: self.first.pop(path) for path in self.of(*kinds)}


class Edits(Value):
    """What a burst comes to: files that are really different, relative to the root."""

    sources: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()  # absolute
    many: bool = False  # and more, nobody knows which


class Affected:
    """Which process types a change of sources is for. Types without globs of their own share."""

    def __init__(
        self, general: Iterable[str], own: Mapping[str, Iterable[str]], sources: Sequence[str]
    ) -> None:
        self._general = any(map(Globs(general).match, sources))
        self._own = {name: any(map(Globs(globs).match, sources)) for name, globs in own.items()}

    def __call__(self, process_type: str) -> bool:
        """Whether it is for this one."""
        return self._own.get(process_type, self._general)


class Suspicion:
    """Finds the files that the dynos themselves write whenever they start.

    Such a file would restart them for ever. What changes while a dyno has just started may still
    be the user's, so only after several starts in a row the next restarts for it come later and
    later, which nobody who goes on saving can keep in step with, and none is left out before those
    were in vain, too. What changes when no start is near is always the user's. Times are in
    seconds, of one clock.
    """

    def __init__(self) -> None:
        self._start = 0.0  # the newest that something changed after
        self._since: set[str] = set()  # what changed since then
        self._in_a_row: dict[str, int] = {}  # after how many starts each did
        self._ignored: set[str] = set()
        self._news: list[str] = []

    def cleared(self, sources: Sequence[str], start: float, now: float) -> tuple[str, ...]:
        """Those to restart for at once; `start` is that of the youngest dyno."""
        if now - start >= _AT_THE_START:
            self._in_a_row.clear()
            self._ignored.difference_update(sources)
            return tuple(sources)
        if start != self._start:
            self._in_a_row = {each: self._in_a_row.get(each, 0) for each in self._since}
            self._start, self._since = start, set()
        for source in sources:
            if source not in self._since:
                self._since.add(source)
                self._count(source)
        return tuple(
            source
            for source in sources
            if source not in self._ignored and self._in_a_row.get(source, 0) <= _ENOUGH
        )

    def postponed(self, sources: Sequence[str]) -> dict[str, float]:
        """Those of the others for which to restart later, each with when."""
        times = {source: self._in_a_row.get(source, 0) for source in sources}
        return {
            source: self._start + _LATER[number - _ENOUGH - 1]
            for source, number in times.items()
            if number > _ENOUGH and source not in self._ignored
        }

    def news(self) -> list[str]:
        """What is ignored while a dyno starts, if this was not asked for before."""
        news, self._news = self._news, []
        return news

    def _count(self, source: str) -> None:
        number = self._in_a_row[source] = self._in_a_row.get(source, 0) + 1
        if number > _ENOUGH + len(_LATER) and source not in self._ignored:
            self._ignored.add(source)
            self._news.append(source)


def in_words(edits: Edits, sources: Sequence[str]) -> str:
    """`app/views.py changed`, `app/views.py and 12 more changed`."""
    if not sources:
        return "many files changed"
    more = f" and {len(sources) - 1} more" if sources[1:] else ""
    return f"{one_line(sources[0])}{' and many more' if edits.many else more} changed"


def listed(names: Collection[str], most: int = 8) -> str:
    """Names with commas; of very many only the first ones."""
    shown = list(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return f"{', '.join(shown[:most])}{more}"
