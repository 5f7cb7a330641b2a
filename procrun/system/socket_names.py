"""Names of UNIX sockets, of which the kernel takes a hundred bytes or so."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 103  # bytes: 107 on Linux, less elsewhere


def with_short_name(path: str, use: Callable[[str], None]) -> None:
    """Call `use` with a name for a socket's path that is short enough. OSError for no folder.

    Where the path is too long it is named from its folder, by the descriptor of that or, where the
    system has no such names, by going there for a moment.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        use(path)
        return
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        through = f"/proc/self/fd/{folder}"
        if os.path.isdir(through):
            use(f"{through}/{os.path.basename(path)}")
        else:
            _from(folder, lambda: use(os.path.basename(path)))
    finally:
        os.close(folder)


def _from(folder: int, call: Callable[[], None]) -> None:
    before = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fchdir(folder)
        call()
    finally:
        os.fchdir(before)
        os.close(before)
