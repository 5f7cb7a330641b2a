"""Whether there is something to read, also in a process that has a thousand files open."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class File(Protocol):
        """What has a descriptor."""

        def fileno(self) -> int:
            """Its number, which `select.select` takes below 1024 only."""


def is_readable(file: File, seconds: float) -> bool:
    """Whether something, or the end, can be read within so many seconds."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
