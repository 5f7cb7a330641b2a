"""What a program has turned on in a terminal, and what turns it off again.

Whoever leaves a program's terminal while the program goes on must undo what it saw the program do:
the program itself will undo it only when it ends, and then elsewhere.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ALTERNATE_SCREENS = ("47", "1047", "1049")
_CURSOR = "25"
# DEC private modes that disturb a shell, with the state that a shell expects: cursor keys for
# applications, the kinds of mouse reports, focus reports, alternate screens, bracketed paste.
_USUAL = dict.fromkeys(
    ("1", "9", "1000", "1001", "1002", "1003", "1004", "1005", "1006", "1015", "1016", "2004"),
    False,
) | {**dict.fromkeys(_ALTERNATE_SCREENS, False), _CURSOR: True}
_LONGEST = 64  # bytes of a sequence that may come in pieces


class ScreenModes:
    """Reads a program's output, as it comes, for the modes that it sets."""

    def __init__(self) -> None:
        self._unusual: dict[str, None] = {}  # modes, in the order in which they were set
        self._keypad = False
        self._colours = False
        self._begun = b""  # a sequence whose end is still to come

    @property
    def alternate(self) -> bool:
        """Whether the program has a screen of its own, on which nobody else may write."""
        return any(mode in self._unusual for mode in _ALTERNATE_SCREENS)

    def feed(self, written: bytes) -> None:
        """Take notice of some output."""
        if not self._begun and b"\x1b" not in written:
            return
        pieces = (self._begun + written).split(b"\x1b")
        self._begun = b""
        for piece in pieces[1:-1]:
            self._sequence(piece)
        if not self._sequence(pieces[-1]) and len(pieces[-1]) < _LONGEST:
            self._begun = b"\x1b" + pieces[-1]

    def undo(self) -> bytes:
        """What makes a terminal usual again; b"" if it is."""
        codes = [f"\x1b[?{mode}{'h' if _USUAL[mode] else 'l'}" for mode in reversed(self._unusual)]
        codes += ["\x1b>"] * self._keypad + ["\x1b[0m"] * self._colours
        return "".join(codes).encode()

    def _sequence(self, text: bytes) -> bool:
        """Take a sequence, and what follows it; False if its end is still to come."""
        if text[:1] in (b"=", b">"):
            self._keypad = text[:1] == b"="
        elif text[:1] == b"[":
            end = next((i for i in range(1, len(text)) if 0x40 <= text[i] <= 0x7E), 0)
            if not end:
                return False
            self._control(text[1:end], text[end : end + 1])
        elif text[:1] == b"c":  # all as after power on
            self._unusual.clear()
            self._keypad = self._colours = False
        return bool(text)

    def _control(self, parameters: bytes, final: bytes) -> None:
        if final == b"m":
            self._colours = parameters.lstrip(b"0;") != b""
        elif parameters[:1] == b"?" and final in (b"h", b"l"):
            for mode in parameters[1:].decode("ascii", "replace").split(";"):
                self._set(mode, on=final == b"h")

    def _set(self, mode: str, *, on: bool) -> None:
        if mode in _USUAL:
            self._unusual.pop(mode, None)
            if on != _USUAL[mode]:
                self._unusual[mode] = None


# What shows a program's own screen, empty, to somebody who comes later.
OWN_SCREEN = b"\x1b[?1049h\x1b[H\x1b[2J"


def shows_own_screen(parts: Iterable[bytes]) -> bool:
    """Whether a program is on a screen of its own, by its output from the last part back."""
    for part in parts:
        on, off = part.rfind(b"\x1b[?1049h"), part.rfind(b"\x1b[?1049l")
        if on != off:
            return on > off
    return False


# For a terminal of which nobody knows what was turned on. All of it is harmless where nothing was:
# of the alternate screens only the one whose end does not move the cursor.
UNDO_ALL = (
    b"".join(
        b"\x1b[?%b%b" % (mode.encode(), b"h" if usual else b"l")
        for mode, usual in _USUAL.items()
        if mode not in ("47", "1049")
    )
    + b"\x1b>\x1b[0m"
)
