"""A terminal that one dyno has for itself, with the lines of the others above what it writes."""

from __future__ import annotations

from collections import deque

from procrun.core.open_line import OpenLine
from procrun.core.screen_modes import ScreenModes

_MOST_HELD = 256 * 1024  # bytes of lines that wait for the end of a full-screen program


class FocusedScreen:
    """Bytes of the dyno and lines of the others in, bytes for a terminal in raw mode out.

    What the dyno writes passes as it is. While it has a screen of its own, as an editor does, the
    others' lines wait; too many of them are dropped, and counted.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._line = OpenLine()
        self._modes = ScreenModes()
        self._held: deque[bytes] = deque()
        self._held_size = 0
        self._dropped = 0  # lines

    def own(self, written: bytes) -> bytes:
        """What shows some of the dyno's output.

        A sequence whose end is still to come is kept back, as nothing may come in between.
        """
        shown = []
        for part in self._modes.feed(written):
            if not part.alternate:
                shown.append(self._release())
                self._line.feed(part.text)
            shown.append(part.text)
        if not self._modes.alternate:
            shown.append(self._release())
        return b"".join(shown)

    def above(self, lines: bytes) -> bytes:
        """What shows whole lines of others above the dyno's open line."""
        if self._modes.alternate:
            self._hold(lines)
            return b""
        return self._insert(lines)

    def leave(self) -> bytes:
        """What hands the terminal on: usual modes, a fresh line, and whatever waited."""
        undo = self._modes.undo()
        self._modes = ScreenModes()
        end = b"\r\n" if self._line.written else b""
        self._line.forget()
        return undo + end + self._release()

    def _insert(self, lines: bytes) -> bytes:
        erased = self._line.erase(self.columns)
        return erased + lines.replace(b"\n", b"\r\n") + self._line.written

    def _hold(self, lines: bytes) -> None:
        self._held.append(lines)
        self._held_size += len(lines)
        while self._held_size > _MOST_HELD:
            oldest = self._held.popleft()
            self._held_size -= len(oldest)
            self._dropped += oldest.count(b"\n")

    def _release(self) -> bytes:
        if not (self._held or self._dropped):
            return b""
        lines = b"".join(self._held)
        if self._dropped:
            told = f"procrun: {self._dropped} lines came meanwhile that are not shown here\n"
            lines = told.encode() + lines
        self._held.clear()
        self._held_size = self._dropped = 0
        return self._insert(lines)
