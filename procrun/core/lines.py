"""One dyno's bytes in, whole lines out."""

from __future__ import annotations

LONGEST = 256 * 1024  # bytes of an open line that are held back before they are passed on


class Lines:
    """Holds back a line that is still open, so that what it passes on are whole lines.

    Nothing is lost, added or reordered: what came out, joined, is what went in. A bytearray holds
    the open line because joining bytes would make one long line cost the square of its length.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._open = bytearray()

    @property
    def open(self) -> bool:
        """Whether the beginning of a line is held back."""
        return bool(self._open)

    @property
    def held(self) -> bytes:
        """What is there of the open line."""
        return bytes(self._open)

    def feed(self, data: bytes) -> bytes:
        """The whole lines that `data` completes, b"" if none.

        Only an open line longer than `longest` is passed on without its end.
        """
        end = data.rfind(b"\n") + 1
        if end == 0:
            self._open += data
            return self.take() if len(self._open) > self._longest else b""
        if end == len(data) and not self._open:
            return data
        whole = b"".join((self._open, memoryview(data)[:end]))
        self._open = bytearray(memoryview(data)[end:])
        return whole

    def take(self) -> bytes:
        """What is there of the open line, which is then no longer held back."""
        held, self._open = bytes(self._open), bytearray()
        return held
