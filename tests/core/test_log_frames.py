"""The log as it travels and rests."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.commands import encode_reply, refusal
from procrun.core.log import APP, PLATFORM, Chunk
from procrun.core.log_frames import (
    END_FRAME,
    LIVE_FRAME,
    Dropped,
    End,
    Live,
    dropped_frame,
    frame,
    read_frames,
)
from procrun.errors import ProcrunError, UsageError

if TYPE_CHECKING:
    from procrun.core.log_frames import Part

HEAD = {"when": 1.5, "source": APP, "dyno": "web.1", "state": 0, "size": 3}

chunks = st.builds(
    Chunk,
    st.floats(0, 1e10),
    st.sampled_from([APP, PLATFORM]),
    st.sampled_from(["web.1", "procrun"]),
    st.binary(),
    state=st.booleans(),
)


def read(data: bytes) -> list[Part]:
    """What is read from bytes."""
    return list(read_frames(io.BytesIO(data)))


def fields(chunk: Part) -> object:
    """All that a chunk says."""
    assert isinstance(chunk, Chunk)
    return chunk.when, chunk.source, chunk.dyno, chunk.data, chunk.state


@given(st.lists(chunks))
def test_chunks_come_out_as_they_went_in(written: list[Chunk]) -> None:
    """Whatever bytes they have, newlines and JSON among them."""
    found = read(b"".join(map(frame, written)))

    assert list(map(fields, found)) == list(map(fields, written))


def test_marks_stand_between_chunks() -> None:
    """Where the live part begins, where something is missing, and that nothing is at the end."""
    chunk = Chunk(1.5, APP, "web.1", b"hello\n")
    first, live, dropped, last, end = read(
        frame(chunk) + LIVE_FRAME + dropped_frame(Dropped(7, 2.5)) + frame(chunk) + END_FRAME
    )

    assert fields(first) == fields(last) == fields(chunk)
    assert isinstance(live, Live)
    assert isinstance(end, End)
    assert isinstance(dropped, Dropped)
    assert (dropped.lines, dropped.since) == (7, 2.5)


@given(st.lists(chunks, min_size=1), st.data())
def test_an_incomplete_end_is_left_out(written: list[Chunk], data: st.DataObject) -> None:
    """The rest is read: it is what a full disk leaves."""
    whole = b"".join(map(frame, written))
    cut = data.draw(st.integers(1, len(frame(written[-1]))))
    found = read(whole[:-cut])

    assert list(map(fields, found)) == list(map(fields, written[:-1]))


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\n",
        b"\n",
        b"5\n",
        b'"size"\n',
        b'["error"]\n',
        b'{"size": 3}\nabc',
        b"[" * 100_000 + b"\n",
        *(
            json.dumps(HEAD | changes).encode() + b"\nabc"
            for changes in (
                {"size": -1},
                {"size": 10**15},
                {"size": "many"},
                {"size": None},
                {"size": [3]},
                {"when": "now"},
                {"when": None},
            )
        ),
        json.dumps({**HEAD, "size": float("inf")}).encode() + b"\nabc",
        b'{"dropped": "many", "since": 1}\n',
        b'{"dropped": 1}\n',
    ],
    ids=repr,
)
def test_what_is_no_frame_ends_the_reading(garbage: bytes) -> None:
    """What came before it is there."""
    before = Chunk(1.5, APP, "web.1", b"hello\n")

    assert list(map(fields, read(frame(before) + garbage + frame(before)))) == [fields(before)]


@given(st.binary())
def test_no_bytes_at_all_raise(garbage: bytes) -> None:
    """They are frames, or they are not."""
    read(garbage)


def test_a_refusal_in_place_of_frames_is_raised() -> None:
    """Whoever asked must learn that he was not understood."""
    reply = encode_reply(refusal(UsageError("not so", "But so.")))
    with pytest.raises(ProcrunError, match="not so") as raised:
        read(reply)

    assert raised.value.hint == "But so."
    assert raised.value.exit_code == UsageError.exit_code
