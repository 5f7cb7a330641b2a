r"""The key that leaves, in what is typed: a byte, or a sequence where a program wants more of keys.

With xterm's modifyOtherKeys Ctrl-\ is `ESC [ 27 ; 5 ; 92 ~`, with kitty's keyboard
`ESC [ 92 ; 5 u`, where the code may have others behind it, and the modifiers a kind of event.
"""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    rb"\x1b\[(?:27;(?P<xterm_modifiers>\d{1,4});(?P<xterm_code>\d{1,7})~"
    rb"|(?P<codes>\d{1,7}(?::\d{0,7}){0,2});(?P<modifiers>\d{1,4})(?::[12])?(?:;[\d:]{0,32})?u)"
)
_BEGUN = re.compile(rb"\x1b(?:\[[\d:;]{0,60})?\Z")
_NOT_YET = 2  # bytes of a sequence that somebody may have typed as such: Escape, Alt-[
# Bits of what is held down, which is sent with 1 added.
_SHIFT, _CONTROL, _CAPS_LOCK, _NUM_LOCK = 1, 4, 64, 128
# What Ctrl makes of keys that have no place among the letters; _ is on the key of - or /.
_OTHERS = {
    ord(key): byte for key, byte in zip(" 234567-/", (0, 0, *range(27, 32), 31, 31), strict=True)
}


class LeaveKey:
    """Finds a key, given as the byte that a terminal usually sends, in what is typed."""

    def __init__(self, key: int) -> None:
        self._key = key
        self._begun = b""  # a sequence whose end is still to come
        self._passed = 0  # bytes of it that were given back already

    def feed(self, typed: bytes) -> tuple[bytes, bool]:
        """What to pass on now, and whether the key follows: all behind it is lost.

        A sequence whose end is still to come waits for it; `typed` is empty if there is none.
        """
        text, passed = self._begun + typed, self._passed
        self._begun, self._passed = b"", 0
        found = self._find(text)
        if found >= 0:
            return text[passed : max(passed, found)], True
        begun = _BEGUN.search(text) if typed else None
        end = len(text)
        if begun:
            self._begun = begun[0]
            if len(self._begun) > _NOT_YET:
                end = max(passed, begun.start())
            self._passed = end - begun.start()
        return text[passed:end], False

    def _find(self, text: bytes) -> int:
        """Where the key begins; -1 if it is not there."""
        plain = text.find(self._key)
        for sequence in _SEQUENCE.finditer(text, 0, plain if plain >= 0 else len(text)):
            if self._key in _meant(sequence):
                return sequence.start()
        return plain


def _meant(sequence: re.Match[bytes]) -> set[int]:
    """The bytes that a terminal may usually send for the key of a sequence."""
    held_down = int(sequence["xterm_modifiers"] or sequence["modifiers"]) - 1
    if held_down & ~(_SHIFT | _CAPS_LOCK | _NUM_LOCK) != _CONTROL:
        return set()
    # Of several codes the second is with Shift, the third that of a keyboard with Latin letters.
    codes = (sequence["xterm_code"] or sequence["codes"]).split(b":")
    return {_usual(int(code)) for code in codes if code}


def _usual(code: int) -> int:
    """The byte for a key that is held down with Ctrl; -1 if there is none."""
    return code & 0x1F if 0x40 <= code < 0x7F else _OTHERS.get(code, -1)
