"""Which files processes have open for writing. Linux alone tells how a file is open."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FLAGS = b"flags:\t"
_GONE = " (deleted)"


def written(pids: Iterable[int]) -> list[str]:
    """The absolute paths of these files, each once; those of whoever can't be looked into lack."""
    return list(dict.fromkeys(path for pid in pids for path in _written_by(pid)))


def _written_by(pid: int) -> Iterator[str]:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:  # it has ended, or is not ours; there is no /proc
        return
    for descriptor in descriptors:
        try:
            path = os.readlink(f"/proc/{pid}/fd/{descriptor}")
            if _is_file(path) and _is_for_writing(pid, descriptor):
                yield path
        except OSError:  # closed meanwhile
            continue


def _is_file(path: str) -> bool:
    """Whether it is in a folder, and not the name of a pipe or of what was removed."""
    return path[:1] == "/" and not path.startswith(("/dev/", "/proc/")) and not path.endswith(_GONE)


def _is_for_writing(pid: int, descriptor: str) -> bool:
    with open(f"/proc/{pid}/fdinfo/{descriptor}", "rb") as file:
        line = next((line for line in file if line.startswith(_FLAGS)), b"")
    flags = int(line[len(_FLAGS) :] or b"0", 8)
    return flags & os.O_ACCMODE in (os.O_WRONLY, os.O_RDWR)
