"""The log as it travels to `procrun logs` and rests after a run: chunks, as they were read.

A frame is a line of JSON and, behind it, as many bytes as its `size` says. The app does not look at
single lines for that; whoever shows them does.
"""

from __future__ import annotations

from procrun.core.commands import refused
from procrun.core.log import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST = 64 * 1024 * 1024  # bytes of a chunk; what says more is no frame


class Dropped:
    """In place of chunks that a slow client did not get: how many lines, the first of them when."""

    __slots__ = ("lines", "since")

    def __init__(self, lines: int, since: float) -> None:
        self.lines = lines
        self.since = since


class Live:
    """Between the history and what is written from now on."""

    __slots__ = ()


class End:
    """Behind the last that there is to send: without it something is missing at the end."""

    __slots__ = ()


Part = Chunk | Dropped | Live | End


def frame(chunk: Chunk) -> bytes:
    """A chunk as a frame."""
    # Names have nothing in them that JSON would escape; `json` itself is slow to import.
    head = (
        f'{{"when": {chunk.when!r}, "source": "{chunk.source}", "dyno": "{chunk.dyno}", '
        f'"state": {int(chunk.state)}, "size": {len(chunk.data)}}}\n'
    )
    return head.encode() + chunk.data


def dropped_frame(dropped: Dropped) -> bytes:
    """The frame that stands for lines that are missing."""
    return f'{{"dropped": {dropped.lines}, "since": {dropped.since!r}}}\n'.encode()


LIVE_FRAME = b'{"live": true}\n'
END_FRAME = b'{"end": true}\n'


def read_frames(file: BinaryIO) -> Iterator[Part]:
    """What the frames of a file say, to its end; an incomplete last one is left out.

    A frame that is none ends the reading; ProcrunError if a refusal comes in place of one.
    """
    for head in file:
        part = _read_frame(head, file)
        if part is None:
            return
        yield part


def _read_frame(head: bytes, file: BinaryIO) -> Part | None:
    """What one frame says, None if it is none."""
    import json

    try:
        fields: object = json.loads(head)
        if not isinstance(fields, dict) or not head.endswith(b"\n"):
            return None
        if refusal := refused(fields):
            raise refusal
        if "live" in fields:
            return Live()
        if "end" in fields:
            return End()
        if "dropped" in fields:
            return Dropped(int(fields["dropped"]), float(fields["since"]))
        size = int(fields["size"])
        data = file.read(size) if 0 <= size <= LONGEST else b""
        chunk = Chunk(
            float(fields["when"]),
            str(fields["source"]),
            str(fields["dyno"]),
            data,
            state=bool(fields["state"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return chunk if len(data) == size else None
