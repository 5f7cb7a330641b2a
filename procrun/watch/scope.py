"""What a watcher is to watch."""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.core.globs import Globs
    from procrun.core.watching import Edits
    from procrun.watch.source import Notice, Source

    # What makes a source, of a root, of whom it tells, and of whom it calls when it has lost count.
    System = Callable[[str, Notice, Callable[[], None]], Source]

    class Listener(Protocol):
        """Whoever hears of changes."""

        def edited(self, edits: Edits) -> None:
            """Take what a burst has come to."""

        def say(self, text: str) -> None:
            """Write a line into the log."""

        def failed(self) -> None:
            """Know that nothing can be watched."""


class Scope(Value):
    """The files that `globs` mean below the root, and some more."""

    root: str
    globs: Globs
    inputs: frozenset[str] = frozenset()  # absolute paths
    apart: frozenset[str] = frozenset()  # folders that are never watched; absolute paths
