"""The one loop: descriptors, timers, and nothing that polls.

Two selectors watch the same descriptors, but one leaves out the *sources* (what the dynos write
to). While a slow reader holds up the log only that one is asked: signals, exits and timers go on
being served, and the kernel slows the writers down, at no cost per chunk.
"""

from __future__ import annotations

import selectors
import time

# The C module under `heapq`, whose Python is read for nothing.
from _heapq import heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Timer:
    """A call that is due at `when` (seconds of the loop's clock), unless it is cancelled."""

    __slots__ = ("_call", "_clock", "when")

    def __init__(self, when: float, call: Callable[[], None], clock: Callable[[], float]) -> None:
        self.when = when
        self._clock = clock
        self._call: Callable[[], None] | None = call

    @property
    def cancelled(self) -> bool:
        """Whether it will not be called any more."""
        return self._call is None

    @property
    def left(self) -> float:
        """Seconds until it is due, 0 if it is overdue."""
        return max(0.0, self.when - self._clock())

    def cancel(self) -> None:
        """Never call it; harmless when it was called already."""
        self._call = None

    def fire(self) -> None:
        """Call it, once."""
        call, self._call = self._call, None
        if call is not None:
            call()


class Loop:
    """Calls back when a descriptor is ready or a timer is due; runs until `stop`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self.paused = False  # sources are not read while this is so
        self.end_of_turn: Callable[[], None] = lambda: None
        self._all = selectors.DefaultSelector()
        self._without_sources = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []  # a heap; those due together in order
        self._armed = 0  # timers so far
        self._stopped = False

    def watch(
        self, fd: int, call: Callable[[], None], events: int = READ, *, source: bool = False
    ) -> None:
        """Call `call` whenever `fd` is ready for `events`, instead of what was called before."""
        self.forget(fd)
        self._all.register(fd, events, call)
        if not source:
            self._without_sources.register(fd, events, call)

    def forget(self, fd: int) -> None:
        """Stop watching `fd`; harmless if it is not watched."""
        for selector in (self._all, self._without_sources):
            if fd in selector.get_map():
                selector.unregister(fd)

    def later(self, delay: float, call: Callable[[], None]) -> Timer:
        """Call `call` after `delay` seconds."""
        timer = Timer(self.now() + delay, call, self.now)
        self._armed += 1
        heappush(self._timers, (timer.when, self._armed, timer))
        return timer

    def run(self) -> None:
        """Serve until `stop` is called, which may have been before this."""
        while not self._stopped:
            self.turn()

    def stop(self) -> None:
        """Make `run` return after this turn."""
        self._stopped = True

    def turn(self) -> None:
        """Wait for something to happen and serve all of it."""
        selector = self._without_sources if self.paused else self._all
        watched = selector.get_map()
        for key, _events in selector.select(self._until_next_timer()):
            # An earlier call of this turn may have closed it, and even opened another under its
            # number.
            if watched.get(key.fd) is key:
                key.data()
        self._fire_due_timers()
        self.end_of_turn()

    def close(self) -> None:
        """Let go of the kernel's objects; the watched descriptors stay open."""
        self._all.close()
        self._without_sources.close()

    def _until_next_timer(self) -> float | None:
        """Seconds until a timer is due; None if there is none."""
        timers = self._timers
        while timers and timers[0][2].cancelled:
            heappop(timers)
        return max(0.0, timers[0][0] - self.now()) if timers else None

    def _fire_due_timers(self) -> None:
        if not self._timers:
            return
        now = self.now()
        due = []  # first: what they arm is for the next turn
        while self._timers and self._timers[0][0] <= now:
            due.append(heappop(self._timers)[2])
        for timer in due:
            timer.fire()
