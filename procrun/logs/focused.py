"""The sink of standard output while one dyno has the terminal: the others' lines above its own."""

from __future__ import annotations

import time

from procrun.core.focused_screen import FocusedScreen
from procrun.core.log import APP
from procrun.logs.terminal import StreamSink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Chunk


class FocusedSink(StreamSink):
    """As any other until `focus`, and again after `unfocus`."""

    _screen: FocusedScreen | None = None
    _name = ""

    def focus(self, name: str, columns: int) -> None:
        """From now on a dyno's bytes come by `show`; the terminal is in raw mode."""
        self.flush()
        self._name = name
        self._screen = FocusedScreen(columns)

    def unfocus(self) -> None:
        """Leave the terminal as the dyno found it; it may still be in raw mode."""
        self.flush()
        if self._screen is not None:
            self._write(self._screen.leave())
            self._screen = None

    def begin_anew(self) -> None:
        """Another process has the terminal: nothing of the one before is left open."""
        self.flush()
        if self._screen is not None:
            self._write(self._screen.leave())

    def resize(self, columns: int) -> None:
        """The terminal has so many columns."""
        if self._screen is not None:
            self._screen.columns = columns

    def show(self, written: bytes) -> None:
        """Write what the dyno wrote, at once."""
        self.flush()
        if self._screen is not None:
            self._write(self._screen.own(written))

    def write(self, chunk: Chunk) -> None:
        """Take a chunk, unless its bytes came by `show`."""
        own = self._screen is not None and chunk.source == APP and chunk.dyno == self._name
        if not own:
            super().write(chunk)

    def flush(self) -> None:
        """Write the lines that came in this turn."""
        if self._screen is None:
            super().flush()
        elif self._pieces:
            # A prompt of another dyno gets an end, so that it is a line that can stand above.
            pieces = [*self._pieces, *self._layout.end(time.time())]
            self._pieces = []
            self._write(self._screen.above(b"".join(pieces)))

    def _write(self, written: bytes) -> None:
        if written:
            self._output.write([written])
