"""screen.py: tells what it was given to read from and to write to, and of every change of size."""

import os
import select
import signal
from types import FrameType


def size() -> str:
    """The size of the terminal on standard output, as COLUMNSxROWS."""
    try:
        found = os.get_terminal_size(1)
    except OSError:
        return "none"
    return f"{found.columns}x{found.lines}"


def foreground() -> str:
    """Whether we are in the foreground of a controlling terminal, which is standard output."""
    try:
        controlling = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return "none"
    os.write(controlling, b"written to /dev/tty\n")
    return str(os.tcgetpgrp(controlling) == os.tcgetpgrp(1) == os.getpgrp())


def tell_size(_number: int, _frame: FrameType | None) -> None:
    """Say the new size."""
    print(f"size={size()} now", flush=True)


def tell_input(_number: int, _frame: FrameType | None) -> None:
    """Say whether there is anything to read: bytes, an end, or an error."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    print(f"input={poll.poll(0)}", flush=True)


def main() -> None:
    """Tell all, and stay."""
    signal.signal(signal.SIGWINCH, tell_size)
    signal.signal(signal.SIGUSR1, tell_input)
    terminals = "".join(str(int(os.isatty(fd))) for fd in range(3))
    name = os.ttyname(0) if os.isatty(0) else "none"
    print(f"terminals={terminals} name={name} foreground={foreground()} size={size()}", flush=True)
    while True:
        signal.pause()


main()
