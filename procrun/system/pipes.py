"""What makes pipes fast: room for more than 64 KiB."""

from __future__ import annotations

import fcntl


def widen(fd: int, size: int) -> None:
    """Let a pipe hold `size` bytes, where the system can (Linux) and lets us.

    The kernel takes the memory only while something is in the pipe.
    """
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        try:
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, size)
        except OSError:
            pass  # the user has many wide pipes already
