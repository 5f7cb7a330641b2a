"""When a dyno has run for a day."""

from __future__ import annotations

import pytest

from procrun.core.cycle import next_cycle


@pytest.mark.parametrize(("chance", "hours"), [(0.0, 24.0), (0.5, 25.8), (1.0, 27.6)])
def test_a_dyno_lives_for_a_day_and_a_bit(chance: float, hours: float) -> None:
    """Up to 216 minutes more, so that not all restart at once."""
    assert next_cycle(chance) == pytest.approx(hours * 3600)
