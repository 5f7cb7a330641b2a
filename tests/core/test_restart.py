"""How long a crashed process rests."""

from __future__ import annotations

import pytest

from procrun.core.restart import HEALTHY, LONGEST, cool_off, crashes_in_a_row


def test_the_cool_off_doubles_up_to_a_minute() -> None:
    """The first crashes cost little, many in a row a minute each."""
    assert [cool_off(crashes) for crashes in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_cool_off_stays_at_a_minute_for_ever() -> None:
    """A process that has crashed for a year does not overflow anything."""
    assert cool_off(10**9) == LONGEST


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
