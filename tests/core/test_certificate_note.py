"""A note tells whether its certificate is still good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.certificate_note import DAY, Note, split

NOTE = Note(1000, 1000 + 100 * DAY, "a1", "c1")
REST = b"-----BEGIN CERTIFICATE-----\n"


def test_a_note_comes_back_as_it_was() -> None:
    """With what follows it."""
    assert split(NOTE.encode() + REST) == (NOTE, REST)


@pytest.mark.parametrize(
    ("now", "authority", "content", "expected"),
    [
        (1000, "a1", "c1", True),
        (999, "a1", "c1", False),
        (1000 + 69 * DAY, "a1", "c1", True),
        (1000 + 70 * DAY, "a1", "c1", False),
        (1000, "a2", "c1", False),
        (1000, "a1", "c2", False),
    ],
    ids=["good", "from the future", "old", "near its end", "of another authority", "damaged"],
)
def test_it_holds(now: float, authority: str, content: str, *, expected: bool) -> None:
    """Only in its time, under its authority, and undamaged."""
    assert NOTE.holds(now, authority, content) is expected


@given(st.binary() | st.binary().map(lambda rest: b"procrun 1 " + rest))
def test_garbage_is_no_note(content: bytes) -> None:
    """Or one that says what it says."""
    note, rest = split(content)

    assert content.endswith(rest)
    if note is not None:
        assert split(note.encode())[0] == note


@pytest.mark.parametrize("line", [b"", b"procrun 1 ", b"procrun 1 x y z w", b"procrun 2 1 2 a b"])
def test_a_line_of_another_kind_is_no_note(line: bytes) -> None:
    """Nor one that was cut short."""
    assert split(line + b"\n") == (None, b"")
