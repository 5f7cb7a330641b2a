"""listener.py: tells of every line that it hears and of every SIGINT; ends with the line "end".

`raw` makes its terminal pass every byte, and tells how many came before an "e", and their sum.
"""

import os
import signal
import sys
from types import FrameType


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """Say it."""
    print("interrupted", flush=True)


def count() -> None:
    """Count bytes."""
    import tty

    tty.setraw(0)
    print("raw", end="\r\n", flush=True)
    total = number = 0
    while True:
        for byte in os.read(0, 4096):
            if byte == ord("e"):
                print(f"counted {number} {total}", end="\r\n", flush=True)
            number += 1
            total += byte


def main() -> None:
    """Listen."""
    if "raw" in sys.argv:
        count()
    signal.signal(signal.SIGINT, interrupted)
    print("listening", flush=True)
    while (line := sys.stdin.readline().strip()) != "end":
        print(f"heard {line}", flush=True)


main()
