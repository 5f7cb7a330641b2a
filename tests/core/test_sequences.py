"""What processes may do to a screen that they share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.sequences import tame

HARMLESS = [b"\x1b[m", b"\x1b[0m", b"\x1b[1;38;5;12m", b"\x1b[38:2::1:2:3m", b"\x1b[K", b"\x1b[2K"]
OTHERS = [
    b"\x1b[6n",  # where is the cursor?
    b"\x1b[c",  # what are you?
    b"\x1b[?1049h",
    b"\x1b[?25l",
    b"\x1b[?2004h",
    b"\x1b[>4;2m",  # keys as no other program wants them
    b"\x1b[2J",
    b"\x1b[H",
    b"\x1b[12;40H",
    b"\x1b[3A",
    b"\x1b[1@",
    b"\x1b]0;a title\x07",
    b"\x1b]8;;http://localhost\x1b\\",
    b"\x1b]52;c;aGk=\x07",
    b"\x1bP+q544e\x1b\\",
    b"\x1b(0",
    b"\x1b7",
    b"\x1b=",
    b"\x1bc",
    b"\x1b",
]


@pytest.mark.parametrize("sequence", HARMLESS, ids=repr)
def test_colours_and_the_rest_of_a_line_are_its_own(sequence: bytes) -> None:
    """They pass."""
    assert tame(b"a" + sequence + b"b\n") == (b"a" + sequence + b"b\n", b"")


@pytest.mark.parametrize("sequence", OTHERS, ids=repr)
def test_all_else_is_left_out(sequence: bytes) -> None:
    """Wherever it stands, and however it is divided."""
    assert tame(b"a" + sequence + b"\xc3\xa9\n") == (b"a\xc3\xa9\n", b"")
    for cut in range(1, len(sequence)):
        shown, held = tame(b"a" + sequence[:cut])
        assert shown == b"a"
        assert tame(held + sequence[cut:] + b"\xc3\xa9\n") == (b"\xc3\xa9\n", b"")


def test_backspaces_stay_where_nothing_else_moves_the_cursor() -> None:
    """Else they could lead anywhere, into the prefix for one."""
    assert tame(b"|\x08/\x08") == (b"|\x08/\x08", b"")
    assert tame(b"a\x1b[Cb\x08\x08\x08") == (b"ab", b"")


def test_what_has_no_end_is_not_waited_for() -> None:
    """It would hold up all that comes after it."""
    shown, held = tame(b"\x1b]0;" + b"x" * 5000)

    assert held == b""
    assert b"\x1b" not in shown


TEXT = "été".encode()  # whose first letter can't be the end of a sequence


@given(st.lists(st.sampled_from([*HARMLESS, *OTHERS, TEXT, b"\n", b"\r", b"\xff"])))
def test_no_line_is_lost_and_nothing_harmful_is_left(parts: list[bytes]) -> None:
    """Of any mixture."""
    data = b"".join(parts)
    shown, held = tame(data)

    assert (shown + held).count(b"\n") == data.count(b"\n")
    assert shown.count(TEXT) + held.count(TEXT) == data.count(TEXT)
    assert tame(shown) == (shown, b"")
