"""What tells of changes, whatever the system's way of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.core.watching import What

    # Called with the folder, the name in it, and what happened to it.
    Notice = Callable[[str, str, What], None]

    class Source(Protocol):
        """Tells of changes directly in the folders that it was given (absolute paths)."""

        def add(self, folder: str) -> None:
            """Tell of this one, too; OSError if that is impossible."""

        def remove(self, folder: str) -> None:
            """Tell of it no longer."""

        def close(self) -> None:
            """Tell of nothing any more."""
