"""anchor.py: does not end when asked to; tells which signals it gets, and leaves at SIGUSR2."""

import os
import signal
from types import FrameType


def tell(number: int, _frame: FrameType | None) -> None:
    """Say which signal came."""
    os.write(1, f"no {signal.Signals(number).name}, thanks\n".encode())
    if number == signal.SIGUSR2:
        os._exit(0)


for heard in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    if signal.getsignal(heard) is not signal.SIG_IGN:
        signal.signal(heard, tell)
os.write(1, b"the anchor holds\n")
while True:
    signal.pause()
