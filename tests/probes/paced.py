"""paced.py LINES: numbered lines at so many a second until SIGTERM, and then its last words.

The last line tells how many lines came before it.
"""

import signal
import sys
import time

PERIOD = 0.01  # seconds between two writes


asked: list[int] = []


def ask(number: int, _frame: object) -> None:
    """Remember that it is to end; the write that this interrupts is whole first."""
    asked.append(number)


def main(rate: int) -> None:
    """Write them."""
    signal.signal(signal.SIGTERM, ask)
    each = max(1, int(rate * PERIOD))
    number = 0
    begun = time.monotonic()
    while not asked:
        sys.stdout.write("".join(f"line {number + i}\n" for i in range(each)))
        sys.stdout.flush()
        number += each
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
    print("\n".join(f"last word {number + i}" for i in range(2000)))
    print("said", number + 2000, flush=True)


main(int(sys.argv[1]))
