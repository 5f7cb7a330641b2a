"""Bytes in, whole lines out: nothing lost, added or reordered, however it is cut."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.lines import LONGEST, Lines

TEXTS = st.binary(max_size=200) | st.lists(st.sampled_from([b"\n", b"a", b"\r\n", b"\xff"])).map(
    b"".join
)


@st.composite
def texts_in_pieces(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Any bytes, and the same bytes cut anywhere."""
    text = draw(TEXTS)
    places = draw(st.lists(st.integers(0, len(text)), max_size=20))
    ends = [0, *sorted(places), len(text)]
    return text, [text[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize(
    ("pieces", "passed_on", "held"),
    [
        pytest.param([b"one\n"], [b"one\n"], b"", id="a line"),
        pytest.param([b"\n"], [b"\n"], b"", id="an empty line"),
        pytest.param([b"one\ntwo\n"], [b"one\ntwo\n"], b"", id="two lines"),
        pytest.param([b"one"], [b""], b"one", id="no line yet"),
        pytest.param([b"on", b"e", b"\n"], [b"", b"", b"one\n"], b"", id="a line in parts"),
        pytest.param([b"one\ntw", b"o\n"], [b"one\n", b"two\n"], b"", id="a line and a half"),
        pytest.param([b"a", b"b\nc\nd"], [b"", b"ab\nc\n"], b"d", id="an end and a beginning"),
        pytest.param([b"a\r", b"\nb"], [b"", b"a\r\n"], b"b", id="CRLF is not touched"),
        pytest.param([b"a\v\f\x85\xe2\x80\xa8"], [b""], b"a\v\f\x85\xe2\x80\xa8", id="one end"),
        pytest.param([b""], [b""], b"", id="nothing"),
    ],
)
def test_whole_lines_are_passed_on(
    pieces: list[bytes], passed_on: list[bytes], held: bytes
) -> None:
    """What is open is held back until its end comes; only LF ends a line."""
    lines = Lines()

    assert [lines.feed(piece) for piece in pieces] == passed_on
    assert lines.open == bool(held)
    assert lines.take() == held
    assert not lines.open


@given(texts_in_pieces())
def test_any_cut_of_any_bytes_gives_the_same_lines(case: tuple[bytes, list[bytes]]) -> None:
    """All that is whole comes out, and only that."""
    text, pieces = case
    lines = Lines()
    whole = b"".join(lines.feed(piece) for piece in pieces)

    end = text.rfind(b"\n") + 1
    assert whole == text[:end]
    assert lines.take() == text[end:]


@given(texts_in_pieces(), st.integers(0, 20))
def test_nothing_is_lost_and_little_is_held(case: tuple[bytes, list[bytes]], longest: int) -> None:
    """What comes out ends in a newline, unless the line is too long to be held."""
    text, pieces = case
    lines = Lines(longest)
    came_out = b""
    went_in = 0
    for piece in pieces:
        went_in += len(piece)
        passed_on = lines.feed(piece)
        came_out += passed_on
        assert text.startswith(came_out)
        assert b"\n" not in text[len(came_out) : went_in]
        if passed_on and not passed_on.endswith(b"\n"):
            assert b"\n" not in passed_on
            assert len(passed_on) > longest
            assert not lines.open
        elif b"\n" not in piece:
            assert went_in - len(came_out) <= longest

    assert came_out + lines.take() == text


@given(st.lists(TEXTS | st.none(), max_size=10))
def test_taking_the_open_line_loses_nothing(pieces: list[bytes | None]) -> None:
    """It can be taken at any moment (None); what follows of it comes in its turn."""
    lines = Lines()
    came_out = [lines.take() if piece is None else lines.feed(piece) for piece in pieces]

    assert b"".join(came_out) + lines.take() == b"".join(piece or b"" for piece in pieces)


def test_a_line_without_an_end_takes_little_memory_and_little_time() -> None:
    """64 MB in pieces of 64 KiB; quadratic joining would take minutes."""
    piece = b"x" * (64 * 1024)
    lines = Lines()
    came_out = 0
    tracemalloc.start()
    for _ in range(1024):
        came_out += len(lines.feed(piece))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert came_out + len(lines.take()) == 1024 * len(piece)
    assert peak < 4 * LONGEST
