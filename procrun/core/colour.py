"""The colours that a line leaves open, and how to close them."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RESET = b"\x1b[0m"

# Terminals take some 30 numbers in one sequence; what is much longer is no colour.
_COLOUR = rb"\[[0-9;:]{0,99}m"  # after the escape
_SEQUENCE = re.compile(rb"\x1b" + _COLOUR)
_CUT_OFF = re.compile(rb"\x1b(\[[0-9;:]{0,99})?")
# The last colour sequence of a line, unless that is a plain reset, and the rest of the line.
_LAST = re.compile(
    rb"\x1b(?!\[0*m)%b[^\x1b\n]*+(?:\x1b(?!%b)[^\x1b\n]*+)*+(?=\n)" % (_COLOUR, _COLOUR)
)
# Which number ends which: 39 a foreground colour and nothing else, 22 bold and faint, and so on.
# 0 ends everything, so also what is not listed here.
_ENDED_BY = {
    code: end
    for end, codes in (
        (10, range(11, 20)),  # fonts
        (22, (1, 2)),
        (23, (3, 20)),
        (24, (4, 21)),
        (25, (5, 6)),
        (27, (7,)),
        (28, (8,)),
        (29, (9,)),
        (39, (*range(30, 39), *range(90, 98))),
        (49, (*range(40, 49), *range(100, 108))),
        (54, (51, 52)),
        (55, (53,)),
        (59, (58,)),  # the colour of the underline
        (75, (73, 74)),
    )
    for code in codes
}
_ENDS = frozenset(_ENDED_BY.values())
_EXTENDED = (38, 48, 58)  # 38;5;N and 38;2;R;G;B carry arguments


def close(data: bytes) -> bytes:
    """Whole lines with exactly ESC[0m before each newline that a colour was left open at."""
    return _LAST.sub(lambda found: found[0] + (RESET if _is_open_after(found) else b""), data)


def strip(data: bytes) -> bytes:
    """The same text without its colour sequences."""
    return _SEQUENCE.sub(b"", data)


def left_open(text: bytes) -> bytes:
    """The colours still in force at the end of one line's `text`, as sequences; b"" if none.

    The beginning of a sequence that is cut off there counts, as it may become a colour.
    """
    in_force = _in_force(_SEQUENCE.findall(text))
    return b"".join(b"\x1b[%bm" % code for code in in_force.values()) + cut_off(text)


def cut_off(text: bytes) -> bytes:
    """The beginning of a colour sequence that `text` ends in the middle of, b"" if none."""
    start = text.rfind(b"\x1b", -102)
    return text[start:] if start >= 0 and _CUT_OFF.fullmatch(text, start) else b""


def _is_open_after(found: re.Match[bytes]) -> bool:
    start = found.string.rfind(b"\n", 0, found.start()) + 1
    return bool(_in_force(_SEQUENCE.findall(found.string, start, found.end())))


def _in_force(sequences: list[bytes]) -> dict[int, bytes]:
    """What a line's sequences leave in force: the number that would end it, and what set it."""
    on: dict[int, bytes] = {}
    for sequence in sequences:
        codes = iter(sequence[2:-1].split(b";"))
        for code in codes:
            number = int(code.partition(b":")[0] or 0)
            if number == 0:
                on.clear()
            elif number in _ENDS:
                on.pop(number, None)
            else:
                on[_ENDED_BY.get(number, 0)] = code
            if number in _EXTENDED and b":" not in code:
                _skip_arguments(codes)
    return on


def _skip_arguments(codes: Iterator[bytes]) -> None:
    kind = next(codes, b"")
    for _ in range({b"5": 1, b"2": 3}.get(kind, 0)):
        next(codes, None)
