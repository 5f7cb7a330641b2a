"""Whether every line of every producer came out: once, whole, unchanged and in order."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from procrun.value import Value
from tests.benchmarks.producer import BLOCK, FILLER, WIDTH, numbered

if TYPE_CHECKING:
    from tests.benchmarks.sinks import Received

BODY = WIDTH - 1
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
HEAD = re.compile(rb"[\dTZAPM:.,+ -]*\bp(\d)\.1\s*\| {1,2}")


class Verdict(Value):
    """How many lines arrived, and how many were lost, changed or mixed (cut, merged, doubled)."""

    arrived: int
    lost: int
    changed: int
    mixed: int

    @property
    def bad(self) -> int:
        """Every line that is not as it was written."""
        return self.lost + self.changed + self.mixed


class Streams:
    """The lines of each producer, sorted out by the prefix that the tool gave them."""

    def __init__(self, producers: int) -> None:
        self.bodies: list[list[bytes]] = [[] for _ in range(producers)]
        self.mixed = 0
        self._owners: dict[bytes, list[bytes]] = {}

    def add(self, text: bytes) -> None:
        """Whole lines of output; lines without a producer's mark are the tool's own words."""
        owners = self._owners
        for line in text.split(b"\n"):
            owner = owners.get(line[:-BODY])
            if owner is not None:
                owner.append(line[-BODY:])
            elif FILLER in line:
                self._add_unknown(line)

    def _add_unknown(self, line: bytes) -> None:
        """A line with a prefix not seen before: a new second, or a line that was cut or mixed."""
        head = HEAD.fullmatch(COLOUR.sub(b"", line[:-BODY]))
        if head is None or int(head[1]) >= len(self.bodies):
            self.mixed += 1
            return
        owner = self.bodies[int(head[1])]
        self._owners[line[:-BODY]] = owner
        owner.append(line[-BODY:])


def changed(bodies: list[bytes], tag: int, lines: int) -> int:
    """The lines that are not a producer's own; where none is missing, also those out of order."""
    right = [line[:-1] for line in numbered(str(tag))]
    times, rest = divmod(lines, BLOCK)
    if zlib.crc32(b"".join(bodies)) == zlib.crc32(b"".join(right * times + right[:rest])):
        return 0
    known = set(right)
    strange = sum(body not in known for body in bodies)
    if strange or len(bodies) != lines:
        return strange
    return sum(body != right[number % BLOCK] for number, body in enumerate(bodies))


def verify(received: Received, producers: int, lines: int) -> Verdict:
    """`lines` from each of the producers p0, p1, ... are expected."""
    streams = Streams(producers)
    for segment in received.segments():
        streams.add(segment)
    return Verdict(
        arrived=sum(map(len, streams.bodies)),
        lost=sum(max(0, lines - len(bodies)) for bodies in streams.bodies),
        changed=sum(changed(bodies, tag, lines) for tag, bodies in enumerate(streams.bodies)),
        mixed=streams.mixed + sum(max(0, len(bodies) - lines) for bodies in streams.bodies),
    )
