"""`procrun start --focus web`: one dyno gets the keys of the terminal that `start` runs on."""

from __future__ import annotations

import os

from procrun.core import commands
from procrun.core.keys import title
from procrun.core.leave_key import LeaveKey
from procrun.errors import ProcrunError, UsageError
from procrun.supervisor.attachment import Attachment
from procrun.system.raw_terminal import USUAL_SIZE, RawTerminal, put_in_foreground, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.logs.focused import FocusedSink
    from procrun.loop import Loop
    from procrun.plan import Plan
    from procrun.settings import Settings
    from procrun.supervisor import Supervisor

_INPUT, _OUTPUT = 0, 1
_READ_AT_ONCE = 64 * 1024  # bytes
_TWICE = 2.0  # seconds in which the key that ends it does not end the app


def choose(settings: Settings, plan: Plan) -> tuple[str, tuple[str, ...]]:
    """The dyno to focus on, "" for none, and notes for the log.

    UsageError if it can't be; where a settings file wants it, that is only a note.
    """
    wanted = settings.focus
    if not wanted:
        return "", ()
    try:
        _check_terminal(settings, plan)
        names = [str(launch.name) for launch in plan.launches]
        return commands.only([wanted], names), ()
    except ProcrunError as error:
        if settings.source("focus") == "--focus":
            raise UsageError(f"--focus {wanted}: {error.message}", error.hint) from error
        return "", (f"focus {wanted} is left out: {error.message}",)


def _check_terminal(settings: Settings, plan: Plan) -> None:
    if not (os.isatty(_INPUT) and os.isatty(_OUTPUT)):
        hint = "Start it on one, or use `procrun attach` from one."
        raise ProcrunError("standard input and output are no terminal", hint)
    if settings.json or not plan.terminal:
        hint = "Leave --json or --no-tty out."
        raise ProcrunError("the processes have no terminals", hint)
    if _foreground() != os.getpgrp():
        hint = "Start it in the foreground, or use `procrun attach`."
        raise ProcrunError("nobody types here: we are in the background", hint)


def _foreground() -> int:
    """The group in the foreground of our terminal; 0 if it is not our session's, or hung up."""
    try:
        return os.tcgetpgrp(_INPUT)
    except OSError:
        return 0


def describe_terminal() -> str:
    """How our terminal is set, for whoever has to restore it when we are killed."""
    return RawTerminal(_INPUT).described()


class Focus:
    """A dyno's hold on our terminal, from `begin` to `end`. `key` ends it.

    It is attached to the dyno as a client of the socket would be.
    """

    def __init__(self, name: str, key: int, sink: FocusedSink) -> None:
        self._name = name
        self._key = key
        self._leave_key = LeaveKey(key)
        self._sink = sink
        self._terminal = RawTerminal(_INPUT)
        self._before = _foreground()
        self._supervisor: Supervisor
        self._loop: Loop
        self._attachment: Attachment | None = None  # while it has the terminal
        self._ended_at: float | None = None  # on the loop's clock

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of all of our terminal."""
        return size(_OUTPUT) or USUAL_SIZE

    def begin(self, supervisor: Supervisor, loop: Loop) -> None:
        """Give the dyno the terminal; it need not be started yet."""
        self._supervisor, self._loop = supervisor, loop
        slot = next(slot for slot in supervisor.slots if slot.name == self._name)
        self._attachment = Attachment.of(slot, supervisor, loop)
        self._attachment.join(self)
        self._sink.focus(self._name, self.size[1])
        self._take_terminal()
        supervisor.say(f"your keys go to {self._name}; {title(self._key)} ends that")

    def end(self, text: str = "") -> None:
        """Take the terminal back, and say so with this text; harmless if that was done."""
        attachment, self._attachment = self._attachment, None
        if attachment is None:
            return
        self._ended_at = self._loop.now()
        self._loop.forget(_INPUT)
        self._sink.unfocus()
        if _foreground() in (os.getpgrp(), self._before, 0):  # else it is the shell's by now
            self._terminal.restore()
            put_in_foreground(_INPUT, self._before)
        attachment.leave(self)
        if text:
            self._supervisor.say(text)

    @property
    def ended_lately(self) -> bool:
        """Whether the key that ends it may have been pressed once more than needed."""
        over = self._attachment is None and self._ended_at is not None
        return over and self._loop.now() - (self._ended_at or 0.0) < _TWICE

    def resized(self) -> None:
        """Our terminal has another size."""
        if self._attachment is not None:
            self._sink.resize(self.size[1])
            self._attachment.resized(self)

    def continued(self) -> None:
        """We were suspended: take the terminal again if it is ours again."""
        if self._attachment is not None and _foreground() == self._before:
            self._take_terminal()

    def show(self, written: bytes) -> None:
        """Take what the dyno wrote."""
        self._sink.show(written)

    def tell(self, _text: str) -> None:
        """The log says the same; of what happened to the dyno's process nothing is left open."""
        self._sink.begin_anew()

    def hold(self, *, held: bool) -> None:
        """Read no more keys while the dyno does not take them."""
        if held:
            self._loop.forget(_INPUT)
        elif self._attachment is not None:
            self._loop.watch(_INPUT, self._typed)

    def part(self, text: str, _code: int) -> None:
        """The dyno has ended for good."""
        self.end(f"your keys go to procrun again: {text}")

    def _take_terminal(self) -> None:
        put_in_foreground(_INPUT, os.getpgrp())
        self._terminal.raw()
        self._loop.watch(_INPUT, self._typed)

    def _in_background(self) -> None:
        """Somebody typed, but not for us, unless we were continued just now."""
        if _foreground() == self._before:
            self._take_terminal()
        else:
            self.end("your keys go to the shell: we are in the background")

    def _typed(self) -> None:
        try:
            typed = os.read(_INPUT, _READ_AT_ONCE)
        except OSError:  # we are in the background
            self._in_background()
            return
        keys, leaves = self._leave_key.feed(typed)
        if self._attachment is not None:
            self._attachment.write(self, keys)
        if leaves or not typed:
            self.end("your keys go to procrun again: Ctrl-C stops the app")
