"""Files that are replaced as a whole: whatever happens, the old one is there or the new one."""

from __future__ import annotations

import os

from procrun.system.own_files import remove


def replace(path: str, content: bytes, mode: int | None = None, new: str = "") -> None:
    """Put a file with that content in the place of the one at `path`, or where none is.

    Without a `mode` it keeps that of the old one, and is for this user alone where there is none.
    Before, it is written to the path `new` in the same folder, by default `path` with `.new`
    behind it; nobody else may write that at the same time. OSError leaves all as it is.
    """
    new = new or f"{path}.new"
    remove(new)  # of a run that was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            _take_after(path, file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        remove(new)
        raise
    _sync_folder(os.path.dirname(path) or ".")


def _take_after(path: str, fd: int, mode: int | None) -> None:
    """Give a new file the owner and the mode of the one at `path`."""
    try:
        old = os.stat(path)
    except FileNotFoundError:
        if mode is not None:
            os.fchmod(fd, mode)
        return
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.fchown(fd, old.st_uid, old.st_gid)
        except PermissionError:
            pass  # who may write in the folder need not be its owner
    os.fchmod(fd, old.st_mode & 0o7777 if mode is None else mode)


def _sync_folder(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError:
        pass  # not every file system can
    finally:
        os.close(fd)
