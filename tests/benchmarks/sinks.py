"""Where the output of a tool goes: a fast, slow or stopping reader of a pipe, or a file."""

from __future__ import annotations

import bisect
import math
import mmap
import os
import select
import time
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Pace = Callable[[int], None]

CAPACITY = 256 << 20
CHUNK = 65536
STALLED = 3.0
DONE = 0.5


@cache
def arena() -> mmap.mmap:
    """Memory for all output of a measurement, touched beforehand as page faults slow a reader."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_POPULATE", 0)
    return mmap.mmap(-1, CAPACITY, flags=flags)


class Received:
    """The output of a tool in the arena, and how much of it was there at what time."""

    def __init__(self, expected: int) -> None:
        self.total = 0
        self._expected = expected
        self._times: list[float] = []
        self._sizes: list[int] = []

    def grow(self, total: int) -> None:
        """From now on there are `total` bytes."""
        self.total = total
        self._times.append(time.monotonic())
        self._sizes.append(total)

    @property
    def patience(self) -> float:
        """Seconds of silence after which nothing more can be hoped for."""
        return STALLED if self.total < self._expected else DONE

    def time_of_last(self, mark: bytes) -> float:
        """The monotonic time at which the last `mark` arrived; ValueError if there is none."""
        place = arena().rfind(mark, 0, self.total)
        if place < 0:
            raise ValueError(mark)
        return self._times[bisect.bisect_right(self._sizes, place)]

    def segments(self, size: int = 4 << 20) -> Iterator[bytes]:
        """All of it in pieces of about `size` bytes that end where a line ends."""
        start = 0
        while start < self.total:
            stop = min(start + size, self.total)
            if stop < self.total:
                stop = arena().find(b"\n", stop, self.total) + 1 or self.total
            yield arena()[start:stop]
            start = stop


def at_once(_total: int) -> None:
    """The pace of a fast reader."""


def read_pipe(descriptor: int, expected: int, pace: Pace = at_once) -> Received:
    """Everything until the end of the pipe, or until a stalled tool has been quiet for too long.

    `expected` is the least number of bytes that must come; `pace` is called after each read.
    """
    received = Received(expected)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    with memoryview(arena()) as room:
        while poll.poll(received.patience * 1000):
            size = os.readv(descriptor, [room[received.total : received.total + CHUNK]])
            if not size:
                break
            received.grow(received.total + size)
            pace(received.total)
    return received


def watch_file(path: Path, expected: int, process: subprocess.Popen[bytes]) -> Received:
    """What a tool has written to a file until it ends, or stalls; growth is seen to the ms."""
    received = Received(expected)
    last = time.monotonic()
    ended = False
    while not ended and time.monotonic() - last < received.patience:
        ended = process.poll() is not None
        size = path.stat().st_size
        if size > received.total:
            received.grow(size)
            last = time.monotonic()
        time.sleep(0.0005)
    with path.open("rb", buffering=0) as file, memoryview(arena()) as room:
        done = 0
        while done < received.total:
            done += file.readinto(room[done : received.total]) or 0
    return received


def read_until(descriptor: int, word: bytes, times: int = 1, patience: float = 20.0) -> float:
    """The monotonic time at which `word` had arrived so many times; infinity if it did not."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    text = b""
    while poll.poll(patience * 1000) and (piece := os.read(descriptor, CHUNK)):
        text += piece
        if text.count(word) >= times:
            return time.monotonic()
    return math.inf
