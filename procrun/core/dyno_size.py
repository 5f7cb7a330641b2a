"""The sizes of dynos: their memory and their processor cores."""

from __future__ import annotations

from procrun.value import Value


class DynoSize(Value):
    """What a dyno of a size has."""

    memory: int  # MB
    cores: int


SMALLEST = "eco"  # the cheapest, too
SIZES = {
    **dict.fromkeys((SMALLEST, "basic", "standard-1x"), DynoSize(512, 8)),
    **dict.fromkeys(("standard-2x", "private-s", "shield-s"), DynoSize(1024, 8)),
    **dict.fromkeys(("performance-m", "private-m", "shield-m"), DynoSize(2560, 2)),
    **dict.fromkeys(("performance-l", "private-l", "shield-l"), DynoSize(14336, 8)),
    "performance-l-ram": DynoSize(30720, 4),
    "performance-xl": DynoSize(63488, 8),
    "performance-2xl": DynoSize(129024, 16),
}


def shown(size: str) -> str:
    """A size as Heroku writes it: `Standard-2X`."""
    first, *more = size.split("-")
    return "-".join((first.capitalize(), *(part.upper() for part in more)))


def without_size(change: str) -> tuple[str, str]:
    """`web=3:Standard-2X` as `web=3` and the size, "" where there is none."""
    before, _, size = change.partition(":")
    return before, size
