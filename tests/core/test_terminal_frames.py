"""What travels between `procrun attach` and the app."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.commands import BadRequest, encode_reply, refusal
from procrun.core.terminal_frames import (
    LONGEST,
    Decoder,
    Keys,
    Last,
    Leave,
    Notice,
    Output,
    Size,
    encode,
)
from procrun.errors import ProcrunError, UsageError

if TYPE_CHECKING:
    from procrun.core.terminal_frames import Frame

CELLS = st.integers(0, 0xFFFF)
FRAMES = st.one_of(
    st.builds(Keys, st.binary()),
    st.builds(Output, st.binary()),
    st.builds(Size, CELLS, CELLS),
    st.just(Leave()),
    st.builds(Notice, st.text()),
    st.builds(Last, st.text(), st.integers(0, 255)),
)


def decoded(*parts: bytes) -> list[Frame]:
    """What comes out when the parts come in one after the other."""
    decoder = Decoder()
    return [frame for part in parts for frame in decoder.feed(part)]


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    """The bytes in pieces."""
    edges = sorted({0, len(whole), *(place % (len(whole) + 1) for place in places)})
    return [whole[start:end] for start, end in pairwise(edges)]


@given(st.lists(FRAMES), st.lists(st.integers(0, 10_000)))
def test_frames_come_out_as_they_went_in(frames: list[Frame], places: list[int]) -> None:
    """Whatever they carry, and however the bytes are cut on the way."""
    assert decoded(*cut(b"".join(map(encode, frames)), places)) == frames


@given(st.binary(), st.lists(st.integers(0, 1000)))
def test_any_bytes_are_frames_or_an_error(garbage: bytes, places: list[int]) -> None:
    """And nothing else, in whatever pieces they come."""
    with suppress(BadRequest):
        decoded(*cut(garbage, places))


@given(
    st.dictionaries(
        st.sampled_from(["keys", "output", "rows", "columns", "size", "leave", "notice", "last"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()),
    )
)
def test_any_heads_are_frames_or_an_error(head: dict[str, object]) -> None:
    """Numbers that are none, or too large, among them."""
    with suppress(BadRequest):
        decoded(encode_reply(head), b"x" * 1000)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"hello\n",
        b"[]\n",
        b"{}\n",
        b'{"size": 3}\n',
        b'{"keys": 1, "size": -1}\n',
        b'{"keys": 1, "size": true}\n',
        b'{"keys": 1, "size": 1.5}\n',
        b'{"keys": 1, "size": %d}\n' % (LONGEST + 1),
        b'{"rows": 70000, "columns": 80}\n',
        b"[" * 10_000 + b"\n",
        b"x" * 20_000,
    ],
    ids=lambda garbage: repr(garbage[:40]),
)
def test_what_is_no_frame_is_an_error(garbage: bytes) -> None:
    """What came before it is there."""
    decoder = Decoder()
    found = decoder.feed(encode(Keys(b"before")) + garbage)

    assert next(found) == Keys(b"before")
    with pytest.raises(BadRequest):
        list(found)


def test_a_line_without_an_end_is_not_kept() -> None:
    """Nobody can fill the app's memory with it."""
    decoder = Decoder()
    for _ in range(16):
        assert list(decoder.feed(b"x" * 1000)) == []
    with pytest.raises(BadRequest, match="begins with a line of JSON"):
        list(decoder.feed(b"x" * 1000))


def test_a_refusal_in_place_of_a_frame_is_raised() -> None:
    """With what the app says about it."""
    with pytest.raises(ProcrunError, match="not so") as raised:
        decoded(encode_reply(refusal(UsageError("not so", "But so."))))

    assert raised.value.hint == "But so."


def test_a_size_of_nothing_is_none() -> None:
    """It is what somebody without a terminal has."""
    assert Size(24, 80).pair == (24, 80)
    assert Size(0, 0).pair is Size(24, 0).pair is None
