"""`procrun start -D`: the app in a session of its own, and what its caller hears of the start.

Three processes: the caller, which waits until it has heard what became of the start; the visible
process of the app, forked from it before anything heavy is imported; and the inner one. What the
inner one tells is lines on a pipe, the first byte of each saying what it is.

* Whatever the caller left open is let go, so that nobody waits for the end of it in vain: at once
  in the visible process; in the inner one once all files are read and, of standard error, when the
  app has started, because until then errors belong there.
* A caller that is killed, or loses its terminal, leaves an app that starts or fails by itself: it
  is in the background already. Ctrl-C and SIGTERM in the caller end the app, and then the caller.
"""

from __future__ import annotations

import os
import signal
import sys

from procrun.errors import FAILURE, ProcrunError
from procrun.guardian import fork, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

    from procrun.guardian import Link

_OUTPUT = b">"  # a line for standard output
_ERROR = b"!"  # one for standard error
_GOES_ON = b"="  # the exit code: the app goes on
_ENDS = b"."  # the exit code, once the app has ended

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
_BY_SIGNAL = 128  # and the signal's number: the exit code of what was killed
_STANDARD_INPUT, _STANDARD_OUTPUT, _STANDARD_ERROR = range(3)


class Caller:
    """The inner process' line to whoever called, who may be gone."""

    def __init__(self, descriptor: int, inherited: Iterable[int]) -> None:
        self._descriptor = descriptor
        self._inherited = tuple(inherited)

    def leave(self) -> None:
        """In the visible process: nothing here is of use to it."""
        os.close(self._descriptor)
        self.all_is_read()
        _lead_nowhere(_STANDARD_ERROR)

    def all_is_read(self) -> None:
        """Let go of what the caller left open, but for standard error."""
        _lead_nowhere(_STANDARD_INPUT)
        for fd in self._inherited:
            os.close(fd)

    def tell(self, text: str | bytes, *, error: bool = False) -> None:
        """Have a line written: to standard output, or to standard error."""
        line = text if isinstance(text, bytes) else os.fsencode(text)
        self._write((_ERROR if error else _OUTPUT) + line + b"\n")

    def done(self, code: int, *, ends: bool) -> None:
        """Have the caller exit with this code, after the app if that `ends`; let go of it."""
        self._write(b"%s%d\n" % (_ENDS if ends else _GOES_ON, code))
        os.close(self._descriptor)
        _lead_nowhere(_STANDARD_ERROR)

    def _write(self, line: bytes) -> None:
        try:
            os.write(self._descriptor, line)
        except BrokenPipeError:
            pass  # it was killed


def in_background(run: Callable[[Link, Caller], int]) -> int:
    """`run` in the background, guarded; the exit code of the caller, when it is known.

    The calling process must not have threads.
    """
    inherited = _inherited()
    heard, told = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    app = fork()
    if app == 0:
        os.close(heard)
        _begin(run, Caller(told, inherited))
    os.close(told)
    return _Wait(app).hear(heard)


def _begin(run: Callable[[Link, Caller], int], caller: Caller) -> NoReturn:
    """In the process that becomes the visible one."""
    os.setsid()
    _lead_nowhere(_STANDARD_OUTPUT)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    guard(lambda link: run(link, caller), caller.leave)


class _Wait:
    """The caller's wait for what becomes of the start."""

    def __init__(self, app: int) -> None:
        self._app = app
        self._code: int | None = None
        self._ends = True
        self._interrupted_by = 0
        self._unwritten: OSError | None = None  # why not all could be shown
        self._heed(self._interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def hear(self, descriptor: int) -> int:
        """Write what comes until it is known what becomes of the app; the exit code."""
        with open(descriptor, "rb") as lines:
            for line in lines:
                if not self._interrupted_by:  # else none of it is news
                    self._take(line[:1], line[1:])
                    if not self._ends:
                        break
        if not self._ends:
            self._heed(signal.SIG_DFL)
        code = self._code_of_app() if self._ends or self._interrupted_by else 0
        self._heed(signal.SIG_DFL)
        if self._interrupted_by:
            return _BY_SIGNAL + self._interrupted_by
        if self._unwritten and self._code == 0:
            what = f"standard output cannot be written: {self._unwritten.strerror}"
            hint = "" if self._ends else "The app runs all the same; `procrun ps` shows it."
            raise ProcrunError(what, hint)
        if self._code is not None:
            return self._code
        if code > _BY_SIGNAL:
            sys.stderr.write("procrun: the app was killed before it had started\n")
        return code or FAILURE

    def _heed(self, handler: Callable[[int, object], None] | signal.Handlers) -> None:
        for number in _ENDING:
            signal.signal(number, handler)

    def _interrupt(self, number: int, _frame: object) -> None:
        if not self._interrupted_by and number == signal.SIGINT:
            os.write(_STANDARD_ERROR, b"\nprocrun: stopping; Ctrl-C again kills at once\n")
        self._interrupted_by = number
        try:
            os.kill(self._app, number)
        except ProcessLookupError:
            pass  # it has ended by now

    def _take(self, kind: bytes, text: bytes) -> None:
        if kind in (_OUTPUT, _ERROR):
            stream = sys.stdout if kind == _OUTPUT else sys.stderr
            try:
                stream.buffer.write(text)
                stream.buffer.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                if kind == _OUTPUT:
                    self._unwritten = error
                # The rest is lost, and what is buffered must not fail again when Python exits.
                _lead_nowhere(stream.fileno())
        else:
            self._code = int(text)
            self._ends = kind == _ENDS

    def _code_of_app(self) -> int:
        """Its exit code, once it has ended."""
        code = os.waitstatus_to_exitcode(os.waitpid(self._app, 0)[1])
        return _BY_SIGNAL - code if code < 0 else code


def _inherited() -> list[int]:
    """The descriptors that our caller left open, besides the standard ones."""
    try:
        names = os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
    except OSError:
        return []  # no /proc
    return [int(name) for name in names if int(name) > _STANDARD_ERROR and _is_open(int(name))]


def _is_open(fd: int) -> bool:
    """Not so of the descriptor that listed the folder."""
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _lead_nowhere(standard: int) -> None:
    """Have a standard stream lead to nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(nowhere, standard)
    os.close(nowhere)
