"""The children of the benchmarks: a script that prints fast and in a known order.

    producer.py blocks TAG COUNT FOLDER     COUNT numbered lines, in writes of 64 KiB
    producer.py lines TAG COUNT FOLDER      the same, each in a write(2) of its own
    producer.py endless TAG BYTES FOLDER    one line that does not end
    producer.py ticks TAG COUNT FOLDER      COUNT lines at 200 a second, each with its time of birth
    producer.py flood TAG 0 FOLDER          numbered lines until killed

Each one waits at FOLDER/gate until the benchmark opens it, so that no start-up is in the figures.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections import deque
from itertools import repeat
from string import ascii_letters

WIDTH = 80
BLOCK = 2048
CHUNK = 65536
FILLER = b"~"
TICK = b"@"
PERIOD = 0.005


def numbered(tag: str) -> list[bytes]:
    """BLOCK different lines of WIDTH bytes, newline included.

    They end in FILLER, which no runner prints of itself.
    """
    text = ascii_letters * 3
    return [
        f"{tag}{number:05d} {text[number % 52 :]}".encode()[: WIDTH - 2] + FILLER + b"\n"
        for number in range(BLOCK)
    ]


def write(piece: bytes | memoryview) -> None:
    """All of `piece` to standard output, whatever a single write takes."""
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(1, rest) :]


def write_cyclic(block: bytes, total: int) -> None:
    """`total` bytes of `block` over and over, in CHUNKs that ignore where lines end."""
    ring = memoryview(block + block[:CHUNK])
    done = 0
    while done < total:
        start = done % len(block)
        piece = ring[start : start + min(CHUNK, total - done)]
        write(piece)
        done += len(piece)


def blocks(tag: str, count: int) -> None:
    """`count` lines in writes of 64 KiB."""
    write_cyclic(b"".join(numbered(tag)), count * WIDTH)


def lines(tag: str, count: int) -> None:
    """`count` lines (a multiple of BLOCK), each in a write(2) of its own."""
    batch = numbered(tag)
    for _ in range(count // BLOCK):
        deque(map(os.write, repeat(1), batch), maxlen=0)


def endless(_tag: str, count: int) -> None:
    """`count` bytes without a newline."""
    write_cyclic(FILLER * CHUNK, count)


def ticks(_tag: str, count: int) -> None:
    """`count` lines on a fixed schedule, each with the monotonic nanosecond of its writing."""
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * PERIOD - time.monotonic()))
        os.write(1, TICK + b"%d\n" % time.monotonic_ns())


def flood(tag: str, _count: int) -> None:
    """Lines without end."""
    write_cyclic(b"".join(numbered(tag)), sys.maxsize)


def main() -> None:
    """Report as ready, wait for the gate, print, and leave together with the others."""
    kind, tag, count, folder = sys.argv[1:]
    gate = os.open(f"{folder}/gate", os.O_RDONLY)
    finish = os.open(f"{folder}/finish", os.O_RDONLY)
    fcntl.flock(finish, fcntl.LOCK_SH)
    os.close(os.open(f"{folder}/ready.{tag}", os.O_CREAT | os.O_WRONLY, 0o600))
    fcntl.flock(gate, fcntl.LOCK_SH)
    {"blocks": blocks, "lines": lines, "endless": endless, "ticks": ticks, "flood": flood}[kind](
        tag, int(count)
    )
    # A barrier: exclusive only when every other producer has given up its share. Runners stop
    # everything when the first process ends, and that must not cut the others short.
    fcntl.flock(finish, fcntl.LOCK_EX)


if __name__ == "__main__":
    main()
