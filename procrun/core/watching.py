"""What is to be made of notices that files changed: one burst, one restart, no endless loop."""

from __future__ import annotations

from enum import Enum

from procrun.core.globs import Globs
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

QUIET = 0.06  # seconds without a further change after which a burst is over
LONGEST = 0.3  # seconds after the first change at which it is over anyway
_AT_THE_START = 2.0  # seconds in which a dyno that has just started is suspected of a change
_ENOUGH = 3  # restarts in a row by the same file that were probably our own doing


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


class Changed(Value):
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
    be the user's, so a file is suspect only after several times in a row; and what changes when no
    start is near is always the user's.
    """

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}
        self._suspects: set[str] = set()
        self._told: set[str] = set()

    def cleared(self, sources: Sequence[str], age: float) -> tuple[str, ...]:
        """Those that were not written by a dyno's start, `age` seconds before they changed."""
        if age >= _AT_THE_START:
            self._in_a_row.clear()
            return tuple(sources)
        self._in_a_row = {source: self._in_a_row.get(source, 0) + 1 for source in sources}
        self._suspects.update(source for source, times in self._in_a_row.items() if times > _ENOUGH)
        return tuple(source for source in sources if source not in self._suspects)

    def news(self) -> list[str]:
        """The suspects that this was not asked for before."""
        new = sorted(self._suspects - self._told)
        self._told.update(new)
        return new


def in_words(changed: Changed, sources: Sequence[str]) -> str:
    """`app/views.py changed`, `app/views.py and 12 more changed`."""
    if not sources:
        return "many files changed"
    more = f" and {len(sources) - 1} more" if sources[1:] else ""
    return f"{sources[0]}{' and many more' if changed.many else more} changed"


def listed(names: Collection[str], most: int = 8) -> str:
    """Names with commas; of very many only the first ones."""
    shown = list(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return f"{', '.join(shown[:most])}{more}"
