"""Locks on open files, that end with whoever has them."""

from __future__ import annotations

import fcntl


def take_if_free(fd: int) -> bool:
    """Take the lock on a file unless somebody else has it; whether it is ours now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
