"""How long a process that crashed rests before it is started again."""

from __future__ import annotations

FIRST = 1.0  # seconds after the first crash; doubled with each further one
LONGEST = 60.0  # seconds
HEALTHY = 60.0  # seconds of uptime after which earlier crashes are forgotten

_DOUBLINGS = 6  # enough to reach LONGEST; more would only grow the number


def cool_off(crashes_in_a_row: int) -> float:
    """Seconds to wait after that many crashes, from 1: 1, 2, 4, 8, 16, 32, then 60."""
    return min(FIRST * 2.0 ** min(crashes_in_a_row - 1, _DOUBLINGS), LONGEST)


def crashes_in_a_row(before: int, uptime: float) -> int:
    """The count after one more crash, which ended `uptime` seconds of running."""
    return 1 if uptime >= HEALTHY else before + 1
