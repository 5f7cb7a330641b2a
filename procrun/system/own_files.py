"""Files of our own in a folder where others may have put something else under their names.

A FIFO must not make the app wait, and a symbolic link must not lead it elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FIFO_SAFE = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def open_regular(path: str, flags: int) -> int:
    """A descriptor of the file, made for this user alone where `flags` say so.

    OSError where that fails, also if it is there and is no regular file.
    """
    fd = os.open(path, flags | _FIFO_SAFE, 0o600)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, f"{os.path.basename(path)} is no file", path)


def write_anew(path: str, pieces: Iterable[bytes]) -> None:
    """Put a file of these pieces in the place of what is there. OSError leaves that as it is."""
    new = f"{path}.new"
    remove(new)  # of a killed run, or nothing of ours
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.writelines(pieces)
        os.replace(new, path)
    except OSError:
        remove(new)
        raise


def remove(path: str) -> None:
    """Remove a file, if it is one and can be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass
