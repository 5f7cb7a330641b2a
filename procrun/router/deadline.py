"""One moment by which something must have happened, moved on at every sign of life."""

from __future__ import annotations

from math import inf
from time import monotonic  # the loop's clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_TOLERANCE = 0.001  # seconds; a timer of the loop may ring so much too soon


class Deadline:
    """Calls `expired` once the time that was set last is over.

    Setting it costs next to nothing, as the timer behind it is moved only when it rings.
    """

    __slots__ = ("_at", "_expired", "_loop", "_rings", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._at = inf
        self._rings = inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """So much from now on."""
        self._at = at = monotonic() + seconds
        if at < self._rings:
            self._arm()

    def clear(self) -> None:
        """Never, until it is set again."""
        self._at = inf

    def close(self) -> None:
        """Never any more."""
        self._at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = self._at
        self._timer = self._loop.call_at(self._at, self._ring)

    def _ring(self) -> None:
        self._timer, self._rings = None, inf
        if self._at == inf:
            return
        if self._at > monotonic() + _TOLERANCE:
            self._arm()
        else:
            self._at = inf
            self._expired()
