"""What computes for too long is broken off, be it C code that knows no other way to be stopped."""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


class OutOfPatienceError(Exception):
    """It has taken too long."""


def within(seconds: float, compute: Callable[[], T]) -> T:
    """What is computed. OutOfPatienceError if that takes longer; for the main thread only.

    By an alarm whose handler raises: `re` calls handlers every few thousand steps, where it would
    else search for years. Whose alarm there was has it again, later by what this took.
    """
    alarm = _Alarm()
    handler = signal.signal(signal.SIGALRM, alarm.ring)
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM,))
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            return compute()
        finally:
            alarm.is_set = False  # it may ring from now on, for nobody
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGALRM, handler)


class _Alarm:
    """Rings once."""

    def __init__(self) -> None:
        self.is_set = True

    def ring(self, _number: int, _frame: object) -> None:
        if self.is_set:
            self.is_set = False
            raise OutOfPatienceError
