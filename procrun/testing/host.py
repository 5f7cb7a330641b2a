"""The owner's end of a host: the process that runs an app, or a one-off, and ends with its owner.

The lifeline is the standard input of the host, which ends when this process does, however that
comes about. So that nothing else keeps it open it is not inherited by programs that are started,
and a fork of this process (multiprocessing) lets go of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import weakref
from contextlib import suppress

from procrun.core.order import KEEP, STOP, Begun, Ended, Refused
from procrun.errors import FAILURE, Problem, ProcrunError
from procrun.system.descendants import descendants
from procrun.system.readable import is_readable

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from procrun.core.order import Order

_COMMAND = (sys.executable, "-P", "-m", "procrun.owned")  # -P: not from the current folder
_LEAST_PATIENCE = 10.0  # seconds beside the grace of the dynos, for a host to end
_TO_END_THE_REST = 2.0  # the same where its inner process was killed
USUAL_GRACE = 5.0  # seconds, where it is not known
_BLOCK = 65536  # bytes
_OWN_COVERAGE = "COVERAGE_PROCESS_"  # variables that would measure procrun itself

_hosts: weakref.WeakSet[Host] = weakref.WeakSet()


_PATIENCE = 30.0  # seconds for a host to tell that it has begun, on a very busy machine


class HostFailed(ProcrunError):
    """The host could not carry out its order, or ended before it had said what it should."""

    def __init__(self, problems: tuple[Problem, ...], status: int) -> None:
        super().__init__("\n".join(map(str, problems)), problems[0].hint, status)
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong."""
        return self._problems


class Host:
    """A host that carries out an order. Its standard output and error are read here."""

    def __init__(self, order: Order) -> None:
        """Start it. ProcrunError if the system can't."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_OWN_COVERAGE)
        }
        try:
            self._process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for the owner
            )
        except OSError as error:
            raise ProcrunError(f"no process can be started: {error.strerror}") from error
        self._lifeline, self._output, self._errors = _pipes(self._process)
        self._said = b""
        self._is_told_to_stop = False
        self._ended: Ended | None = None  # what it has said of its app's end
        _hosts.add(self)
        self._tell(order.encode())

    @property
    def pid(self) -> int:
        """Of its visible process."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether its visible process has."""
        return self._process.poll() is not None

    def begun(self) -> Begun:
        """What it says when it has begun. HostFailed, with what is wrong, where it does not."""
        line = self._hear(_PATIENCE)
        if refused := Refused.decode(line):
            raise HostFailed(refused.problems, refused.status)
        return Begun.decode(line)

    def stop(self, grace: float) -> Ended:
        """Have it end its app; what became of that. `grace` is the longest of the dynos'."""
        self.tell_to_stop()
        if self._ended is None:  # it may be, where we were interrupted
            self._ended = Ended.decode(self._hear(grace + _LEAST_PATIENCE))
        return self._ended

    def tell_to_stop(self) -> None:
        """Have it begin to end its app."""
        if not self._is_told_to_stop:
            self._is_told_to_stop = True
            self._tell(STOP)

    def keep(self) -> None:
        """Let it go on without us."""
        self._tell(KEEP)
        self._process.returncode = 0  # nobody waits for it any more
        self._close()

    def end(self, grace: float = USUAL_GRACE) -> None:
        """Let go of it, and wait until nothing of it is left; harmless if that is so already.

        `grace` is as for `stop`. One that does not end is killed, with all that it runs.
        """
        deadline = time.monotonic() + grace + _LEAST_PATIENCE
        self._lifeline.close()
        try:
            while not self._output.closed and is_readable(self._output, _until(deadline)):
                if not self._output.read(_BLOCK):
                    break  # as it does at its end
            self._process.wait(_until(deadline))
        except subprocess.TimeoutExpired:
            self._kill(grace)
        self._close()

    def run(self, timeout: float | None, grace: float) -> tuple[int, str, str]:
        """The exit code of a one-off, and what it wrote to standard output and error.

        TimeoutError if it has not ended within so many seconds; then it is ended. `grace` is how
        long what it leaves may take for that.
        """
        try:
            self._process.stdin = None  # stays open until it has ended
            output, errors = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            self.end(grace)
        status = self._process.returncode
        return status if status >= 0 else 128 - status, _text(output), _text(errors)

    def hurry(self) -> None:
        """Have it kill its app, if it is ending it: a second Ctrl-C means the same to `start`."""
        self._process.send_signal(signal.SIGINT)

    def _kill(self, grace: float) -> None:
        """Kill its inner process, so that the other one ends the rest; or else all of it."""
        self._process.send_signal(signal.SIGCONT)  # somebody may have suspended it
        below = descendants(self.pid)
        _kill(process.pid for process in below if process.parent == self.pid)
        try:
            self._process.wait(grace + _TO_END_THE_REST)
        except subprocess.TimeoutExpired:
            _kill(process.pid for process in (*below, *descendants(self.pid)))
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """In a fork of the owner: this is not our lifeline."""
        if not self._lifeline.closed:
            nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(nowhere, self._lifeline.fileno(), inheritable=False)
            os.close(nowhere)

    def _hear(self, patience: float) -> bytes:
        """The next line that it says, within so many seconds. HostFailed if it does not."""
        if self._output.closed:
            raise _failure("the host was let go of")
        deadline = time.monotonic() + patience
        while b"\n" not in self._said:
            if not is_readable(self._output, _until(deadline)):
                raise _failure(f"the host (pid {self.pid}) says nothing", "Please report it.")
            data = self._output.read(_BLOCK)
            if not data:
                raise self._end_too_soon()
            self._said += data
        line, _, self._said = self._said.partition(b"\n")
        return line

    def _tell(self, line: bytes) -> None:
        try:
            while line:
                line = line[self._lifeline.write(line) or 0 :]
        except BrokenPipeError:
            pass  # it has ended, and said why

    def _end_too_soon(self) -> HostFailed:
        self._lifeline.close()
        told = _text(self._errors.read()).strip()
        return _failure(f"the host ended with {self._process.wait()}" + (told and f": {told}"))

    def _close(self) -> None:
        for pipe in (self._lifeline, self._output, self._errors):
            pipe.close()


def hurry() -> None:
    """Have each host that is ending its app kill it now; callable in a handler of signals."""
    for host in list(_hosts):
        host.hurry()


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _failure(text: str, hint: str = "") -> HostFailed:
    return HostFailed((Problem("", text, hint),), FAILURE)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise TypeError("a host has three pipes")
    return process.stdin, process.stdout, process.stderr


def _until(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _forked() -> None:
    for host in list(_hosts):
        host.let_go()


os.register_at_fork(after_in_child=_forked)
