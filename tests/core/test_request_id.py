"""Which request ids of clients are kept, and what new ones look like."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.request_id import acceptable, fresh


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [
        (b"", False),
        (b"a" * 19, False),
        (b"a" * 20, True),
        (b"a" * 200, True),
        (b"a" * 201, False),
        (b"a" * 29 + b"_", False),
        (b"a" * 29 + b".", False),
        (b"a" * 29 + b" ", False),
        (b"a" * 29 + b"\n", False),
        (b"a" * 29 + b"\xe9", False),
        (b"AZaz09+/=-AZaz09+/=-", True),
        (b"2e97c191-3b3f-2d41-7cf1-d30e9a7b34c5", True),
    ],
)
def test_an_id_is_kept_by_its_length_and_letters(given_id: bytes, *, kept: bool) -> None:
    """20 to 200 of a few."""
    assert acceptable(given_id) is kept


@given(st.integers(0, 2**128 - 1))
def test_a_new_one_is_a_uuid_that_would_be_kept(number: int) -> None:
    """Of random bits."""
    made = uuid.UUID(fresh(number).decode())

    assert (made.version, made.variant) == (4, uuid.RFC_4122)
    assert str(made).encode() == fresh(number)
    assert acceptable(fresh(number))
