"""The colours that a line leaves open, and how to close them."""

from __future__ import annotations

import re

RESET = b"\x1b[0m"

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
# The last colour sequence of a line, unless that is a plain reset, and the rest of the line.
_LEFT_OPEN = re.compile(
    rb"\x1b\[(?!0*m)[0-9;:]*m(?:[^\x1b\n]|\x1b(?!\[[0-9;:]*m))*(?=\n)",
)
# What one sequence ends: 39 ends a foreground colour and leaves bold alone, and so on.
_ENDS = {
    b"22": {b"1", b"2"},
    b"23": {b"3"},
    b"24": {b"4", b"21"},
    b"25": {b"5", b"6"},
    b"27": {b"7"},
    b"28": {b"8"},
    b"29": {b"9"},
    b"39": {b"colour"},
    b"49": {b"background"},
}


def close(data: bytes) -> bytes:
    """Whole lines with exactly ESC[0m before each newline that a colour was left open at."""
    return _LEFT_OPEN.sub(lambda found: found[0] + (RESET if _open_at(found) else b""), data)


def strip(data: bytes) -> bytes:
    """The same text without its colour sequences."""
    return _SGR.sub(b"", data)


def left_open(text: bytes) -> bytes:
    """The colour sequences still in force at the end of one line's `text`, b"" if none."""
    sequences = _SGR.findall(text)
    return b"".join(b"\x1b[%sm" % one for one in sequences) if _in_force(sequences) else b""


def _open_at(found: re.Match[bytes]) -> bool:
    start = found.string.rfind(b"\n", 0, found.start()) + 1
    return _in_force(_SGR.findall(found.string, start, found.end()))


def _in_force(sequences: list[bytes]) -> bool:
    on: set[bytes] = set()
    for sequence in sequences:
        codes = sequence.split(b";")
        while codes:
            code = codes.pop(0).lstrip(b"0")
            if not code:
                on.clear()
            elif code in _ENDS:
                on -= _ENDS[code]
            else:
                on.add(_kind(code))
                if code in (b"38", b"48"):  # 38;5;N and 38;2;R;G;B carry arguments
                    del codes[: {b"5": 2, b"2": 4}.get(codes[0] if codes else b"", 0)]
    return bool(on)


def _kind(code: bytes) -> bytes:
    if len(code) >= 2 and code[:-1] in (b"3", b"9") or code.startswith(b"38:"):
        return b"colour"
    if len(code) >= 2 and code[:-1] in (b"4", b"10") or code.startswith(b"48:"):
        return b"background"
    return code
