"""Keys by their names: `ctrl-]`, `^X`. Each is the one byte that a terminal sends for it."""

from __future__ import annotations

_LETTERS = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"  # each is sent as its place, with Ctrl held down
_PREFIXES = ("ctrl-", "ctrl+", "c-", "^")

# Keys that a terminal can't tell from others, which nobody can do without.
_MEANT_OTHERWISE = {
    "H": "Backspace on some keyboards",
    "I": "Tab",
    "J": "Enter",
    "M": "Enter",
    "[": "Escape, with which the arrow keys begin",
}


class NoSuchKey(ValueError):
    """A text names no key that can be told from all others; the message may say why."""


def parse(text: str) -> int:
    """The byte of a key held down with Ctrl. NoSuchKey for anything else."""
    lowered = text.strip().lower()
    for prefix in _PREFIXES:
        letter = lowered.removeprefix(prefix).upper()
        if lowered.startswith(prefix) and len(letter) == 1 and letter in _LETTERS:
            break
    else:
        raise NoSuchKey
    if letter in _MEANT_OTHERWISE:
        raise NoSuchKey(f"it can't be told from {_MEANT_OTHERWISE[letter]}")
    return _LETTERS.index(letter)


def spell(key: int) -> str:
    """How a setting spells a key: `ctrl-]`."""
    return f"ctrl-{_LETTERS[key].lower()}"


def title(key: int) -> str:
    """The same for people: `Ctrl-]`."""
    return spell(key).capitalize()
