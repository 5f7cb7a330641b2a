"""The caller's terminal, or what stands in its place, as the screen of a dyno."""

from __future__ import annotations

import errno
import os
import select

from procrun.core.screen_modes import ScreenModes
from procrun.core.terminal_frames import Size
from procrun.logs.output import Output
from procrun.system.raw_terminal import RawTerminal
from procrun.system.raw_terminal import size as size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.loop import Loop

_INPUT, _OUTPUT, _ERROR = 0, 1, 2
_PATIENCE = 300  # ms, for standard error to take a line


class Screen:
    """Standard input, output and error, of which any may be no terminal."""

    def __init__(self) -> None:
        self._keyboard = RawTerminal(_INPUT) if os.isatty(_INPUT) else None
        self.input = _own_terminal() if self._keyboard else _INPUT  # a descriptor to read from
        self._shows = os.isatty(_OUTPUT)
        self._tells = os.isatty(_ERROR)
        self._output: Output | None = None
        self._modes = ScreenModes()
        self._enter: Callable[[], None] = lambda: None
        self._wants_raw = False
        self._raw = False  # as it is now
        self._undone = False  # what the dyno turned on
        self._in_line = False  # the last byte shown was no newline

    @property
    def takes_keys(self) -> bool:
        """Whether somebody types, rather than a file or a pipe."""
        return self._keyboard is not None

    @property
    def size(self) -> Size:
        """Its rows and columns; zeros where there are none."""
        return Size(*(size_of(_OUTPUT) or size_of(_INPUT) or (0, 0)))

    @property
    def blocked(self) -> bool:
        """Whether something shown waits for somebody to read it."""
        return self._output is not None and self._output.blocked

    @property
    def waiting(self) -> int:
        """How many bytes of it do."""
        return self._output.waiting if self._output is not None else 0

    def begin(self, loop: Loop, gone: Callable[[int], None]) -> None:
        """Write on this loop from now on; `gone(errno)` is called if standard output fails."""
        try:
            self._output = Output(_OUTPUT, loop, gone)
        except OSError as error:  # closed
            number = error.errno or errno.EBADF
            loop.later(0, lambda: gone(number))

    def enter(self, key: int, *, raw: bool) -> None:
        """Get every key as it is pressed; else lines, but `key` sends SIGQUIT at any moment."""
        keyboard = self._keyboard
        if keyboard is not None:
            self._enter = keyboard.raw if raw else lambda: keyboard.lines(key)
            self._wants_raw = raw
            self.enter_again()

    def enter_again(self) -> None:
        """The same after somebody else had the terminal, with what the dyno turned on."""
        self._raw = self._wants_raw
        self._enter()
        if self._undone:
            self._undone = False
            self._switch(self._modes.redo())

    def disturbed(self) -> None:
        """The terminal itself wrote: the key that leaves, in the middle of a line."""
        self._in_line = self._in_line or (self._shows and not self._raw)

    def restore(self) -> None:
        """Make the terminal as it was."""
        self._undone = True
        self._switch(self._modes.undo())
        if self._keyboard is not None:
            self._keyboard.restore()
            self._raw = False

    def _switch(self, codes: bytes) -> None:
        if self._shows and codes and self._output is not None:
            self._output.write([codes])

    def close(self) -> None:
        """Let go of it; what nobody has read is dropped."""
        if self._output is not None:
            self._output.close()
        if self.input != _INPUT:
            os.close(self.input)

    def show(self, written: bytes) -> None:
        """Write output of the dyno, now or as soon as somebody reads."""
        if written and self._output is not None:
            if self._shows:
                self._modes.feed(written)
                self._in_line = written[-1:] != b"\n"
            self._output.write([written])

    def tell(self, text: str) -> None:
        """Say something on standard error, on a line of its own."""
        end = "\r\n" if self._tells and self._raw else "\n"
        before = end if self._tells and self._in_line else ""
        self._in_line = False
        line = os.fsencode(f"{before}procrun: {text}{end}")
        if self._output is not None and self._shows and self._tells and _is_one_terminal():
            self._output.write([line])  # behind what is shown, as nobody may read
        else:
            _write(_ERROR, line)

    def greet(self, text: str) -> None:
        """Say something that only somebody who types wants to know."""
        if self.takes_keys:
            self.tell(text)


def _own_terminal() -> int:
    """Our terminal opened anew, so that a read never waits.

    A key that sends a signal throws away what was typed before: select() may have promised that.
    The description that we inherit is the shell's as well, and must stay as it is.
    """
    try:
        return os.open(os.ttyname(_INPUT), os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:  # not ours to open, after `su`
        return _INPUT


def _is_one_terminal() -> bool:
    """Whether standard output and error are the same one."""
    return os.fstat(_OUTPUT).st_rdev == os.fstat(_ERROR).st_rdev


def _write(fd: int, line: bytes) -> None:
    """Write a line where that is possible soon."""
    ready = select.poll()
    ready.register(fd, select.POLLOUT)
    try:
        if ready.poll(_PATIENCE):
            os.write(fd, line)
    except OSError:
        pass  # hung up
