"""Where every chunk of the log passes: in once, out to each sink."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from procrun.core.log import Chunk

    class Sink(Protocol):
        """Something that takes the log."""

        @property
        def blocked(self) -> bool:
            """Whether it can't take more just now."""

        def write(self, chunk: Chunk) -> None:
            """Take one chunk; it may be kept until `flush`."""

        def flush(self) -> None:
            """Pass on what was taken in this turn, in one go."""

        def close(self) -> None:
            """End what is open, and let go of what was opened."""


class Hub:
    """Passes each chunk to every sink; blocked as long as one of them is."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)
        self._used = False

    @property
    def blocked(self) -> bool:
        """Whether nothing more should be produced for now."""
        return any(sink.blocked for sink in self._sinks)

    def publish(self, chunk: Chunk) -> None:
        """Pass a chunk to every sink."""
        self._used = True
        for sink in self._sinks:
            sink.write(chunk)

    def flush(self) -> None:
        """End a turn of the loop: one write per sink for all that came in it."""
        if self._used:
            self._used = False
            for sink in self._sinks:
                sink.flush()

    def close(self) -> None:
        """End the log."""
        for sink in self._sinks:
            sink.close()
