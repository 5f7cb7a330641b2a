"""Durations in words."""

from __future__ import annotations

import pytest

from procrun.core.duration import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0204, "20 ms"),
        (0.0994, "99 ms"),
        (0.0999, "0.1 s"),
        (0.1, "0.1 s"),
        (0.25, "0.2 s"),
        (2.0, "2 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (10, "10 s"),
        (10.4, "10 s"),
        (12.3, "12 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (185.2, "3 min 5 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (7800, "2 h 10 min"),
        (7859, "2 h 10 min"),
        (90_000, "25 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, words: str) -> None:
    """As exact as people need it, and no unit that is nought."""
    assert duration(seconds) == words
