"""How long a process that crashed rests before it is started again."""

from __future__ import annotations

from procrun.core.duration import duration

FIRST = 1.0  # seconds after the first crash; doubled with each further one
LONGEST = 60.0  # seconds
HEALTHY = 60.0  # seconds of uptime after which earlier crashes are forgotten

_DOUBLINGS = 6  # enough to reach LONGEST; more would only grow the number
# Heroku's minutes as seconds; there it is "up to" as many.
_AS_HEROKU = (0.0, 20.0, 40.0, 60.0, 180.0, 320.0)


def cool_off(crashes_in_a_row: int) -> float:
    """Seconds to wait after that many crashes, from 1: 1, 2, 4, 8, 16, 32, then 60."""
    return min(FIRST * 2.0 ** min(crashes_in_a_row - 1, _DOUBLINGS), LONGEST)


def cool_off_as_heroku(crashes_in_a_row: int) -> float:
    """Seconds to wait after that many crashes, from 1: none, 20, 40, 60, 180, then 320."""
    return _AS_HEROKU[min(crashes_in_a_row, len(_AS_HEROKU)) - 1]


def crashes_in_a_row(before: int, uptime: float, healthy: float = HEALTHY) -> int:
    """The count after one more crash, which ended `uptime` seconds of running."""
    return 1 if uptime >= healthy else before + 1


def starts_again(seconds: float) -> str:
    """`starts again in 20 s`, or at once."""
    return f"starts again in {duration(seconds)}" if seconds else "starts again at once"
