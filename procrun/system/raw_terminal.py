"""The terminal that procrun was started on: every key as it is pressed, and all as it was after."""

from __future__ import annotations

import os
import termios

# The places of the flags that tcgetattr gives; behind the last of them come the characters.
_INPUT, _OUTPUT, _LOCAL = 0, 1, 3
_FLAGS = 6

USUAL_SIZE = (24, 80)  # rows and columns of a terminal that does not say, or where there is none

_NOT_RAW = {
    _INPUT: (
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    ),
    _OUTPUT: termios.OPOST,
    _LOCAL: termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN,
}


class RawTerminal:
    """A terminal whose modes are changed for a while. termios.error if `fd` is none.

    Nothing happens to one that is hung up.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        attributes = termios.tcgetattr(fd)
        self._flags: list[int] = attributes[:_FLAGS]
        self._characters: list[bytes | int] = attributes[_FLAGS]

    def raw(self) -> None:
        """Every key is a byte to be read and nothing else; what is written is left alone."""
        flags = [flag & ~_NOT_RAW.get(place, 0) for place, flag in enumerate(self._flags)]
        characters = list(self._characters)
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        _set(self._fd, flags, characters)

    def lines(self, key: int) -> None:
        """Lines as usual, but `key` alone sends SIGQUIT, at any moment."""
        flags = list(self._flags)
        flags[_LOCAL] |= termios.ISIG
        pressed = bytes((key,))
        off = bytes((os.fpathconf(self._fd, "PC_VDISABLE"),))
        characters = [off if each == pressed else each for each in self._characters]
        characters[termios.VQUIT] = pressed
        _set(self._fd, flags, characters)

    def restore(self) -> None:
        """Make it as it was."""
        _set(self._fd, self._flags, self._characters)

    def described(self) -> str:
        """How it was, on one line, for `restore_described` of another process."""
        codes = (each if isinstance(each, int) else each[0] for each in self._characters)
        return " ".join(map(str, (*self._flags, *codes)))


def size(fd: int) -> tuple[int, int] | None:
    """Rows and columns of a terminal; None if it is none, or does not say."""
    try:
        rows, columns = termios.tcgetwinsize(fd)
    except termios.error:
        return None
    return (rows, columns) if rows and columns else None


def restore_described(fd: int, described: str) -> None:
    """Make a terminal as it was, and our group the one in its foreground, where that can be done.

    SIGTTOU must be blocked or ignored.
    """
    numbers = list(map(int, described.split()))
    characters: list[bytes | int] = [bytes((code,)) for code in numbers[_FLAGS:]]
    put_in_foreground(fd, os.getpgrp())
    _set(fd, numbers[:_FLAGS], characters)


def nobody_reads(fd: int) -> bool:
    """Whether the process group in the foreground of a terminal has ended."""
    try:
        os.killpg(os.tcgetpgrp(fd), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def put_in_foreground(fd: int, group: int) -> None:
    """Make this process group the one that reads from the terminal and gets its signals.

    SIGTTOU must be blocked or ignored. Nothing happens if either is gone.
    """
    try:
        os.tcsetpgrp(fd, group)
    except OSError:
        pass


def _set(fd: int, flags: list[int], characters: list[bytes | int]) -> None:
    attributes: list[int | list[bytes | int]] = [*flags, characters]
    # TCSANOW: what was typed ahead is kept, and nobody waits for a terminal that is held up.
    try:
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
    except termios.error:
        pass
