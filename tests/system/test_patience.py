"""What takes too long is broken off."""

from __future__ import annotations

import re
import signal

import pytest

from procrun.system.patience import OutOfPatienceError, within


def test_what_is_computed_in_time_comes_back() -> None:
    """As if it had been computed without."""
    assert within(60, lambda: 3) == 3


def test_a_search_that_would_take_years_is_broken_off() -> None:
    """It is C code all the time."""
    with pytest.raises(OutOfPatienceError):
        within(0.01, lambda: re.search(r"(a+)+$", "a" * 100 + "b"))


def test_whose_alarm_there_was_has_it_again() -> None:
    """With its handler, and blocked as it was."""
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _frame: rung.append(number))
    timer = signal.setitimer(signal.ITIMER_REAL, 1000)
    handler = signal.getsignal(signal.SIGALRM)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGALRM,))
    try:
        with pytest.raises(OutOfPatienceError):
            within(0.01, lambda: re.search(r"(a+)+$", "a" * 100 + "b"))
        after = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        left = signal.getitimer(signal.ITIMER_REAL)[0]
        found = signal.getsignal(signal.SIGALRM)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGALRM, before)

    assert found is handler
    assert signal.SIGALRM in after
    assert left > 500
    assert rung == []
