"""When a dyno is restarted because it has run for a day."""

from __future__ import annotations

_DAY = 24 * 3600.0  # seconds
_SPREAD = 216 * 60.0  # seconds, at most, that come on top: not all at once


def next_cycle(chance: float) -> float:
    """Seconds after its start; `chance`, from 0 to 1, is by how much it is later than a day."""
    return _DAY + chance * _SPREAD
