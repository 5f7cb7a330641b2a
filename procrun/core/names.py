"""What a process type may be called, and the names of dynos: `web.1`, `run.4821`."""

from __future__ import annotations

from procrun.core.text import excerpt, whole_number
from procrun.errors import ProcrunError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WEB = "web"  # the process type that is asked over HTTP
RELEASE = "release"  # the release phase: a command of the Procfile that is never a service

MOST_ONE_OFFS = 9999  # Heroku's numbers of one-off dynos have four digits at most
LONGEST = 128  # characters, as in Heroku's platform API
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def is_process_type(name: str) -> bool:
    """Whether Heroku's platform API would take the name: `[A-Za-z0-9_-]{1,128}`."""
    return 0 < len(name) <= LONGEST and _LETTERS.issuperset(name)


class DynoName(Value):
    """The name of one running copy of a process type; sorts by type, then by number."""

    type: str
    number: int  # from 1

    @classmethod
    def parse(cls, text: str) -> DynoName:
        """`web.1` as a name; ProcrunError for anything that would not print as it was typed."""
        process_type, _, digits = text.rpartition(".")
        name = cls(process_type, whole_number(digits) or 0)
        if str(name) != text or not name.number or not is_process_type(process_type):
            message = f"{excerpt(text)} is not the name of a dyno"
            raise ProcrunError(message, "Write TYPE.NUMBER, such as web.1.")
        return name

    def __str__(self) -> str:
        return f"{self.type}.{self.number}"

    def __lt__(self, other: DynoName) -> bool:
        return (self.type, self.number) < (other.type, other.number)


def one_off(process_type: str, drawn: int) -> DynoName:
    """The name of a one-off dyno, `run.4711`, by a number drawn from many more than there are."""
    return DynoName(process_type, drawn % MOST_ONE_OFFS + 1)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, whatever its case; None when nothing is near."""
    from difflib import get_close_matches  # costs an import of re, which only a mistake pays

    spellings = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), spellings, n=1)
    return spellings[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean web? ` with its blank, for the front of a hint; "" when nothing is near."""
    near = closest(word, known)
    return f"Did you mean {near}? " if near else ""
