"""What Heroku says and does about a dyno's memory: R14 and R15."""

from __future__ import annotations

from procrun.core.wording_heroku import KILLING
from procrun.value import Value

MB = 1024 * 1024
PERIOD = 20.0  # seconds between two looks
_VASTLY = 2  # times the quota


class Judgement(Value):
    """What is said, and whether the dyno is killed."""

    lines: tuple[str, ...] = ()
    kills: bool = False


FINE = Judgement()


def judge(used: int, quota: int) -> Judgement:
    """Of a dyno that uses so many bytes, and may use that many."""
    if used <= quota:
        return FINE
    running = f"Process running mem={used // MB}M({used / quota:.1%})"
    if used < _VASTLY * quota:
        return Judgement((running, "Error R14 (Memory quota exceeded)"))
    vastly = "Error R15 (Memory quota vastly exceeded)"
    return Judgement((running, vastly, KILLING), kills=True)
