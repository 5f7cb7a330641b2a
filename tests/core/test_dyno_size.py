"""The sizes of dynos, and how they are written."""

from __future__ import annotations

import pytest

from procrun.core.dyno_size import SIZES, shown, without_size


def test_a_size_is_written_as_heroku_does() -> None:
    """As its pages and its command have it."""
    sizes = ["eco", "standard-2x", "performance-l-ram", "private-s"]

    assert [shown(size) for size in sizes] == [
        "Eco",
        "Standard-2X",
        "Performance-L-RAM",
        "Private-S",
    ]
    assert {shown(size).lower() for size in SIZES} == set(SIZES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("web=2", ("web=2", "")),
        ("web=2:Standard-2X", ("web=2", "Standard-2X")),
        ("worker+1:hobby", ("worker+1", "hobby")),
        ("web=2:", ("web=2", "")),
    ],
)
def test_a_size_is_taken_off_a_change(change: str, expected: tuple[str, str]) -> None:
    """Be it one of today or not."""
    assert without_size(change) == expected
