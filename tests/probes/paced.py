"""paced.py LINES: numbered lines at so many a second until SIGTERM, and then its last words.

The last line tells how many lines came before it.
"""

import os
import signal
import sys
import time

PERIOD = 0.01  # seconds between two writes


asked: list[int] = []


def ask(number: int, _frame: object) -> None:
    """Remember that it is to end; the write that this interrupts is whole first."""
    asked.append(number)


def write(text: str) -> None:
    """Write all of it; `print` loses the rest of a write that a signal cut short if unbuffered."""
    left = text.encode()
    while left:
        left = left[os.write(1, left) :]


def main(rate: int) -> None:
    """Write them."""
    signal.signal(signal.SIGTERM, ask)
    each = max(1, int(rate * PERIOD))
    number = 0
    begun = time.monotonic()
    while not asked:
        write("".join(f"line {number + i}\n" for i in range(each)))
        number += each
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
    write("".join(f"last word {number + i}\n" for i in range(2000)) + f"said {number + 2000}\n")


main(int(sys.argv[1]))
