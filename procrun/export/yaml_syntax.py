"""YAML as Docker Compose and Kubernetes read it: exact scalars."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
# What YAML 1.1 reads as something else than a string, and YAML 1.2 does not.
_WORDS = frozenset("y n yes no on off true false null".split())


def scalar(text: str) -> str:
    """A double-quoted scalar, which every parser of YAML 1.1 and 1.2 reads back as that text."""
    return '"' + "".join(map(_escaped, text)) + '"'


def word(text: str) -> str:
    """A name, as it is where that can only be a string, and quoted where not."""
    is_string = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_string else scalar(text)


def sequence(texts: Iterable[str]) -> str:
    """A list in one line."""
    return "[" + ", ".join(map(scalar, texts)) + "]"


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)  # not as a pair of surrogates, which YAML does not know
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
