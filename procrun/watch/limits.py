"""Why files can't be watched and, where the kernel has a limit, how to raise it."""

from __future__ import annotations

import errno
import os

_NEEDED = 4  # descriptors, to watch files


def reason(error: Exception) -> str:
    """What is wrong, in words."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOSPC:
        return f"the system's limit of watched folders is reached; {_remedy('max_user_watches')}"
    if number == errno.EMFILE and _has_descriptors_left():
        return f"too many programs watch files; {_remedy('max_user_instances')}"
    if isinstance(error, OSError) and number:
        text = os.strerror(number)  # watchdog has words of its own
        return f"{error.filename}: {text}" if error.filename else text
    return f"{type(error).__name__}: {error}"


def _has_descriptors_left() -> bool:
    """Whether it is not this process that has too many files open: both limits are one error."""
    free: list[int] = []
    try:
        while len(free) < _NEEDED:
            free.append(os.dup(0))
    except OSError:
        return False
    finally:
        for descriptor in free:
            os.close(descriptor)
    return True


def _remedy(setting: str) -> str:
    """How to double a limit of Linux."""
    try:
        with open(f"/proc/sys/fs/inotify/{setting}", encoding="ascii") as file:
            more = 2 * int(file.read())
    except (OSError, ValueError):
        return "raise it"
    return f"raise it with `sudo sysctl fs.inotify.{setting}={more}`"
