"""What processes write into the app's folder, where a dyno loses it."""

from __future__ import annotations

from enum import Enum

from procrun.core.heroku_files import TO_STANDARD_OUTPUT, is_log
from procrun.core.sources import is_pruned
from procrun.core.text import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_BESIDE_DATABASE = ("-journal", "-wal", "-shm")
_DATABASES = (".sqlite", ".sqlite3", ".db")
# What is for the process' own lifetime alone.
_PASSING = (".pid", ".lock", ".lck", ".sock", ".tmp", ".temp", ".part", ".swp", "~")
_PASSING_FOLDERS = frozenset(("tmp", "temp", "cache"))
_SCHEDULE = "celerybeat-schedule"  # which is made anew


class Written(Enum):
    """What a file is that a process has open for writing."""

    LOG = "log"
    DATABASE = "database"
    OTHER = "other"


def sorted_out(root: str, paths: Iterable[str]) -> dict[Written, list[str]]:
    """The files below the root that are lost with a dyno, from the root, by what they are."""
    found: dict[Written, list[str]] = {}
    for path in dict.fromkeys(paths):
        if path.startswith(f"{root}/"):
            below = path[len(root) + 1 :]
            for ending in _BESIDE_DATABASE:
                below = below.removesuffix(ending)
            same = found.setdefault(_kind(below), [])
            if not _is_passing(below) and below not in same:
                same.append(below)
    return {kind: files for kind, files in found.items() if files}


def in_words(kind: Written, path: str) -> tuple[str, str]:
    """What a dyno does to such a file, and the remedy."""
    shown = excerpt(path)
    if kind is Written.LOG:
        return f"writes a log to {shown}", TO_STANDARD_OUTPUT
    if kind is Written.DATABASE:
        what = f"has its database in {shown}, which a dyno loses when it restarts"
        return what, "On Heroku take a database add-on (DATABASE_URL)."
    what = f"writes to {shown}, which a dyno loses when it restarts"
    return what, "Keep it in a database or an object store."


def _kind(below: str) -> Written:
    if below.endswith(_DATABASES):
        return Written.DATABASE
    return Written.LOG if is_log(below) else Written.OTHER


def _is_passing(below: str) -> bool:
    *folders, name = below.split("/")
    unseen = any(is_pruned(folder) or folder in _PASSING_FOLDERS for folder in folders)
    return unseen or name[:1] == "." or name.endswith(_PASSING) or name.startswith(_SCHEDULE)
