"""The line that a program's output ends in, on a small terminal of the test's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.open_line import OpenLine

COLUMNS = 10
LETTERS = st.text(st.sampled_from("abc \r\b\t"), max_size=60)


def after(*written: bytes) -> OpenLine:
    """The line after some output."""
    line = OpenLine()
    for part in written:
        line.feed(part)
    return line


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (b"", b""),
        (b"one\r\n", b""),
        (b"one\r\n(Pdb) ", b"(Pdb) "),
        (b"one\r\n\r\n(Pdb) p\x08 \x08", b"(Pdb) p\x08 \x08"),
        (b"old\x1b[H\x1b[2J(Pdb) ", b"(Pdb) "),
        (b"old\x1b[2J\x1b[1;1H(Pdb) ", b"(Pdb) "),
        (b"old\x1bc", b""),
    ],
)
def test_the_open_line_is_kept(written: bytes, kept: bytes) -> None:
    """From where it begins: after a newline, or on a screen that was cleared."""
    assert after(written).written == kept
    assert after(*(bytes((byte,)) for byte in written)).written == kept


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        (b"short", 0),
        (b"0123456789", 0),  # the terminal waits with wrapping
        (b"0123456789a", 1),
        (b"0123456789" * 3 + b"a", 3),
        (b"\x1b[31m01234\x1b[0m56789", 0),
        (b"\x1b]0;a long title\x0701234", 0),
        ("äöü".encode() * 3 + b"1", 0),
        ("漢字".encode() * 2 + b"12", 0),
        ("漢字".encode() * 2 + "1漢".encode(), 1),
        (b"e\xcc\x81" * 10, 0),
        (b"0123456789a\r", 1),
        (b"0123456789a\x1b[A", 0),
        (b"01\t5\t", 0),
        (b"01\t5678\t", 1),
        (b"0123456789a\x08\x08\x08\x08", 1),
        (b"\x1b[9Cab", 1),
        (b"01234\x1b[5D0123456789", 0),
        (b"01234\x1b[1G0123456789", 0),
        (b"\xff\xfe", 0),
        (b"\x1b[999999999999999Ca", 0),
    ],
    ids=repr,
)
def test_a_line_is_erased_from_its_first_row(written: bytes, rows: int) -> None:
    """However many rows it has, and whatever in it takes no room."""
    up = b"\x1b[%dA" % rows if rows else b""

    assert after(written).erase(COLUMNS) == b"\r" + up + b"\x1b[J"


def test_nothing_is_erased_where_there_is_no_line() -> None:
    """Other lines cost nothing then."""
    assert after(b"one\r\n").erase(COLUMNS) == b""


def test_of_a_progress_bar_its_last_state_is_kept() -> None:
    """It may go on for ever without a newline."""
    line = OpenLine()
    for number in range(10_000):
        line.feed(b"\r%d %%" % number)

    assert line.written.endswith(b"\r9999 %")
    assert len(line.written) < 20_000


def test_a_line_that_is_too_long_is_ended() -> None:
    """It would be written again and again; the next one is as any other."""
    line = OpenLine()
    for _ in range(1000):
        line.feed(b"x" * 1000)

    assert line.written == b""
    assert line.erase(COLUMNS) == b"\r\n"
    assert line.erase(COLUMNS) == b""
    line.feed(b"y\r\nprompt")
    assert line.written == b"prompt"


@given(LETTERS)
def test_the_rows_are_those_of_a_terminal(text: str) -> None:
    """Of one that does what they all do, character by character."""
    row, column = 0, 0
    for character in text:
        if character == "\r":
            column = 0
        elif character == "\b":
            column = max(0, min(column, COLUMNS - 1) - 1)
        elif character == "\t":
            column = min(COLUMNS - 1, column + 8 - column % 8)
        else:
            row, column = (row + 1, 1) if column == COLUMNS else (row, column + 1)
    erased = after(text.encode()).erase(COLUMNS)

    found = re.search(rb"\x1b\[(\d+)A", erased)
    assert int(found[1] if found else 0) == row


@given(st.binary(), st.integers(0, 300))
def test_no_bytes_raise(written: bytes, columns: int) -> None:
    """A program may write what it likes."""
    after(written).erase(columns)
