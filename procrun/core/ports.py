"""Which port a dyno listens on: foreman's numbers, a hundred to each process type."""

from __future__ import annotations

from procrun.core.text import excerpt, whole_number
from procrun.errors import ConfigError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.procfile import ProcessType

DEFAULT_BASE = 5000
STEP = 100  # from a type's first port to the next type's
HIGHEST = 65535


def parse_port(text: str, where: str) -> int:
    """A port from 0 (the system picks a free one) to 65535; ConfigError that says where it is."""
    number = whole_number(text)
    if number is None or number > HIGHEST:
        remedy = f"A port is a whole number from 0 to {HIGHEST}; 0 picks free ones."
        raise ConfigError([Problem(where, f"{excerpt(text)} is not a port", remedy)])
    return number


def port(base: int, process: ProcessType, number: int) -> int:
    """The port of a type's dyno, from 1: the same whichever types are selected.

    ConfigError when it is above 65535. With a base of 0 there is nothing to compute: the caller
    asks the system for free ports.
    """
    chosen = base + STEP * process.index + number - 1
    if chosen > HIGHEST:
        found = f"{process.name}.{number} would get port {chosen}, above {HIGHEST}"
        raise ConfigError([Problem("", found, "Choose a lower base port, with -p or as PORT.")])
    return chosen
