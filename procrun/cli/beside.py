"""A command in the foreground, beside an app: how it is found, run, and what signals mean to it.

It is in our process group and on our terminal, so that Ctrl-C and Ctrl-Z reach it as they would
without us.
"""

from __future__ import annotations

import enum
import os
import signal
import time

from procrun.cli.main import reported
from procrun.cli.run import execute, located
from procrun.core.exit_status import code
from procrun.errors import NOT_EXECUTABLE, NOT_FOUND, ProcrunError
from procrun.guardian import fork, next_signal
from procrun.system.shell import Execution, is_plain_word, through_shell
from procrun.system.signal_roles import IMPATIENT, STOPS
from procrun.testing.host import hurry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

# One Ctrl-C may come twice, from the terminal and from a wrapper (npm) that passes it on: what
# comes so soon (seconds) is the same one.
_ECHO = 0.3
_LONGEST_LINE = 256  # bytes that Linux reads of it


def execution_of(command: tuple[str, ...]) -> Execution:
    """How to execute the words of a command: one word goes to the shell, as `procrun run` has it.

    ProcrunError, with the exit code of a shell, for what can't be executed.
    """
    program, *more = command
    path = located(program, os.environ)
    if program and not more and not os.path.isfile(path) and not is_plain_word(program):
        return through_shell(program)
    if not path or not os.path.lexists(path):
        raise _not_found(program)
    if os.path.isdir(path):
        raise ProcrunError(f"{program} is a folder", "Name a program.", NOT_EXECUTABLE)
    if not os.access(path, os.X_OK):
        hint = "Make it executable (chmod +x), or run it through its interpreter."
        raise ProcrunError(f"{program} can't be executed", hint, NOT_EXECUTABLE)
    if not _has_interpreter(path):
        hint = "The first line of the file (#!) names a program that does not exist."
        raise ProcrunError(f"{program}: interpreter not found", hint, NOT_EXECUTABLE)
    return Execution(path, command)


def _has_interpreter(path: str) -> bool:
    """Whether what its first line names is there; so it is where it names nothing."""
    try:
        with open(path, "rb") as file:
            first = file.readline(_LONGEST_LINE)
    except OSError:  # it can be executed, but not read
        return True
    words = first[2:].split() if first.startswith(b"#!") else ()
    return not words or os.path.exists(words[0])


def _not_found(program: str) -> ProcrunError:
    if not program:
        return ProcrunError("the command is an empty word", "Name a program.", NOT_FOUND)
    if "/" in program:
        hint = "A relative path is relative to the current folder."
        return ProcrunError(f"{program}: no such file", hint, NOT_FOUND)
    hint = "Is it installed, and on your PATH?"
    return ProcrunError(f"{program}: command not found", hint, NOT_FOUND)


class Interrupted(BaseException):
    """A signal came before the command was started, which is not started then."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Phase(enum.Enum):
    STARTING = "the app is being started"
    RUNNING = "the command runs"
    STOPPING = "the app is being stopped"


class Foreground:
    """Takes signals from the start on: at first they end all, then they are the command's.

    While the app is stopping, a Ctrl-C has it killed.
    """

    def __init__(self) -> None:
        self._phase = _Phase.STARTING
        self.was_interrupted = False  # by Ctrl-C on the terminal, while the command ran
        self._interrupted_at = -_ECHO
        self._passed_on = 0  # the signal that we were to end by
        # What is ignored, as under nohup, stays so, for the command as well.
        taken = (number for number in STOPS if signal.getsignal(number) is not signal.SIG_IGN)
        self._taken = (*taken, signal.SIGCHLD)
        for number in self._taken:
            signal.signal(number, self._take)

    def run(self, execution: Execution, environment: Mapping[str, str]) -> int:
        """Run the command to its end; the exit code, 128+n also for a signal that was passed on.

        Interrupted where a signal came before. ProcrunError where no process can be started.
        """
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, self._taken)
        try:
            self._phase = _Phase.RUNNING
            command = fork()
            if command == 0:
                self._become(execution, environment, usual)
            status = self._await(command)
        finally:
            self._phase = _Phase.STOPPING
            signal.pthread_sigmask(signal.SIG_SETMASK, usual)
        return 128 + self._passed_on if self._passed_on else code(status)

    def _become(
        self,
        execution: Execution,
        environment: Mapping[str, str],
        mask: set[int | signal.Signals],
    ) -> NoReturn:
        for number in self._taken:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os._exit(reported(lambda: execute(execution, environment)))

    def _await(self, command: int) -> int:
        """The wait status of the command; until it has ended it gets the signals that we get."""
        signals = frozenset(map(signal.Signals, self._taken))
        status = None
        while status is None or signals & signal.sigpending():  # its Ctrl-C is ours, too
            number, sender = next_signal(signals) or (signal.SIGCHLD, 0)
            if number != signal.SIGCHLD:
                self._pass_on(number, sender, command if status is None else 0)
            elif status is None:
                ended, found = os.waitpid(command, os.WNOHANG)
                status = found if ended else None
        return status

    def _pass_on(self, number: int, sender: int, command: int) -> None:
        """What the terminal sends has reached the command already."""
        self.was_interrupted |= number in IMPATIENT and not sender
        if self._is_echo(number) or (number in IMPATIENT and not sender):
            return
        if number not in IMPATIENT:
            self._passed_on = number
        try:
            if command:
                os.kill(command, number)
        except PermissionError:
            pass  # it changed its user (sudo), and only the terminal could reach it

    def _take(self, number: int, _frame: object) -> None:
        if number == signal.SIGCHLD:
            return
        is_echo = self._is_echo(number)
        if self._phase is _Phase.STARTING:
            self._phase = _Phase.STOPPING
            raise Interrupted(number)
        if number in IMPATIENT and not is_echo:
            hurry()

    def _is_echo(self, number: int) -> bool:
        if number not in IMPATIENT:
            return False
        before, self._interrupted_at = self._interrupted_at, time.monotonic()
        return self._interrupted_at - before < _ECHO
