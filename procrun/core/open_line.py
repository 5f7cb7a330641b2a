"""The line that a program's output ends in: a prompt, and what was typed behind it so far.

To print something above such a line one must erase it, which takes knowing on how many rows it is,
and write the same bytes again afterwards.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 16 * 1024  # bytes that are kept; a longer line is not written again
_TAB = 8
# What begins the screen anew: clearing it, going to its first place, a reset.
_FRESH_SCREEN = re.compile(rb"\x1b(?:\[(?:[23]J|(?:1?;1?)?H|1H)|c)")
_TOKEN = re.compile(
    r"\x1b\[(?P<number>[0-?]*)[ -/]*(?P<final>[@-~])"  # a control sequence
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # a title and the like
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\x00-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
)


class OpenLine:
    """Takes a program's output and keeps the line that is still open."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._too_long = False

    def feed(self, written: bytes) -> None:
        """Take some output."""
        end = written.rfind(b"\n") + 1
        if end:
            self.forget()
        if not self._too_long:
            self._written += memoryview(written)[end:]
            self._shorten()

    def forget(self) -> None:
        """The cursor is at the beginning of a fresh line."""
        self._written.clear()
        self._too_long = False

    @property
    def written(self) -> bytes:
        """The bytes that make the line appear; b"" where there is none."""
        return bytes(self._written)

    def erase(self, columns: int) -> bytes:
        """What makes the line disappear from a terminal of so many columns.

        A line that is too long is ended instead.
        """
        if self._too_long:
            self.forget()
            return b"\r\n"
        if not self._written:
            return b""
        row = _Cursor(columns).follow(self._written.decode("utf-8", "replace"))
        return (b"\r\x1b[%dA" % row if row else b"\r") + b"\x1b[J"

    def _shorten(self) -> None:
        if b"\x1b" in self._written:
            for fresh in reversed(list(_FRESH_SCREEN.finditer(self.written))):
                del self._written[: fresh.end()]
                break
        if len(self._written) > _LONGEST:
            del self._written[: max(0, self._written.rfind(b"\r"))]  # a progress bar's older states
        if len(self._written) > _LONGEST:
            self._written.clear()
            self._too_long = True


class _Cursor:
    """Where the cursor is, counted from the beginning of the line."""

    def __init__(self, columns: int) -> None:
        self._columns = max(1, columns)
        self._column = 0  # `columns` after the last one: the terminal wraps with the next character
        self._row = 0

    def follow(self, text: str) -> int:
        """The row in which the text ends."""
        for token in _TOKEN.finditer(text):
            if shown := token["text"]:
                self._print(shown)
            elif control := token["control"]:
                self._control(control)
            elif token["final"]:
                digits = token["number"].partition(";")[0]
                number = int(digits) if digits.isdecimal() and len(digits) < 6 else 0
                self._move(token["final"], number)
        return self._row

    def _print(self, text: str) -> None:
        for character in text:
            width = _width(character)
            if self._column + width > self._columns:
                self._row += 1
                self._column = 0
            self._column += width

    def _control(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(0, min(self._column, self._columns - 1) - 1)
        elif control == "\t":
            self._column = min(self._columns - 1, (self._column // _TAB + 1) * _TAB)

    def _move(self, final: str, number: int) -> None:
        by = number or 1
        if final == "A":
            self._row = max(0, self._row - by)
        elif final == "B":
            self._row += by
        elif final == "C":
            self._column = min(self._columns - 1, self._column + by)
        elif final == "D":
            self._column = max(0, self._column - by)
        elif final == "G":
            self._column = min(self._columns, by) - 1


def _width(character: str) -> int:
    """Columns that a character takes."""
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
