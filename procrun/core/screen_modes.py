"""What a program has turned on in a terminal, what turns it off, and what turns it on again.

Whoever leaves a program's terminal while the program goes on must undo what it saw the program do:
the program itself will undo it only when it ends, and then elsewhere.
"""

from __future__ import annotations

from procrun.value import Value

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
# Kinds of keyboards on which keys such as Ctrl-\ are escape sequences. xterm has a level of it,
# kitty a stack of flags for each of its two screens.
_MODIFY_KEYS, _USUAL_KEYS, _POP_FLAGS = "\x1b[>4;%sm", "\x1b[>4m", "\x1b[<u"
_MOST_FLAGS = 64  # on a stack; terminals keep fewer
_LONGEST = 64  # bytes of a sequence that may come in pieces


class Part(Value):
    """Some of a program's output, all of it on the same screen.

    What switches to a screen of its own and back is on that one.
    """

    text: bytes
    alternate: bool


class ScreenModes:
    """Reads a program's output, as it comes, for the modes that it sets."""

    def __init__(self) -> None:
        self._begun = b""  # a sequence whose end is still to come
        self._reset()

    def _reset(self) -> None:
        self._unusual: dict[str, None] = {}  # modes, in the order in which they were set
        self._flags: dict[bool, list[str]] = {False: [], True: []}  # kitty's, alternate or not
        self._modified = ""  # xterm's level
        self._keypad = False
        self._colours = False

    @property
    def alternate(self) -> bool:
        """Whether the program has a screen of its own, on which nobody else may write."""
        return any(mode in self._unusual for mode in _ALTERNATE_SCREENS)

    def feed(self, written: bytes) -> list[Part]:
        """Take notice of some output; it is given back by the screens that it is on.

        A sequence whose end is still to come is given back with its end.
        """
        if not self._begun and b"\x1b" not in written:
            return [Part(written, self.alternate)]
        plain, *sequences = (self._begun + written).split(b"\x1b")
        self._begun = b""
        parts = _Parts(plain, alternate=self.alternate)
        for number, text in enumerate(sequences, 1):
            was_alternate = self.alternate
            length = self._sequence(text)
            if not length and number == len(sequences) and len(text) < _LONGEST:
                self._begun = b"\x1b" + text
                break
            parts.add(b"\x1b" + text[:length], alternate=was_alternate or self.alternate)
            parts.add(text[length:], alternate=self.alternate)
        return parts.all()

    def undo(self) -> bytes:
        """What makes a terminal usual again; b"" if it is."""
        codes = [_POP_FLAGS] * len(self._flags[True])
        codes += [f"\x1b[?{mode}{'h' if _USUAL[mode] else 'l'}" for mode in reversed(self._unusual)]
        codes += [_POP_FLAGS] * len(self._flags[False]) + [_USUAL_KEYS] * bool(self._modified)
        codes += ["\x1b>"] * self._keypad + ["\x1b[0m"] * self._colours
        return "".join(codes).encode()

    def redo(self) -> bytes:
        """What makes a usual terminal as the program made it, but for what it shows."""
        codes = [f"\x1b[>{flags}u" for flags in self._flags[False]]
        codes += [f"\x1b[?{mode}{'l' if _USUAL[mode] else 'h'}" for mode in self._unusual]
        codes += [f"\x1b[>{flags}u" for flags in self._flags[True]]
        codes += [_MODIFY_KEYS % self._modified] * bool(self._modified) + ["\x1b="] * self._keypad
        return "".join(codes).encode()

    def _sequence(self, text: bytes) -> int:
        """Take the sequence that a text begins with; its length, 0 if its end is still to come."""
        first = text[:1]
        if first == b"[":
            end = next((i for i in range(1, len(text)) if 0x40 <= text[i] <= 0x7E), 0)
            if end:
                self._control(text[1:end].decode("ascii", "replace"), text[end : end + 1])
            return end + 1 if end else 0
        if first in (b"=", b">"):
            self._keypad = first == b"="
        elif first == b"c":  # all as after power on
            self._reset()
        return len(first)

    def _control(self, parameters: str, final: bytes) -> None:
        kind, rest = parameters[:1], parameters[1:]
        if kind == "?" and final in (b"h", b"l"):
            for mode in rest.split(";"):
                self._set(mode, on=final == b"h")
        elif kind == ">" and final in (b"m", b"n"):
            resource, _, level = rest.partition(";")
            if resource in ("", "4"):
                self._modified = level.strip("0") and level if final == b"m" else ""
        elif kind in (">", "<") and final == b"u":
            self._push_or_pop(kind, rest)
        elif final == b"m" and kind not in ("?", "<"):
            self._colours = parameters.lstrip("0;") != ""

    def _set(self, mode: str, *, on: bool) -> None:
        was_alternate = self.alternate
        if mode in _USUAL:
            self._unusual.pop(mode, None)
            if on != _USUAL[mode]:
                self._unusual[mode] = None
        if was_alternate and not self.alternate:
            self._flags[True].clear()  # they are that screen's: nothing of them is left

    def _push_or_pop(self, kind: str, number: str) -> None:
        flags = self._flags[self.alternate]
        if not number.isdecimal():
            number = ""
        if kind == ">":
            flags.append(number)
            del flags[:-_MOST_FLAGS]
        else:
            del flags[max(0, len(flags) - int(number[:4] or 1)) :]


class _Parts:
    """Joins neighbours on the same screen."""

    def __init__(self, text: bytes, *, alternate: bool) -> None:
        self._done: list[Part] = []
        self._texts = [text]
        self._alternate = alternate

    def add(self, text: bytes, *, alternate: bool) -> None:
        """Put some more behind what is there."""
        if text and alternate != self._alternate:
            self._done += self._current()
            self._texts, self._alternate = [], alternate
        self._texts.append(text)

    def all(self) -> list[Part]:
        """What was put together."""
        return self._done + self._current()

    def _current(self) -> list[Part]:
        text = b"".join(self._texts)
        return [Part(text, self._alternate)] if text else []


# What shows a program's own screen, empty, to somebody who comes later.
OWN_SCREEN = b"\x1b[?1049h\x1b[H\x1b[2J"

_TO_OWN_SCREEN = [b"\x1b[?%bh" % mode.encode() for mode in _ALTERNATE_SCREENS]
_BACK = [b"\x1b[?%bl" % mode.encode() for mode in _ALTERNATE_SCREENS]
_MOST_BEHIND = max(map(len, _TO_OWN_SCREEN)) - 1  # bytes of a switch that begins in the part before


def shows_own_screen(parts: Iterable[bytes]) -> bool:
    """Whether a program is on a screen of its own, by its output from the last part back."""
    behind = b""
    for part in parts:
        text = part + behind
        on, off = (max(map(text.rfind, switches)) for switches in (_TO_OWN_SCREEN, _BACK))
        if on != off:
            return on > off
        behind = text[:_MOST_BEHIND]
    return False


# For a terminal of which nobody knows what was turned on. All of it is harmless where nothing was:
# of the alternate screens only the one whose end does not move the cursor; of kitty's flags those
# of both screens, and more than a program pushes.
UNDO_ALL = (
    b"\x1b[<9u"
    + b"".join(
        b"\x1b[?%b%b" % (mode.encode(), b"h" if usual else b"l")
        for mode, usual in _USUAL.items()
        if mode not in ("47", "1049")
    )
    + b"\x1b[<9u\x1b[>4m\x1b>\x1b[0m"
)
