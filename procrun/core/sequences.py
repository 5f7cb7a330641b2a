"""What a line of the log may ask of a screen that it shares with others.

Colours, and erasing to the end of the line. Everything else that terminals understand moves the
cursor, changes the screen or makes the terminal answer, as if somebody typed: it is meant for a
terminal of the process' own, which `procrun attach` gives it.
"""

from __future__ import annotations

import re

_LONGEST = 4096  # bytes of one sequence; what is longer is none

_SEQUENCE = re.compile(
    rb"\x1b(?:"
    rb"\[[0-?]*[ -/]*[@-~]"  # of control
    rb"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # to the operating system: titles, links, the clipboard
    rb"|[PX^_][^\x1b\n]*\x1b\\"  # to devices and programs
    rb"|[ -/]+[0-~]"  # character sets
    rb"|[0-OQ-WYZ\\`-~]"  # of two letters
    rb"|)"  # none at all
)
_CUT_OFF = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b\n]*\x1b?|[PX^_][^\x1b\n]*\x1b?|[ -/]+)?\Z"
)
_HARMLESS = re.compile(rb"\x1b\[[0-9;:]*[mK]")
_SHIFTS = bytes((0x0B, 0x0C, 0x0E, 0x0F))  # vertical moves and other character sets


def tame(data: bytes) -> tuple[bytes, bytes]:
    """What may be shown of some output, and the sequence at its end that is not complete yet.

    Put that in front of what comes next. Where the cursor was to be moved, backspaces go, too:
    they could lead anywhere.
    """
    held = b""
    if (cut := _CUT_OFF.search(data)) and len(data) - cut.start() <= _LONGEST:
        data, held = data[: cut.start()], data[cut.start() :]
    shown = _SEQUENCE.sub(_keep, data)
    if len(shown) != len(data):
        shown = shown.translate(None, b"\x08" + _SHIFTS)
    return shown, held


def _keep(found: re.Match[bytes]) -> bytes:
    return found[0] if _HARMLESS.fullmatch(found[0]) else b""
