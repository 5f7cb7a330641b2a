"""The log as it travels to `procrun logs` and rests after a run: chunks, as they were read.

A frame is a line of JSON and, behind it, as many bytes as its `size` says. The app does not look at
single lines for that; whoever shows them does.
"""

from __future__ import annotations

from procrun.core.log import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


class Dropped:
    """In place of chunks that a slow client did not get: how many lines they had."""

    __slots__ = ("lines",)

    def __init__(self, lines: int) -> None:
        self.lines = lines


class Live:
    """Between the history and what is written from now on."""

    __slots__ = ()


def frame(chunk: Chunk) -> bytes:
    """A chunk as a frame."""
    # Names have nothing in them that JSON would escape; `json` itself is slow to import.
    head = (
        f'{{"when": {chunk.when!r}, "source": "{chunk.source}", "dyno": "{chunk.dyno}", '
        f'"state": {int(chunk.state)}, "size": {len(chunk.data)}}}\n'
    )
    return head.encode() + chunk.data


def dropped_frame(lines: int) -> bytes:
    """The frame that stands for lines that are missing."""
    return b'{"dropped": %d}\n' % lines


LIVE_FRAME = b'{"live": true}\n'


def read_frames(file: BinaryIO) -> Iterator[Chunk | Dropped | Live]:
    """What the frames of a file say, to its end; an incomplete last one is left out.

    A frame that is none ends the reading.
    """
    import json

    for head in file:
        try:
            fields: object = json.loads(head)
        except ValueError:
            return
        if not isinstance(fields, dict):
            return
        if "size" in fields:
            data = file.read(int(fields["size"]))
            if len(data) < int(fields["size"]):
                return
            yield Chunk(
                float(fields["when"]),
                str(fields["source"]),
                str(fields["dyno"]),
                data,
                state=bool(fields["state"]),
            )
        elif "dropped" in fields:
            yield Dropped(int(fields["dropped"]))
        elif "live" in fields:
            yield Live()
