"""How long a crashed process rests."""

from __future__ import annotations

import pytest

from procrun.core.restart import (
    HEALTHY,
    LONGEST,
    cool_off,
    cool_off_as_heroku,
    crashes_in_a_row,
    starts_again,
)


def test_the_cool_off_doubles_up_to_a_minute() -> None:
    """The first crashes cost little, many in a row a minute each."""
    assert [cool_off(crashes) for crashes in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_cool_off_stays_at_a_minute_for_ever() -> None:
    """A process that has crashed for a year does not overflow anything."""
    assert cool_off(10**9) == LONGEST


def test_the_cool_off_of_heroku_is_none_at_first() -> None:
    """Its minutes as seconds, and no more than the longest."""
    assert [cool_off_as_heroku(n) for n in range(1, 8)] == [0, 20, 40, 60, 180, 320, 320]
    assert cool_off_as_heroku(10**9) == 320


def test_what_does_not_rest_starts_at_once() -> None:
    """Nobody counts to 0 ms."""
    assert [starts_again(0), starts_again(20)] == ["starts again at once", "starts again in 20 s"]


@pytest.mark.parametrize(
    ("before", "uptime", "crashes"),
    [
        pytest.param(0, 0.1, 1, id="the first"),
        pytest.param(3, 0.1, 4, id="one more"),
        pytest.param(3, HEALTHY - 0.1, 4, id="not yet healthy"),
        pytest.param(3, HEALTHY, 1, id="healthy for a minute"),
    ],
)
def test_a_minute_of_health_forgets_earlier_crashes(
    before: int, uptime: float, crashes: int
) -> None:
    """A crash after a minute of uptime counts as the first."""
    assert crashes_in_a_row(before, uptime) == crashes


def test_what_counts_as_health_may_be_less() -> None:
    """Where time goes faster."""
    assert crashes_in_a_row(3, 3, healthy=3) == 1
    assert crashes_in_a_row(3, 2.9, healthy=3) == 4
