"""The visible process: it waits, relays signals, and leaves no orphan.

`procrun start` is two processes. The outer one, whose pid the shell knows, is this module and
nothing else; the inner one, its child, does the work. Each notices the other's end: the outer one
as a parent does, the inner one by the end of file on the pipe (the lifeline) over which the outer
one relays signals. Whichever is killed, even by `kill -9`, the other ends the app.

Why so:
* A process that is killed cannot clean up, so there must be a second one, and it must be forked
  before anything heavy is imported: then it costs a megabyte.
* Signals are blocked before the fork, so that there is no moment at which one is lost, and taken
  with sigwait, so that no handler ever runs at a bad moment.
* The inner one has a process group of its own. One Ctrl-C of the terminal is then one signal, and
  whoever kills our whole group still leaves a witness.
* What the dynos leave behind becomes a child of the outer process at last (a subreaper, Linux),
  which ends it: the same way whether the inner one ended well or badly.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from procrun import descendants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_PASSED_ON = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
_JOB_CONTROL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_OWN = (signal.SIGCHLD, signal.SIGCONT)

# How long to wait for what was sent SIGKILL: only a process stuck in the kernel outlives this.
_KILLED_PATIENCE = 5.0


class Link:
    """The inner process' end: signals come out of `lifeline`, and `instruct` tells the outer one.

    Every byte of the lifeline is the number of a signal; SIGCHLD says that an orphan was reaped.
    """

    def __init__(self, lifeline: int, orders: int) -> None:
        self.lifeline = lifeline
        self._orders = orders

    def instruct(self, grace: float, keep: tuple[str, ...]) -> None:
        """Say how long leftovers may take to end (seconds), and which programs to spare."""
        os.write(self._orders, "\n".join((str(grace), *keep)).encode())
        os.close(self._orders)


def guard(run: Callable[[Link], int]) -> NoReturn:
    """Fork, `run` in the child, and exit with its exit code when nothing of it is left.

    The calling process must not have threads.
    """
    signals = _signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    descendants.adopt_orphans()  # before the fork, so that both share what it imports
    for number in signals:
        signal.signal(number, _ignore)  # where a default of "ignore" would discard it unseen
    lifeline, relay = os.pipe()
    orders, order = os.pipe()
    inner = os.fork()
    if inner == 0:
        os.close(relay)
        os.close(orders)
        os.setpgid(0, 0)
        _exit(run(Link(lifeline, order)))
    os.close(lifeline)
    os.close(order)
    os.set_blocking(relay, False)
    _exit(_Guardian(inner, relay, orders, signals).watch())


def _signals() -> frozenset[signal.Signals]:
    """What the guardian takes; SIGHUP only unless it is ignored, as under nohup."""
    taken = {*STOPS, *_PASSED_ON, *_JOB_CONTROL, *_OWN}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        taken.discard(signal.SIGHUP)
    return frozenset(taken)


def _ignore(_number: int, _frame: object) -> None:
    pass


def _exit(code: int) -> NoReturn:
    """End without Python's own tidying up, which takes 6 ms and has nothing left to do."""
    sys.stderr.flush()
    os._exit(code)


class _Guardian:
    def __init__(
        self, inner: int, relay: int, orders: int, signals: frozenset[signal.Signals]
    ) -> None:
        self._inner = inner
        self._relay = relay
        self._orders = orders
        self._signals = signals
        self._status: int | None = None

    def watch(self) -> int:
        while self._status is None:
            self._serve(signal.sigwait(self._signals))
        return self._end(self._status)

    def _serve(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif number in _JOB_CONTROL:
            self._suspend()
        elif number == signal.SIGCONT:
            os.kill(self._inner, signal.SIGCONT)
        else:
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        try:
            os.write(self._relay, bytes((number,)))
        except OSError:
            pass  # the inner process is ending, or has more signals waiting than anybody sends

    def _suspend(self) -> None:
        """Ctrl-Z stops procrun and not the dynos, as long as their pipes have room."""
        os.kill(self._inner, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(self._inner, signal.SIGCONT)

    def _reap(self) -> bool:
        """Reap what ended; whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._inner:
                self._status = status
            else:
                self._pass_on(signal.SIGCHLD)

    def _end(self, status: int) -> int:
        grace, keep = self._instructions()
        _Leftovers(grace, keep, self._signals, self._reap).end()
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            sys.stderr.write(f"procrun: its inner process was killed by {name}; all was stopped\n")
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _instructions(self) -> tuple[float, frozenset[str]]:
        with os.fdopen(self._orders) as orders:
            grace, *keep = orders.read().split("\n")
        return float(grace or 5.0), frozenset(keep)


class _Leftovers:
    """Ends whatever still descends from us: SIGTERM, the grace, SIGKILL."""

    def __init__(
        self,
        grace: float,
        keep: frozenset[str],
        signals: frozenset[signal.Signals],
        reap: Callable[[], bool],
    ) -> None:
        self._grace = grace
        self._keep = keep
        self._signals = signals
        self._reap = reap

    def end(self) -> None:
        if not self._reap():
            return
        asked: set[int] = set()
        deadline = time.monotonic() + self._grace
        while left := self._left():
            if time.monotonic() >= deadline:
                break
            for pid in left.keys() - asked:
                _kill(pid, signal.SIGTERM)
            asked |= left.keys()
            if not self._wait(deadline):
                break
        self._kill_all()

    def _kill_all(self) -> None:
        deadline = time.monotonic() + _KILLED_PATIENCE
        while (left := self._left()) and time.monotonic() < deadline:
            for pid in left:
                _kill(pid, signal.SIGKILL)
            self._wait(deadline)
        if left:
            names = ", ".join(f"{name} (pid {pid})" for pid, name in left.items())
            sys.stderr.write(f"procrun: SIGKILL did not end {names}\n")

    def _left(self) -> dict[int, str]:
        self._reap()
        found = descendants.descendants(os.getpid())
        return {process.pid: process.name for process in found if process.name not in self._keep}

    def _wait(self, deadline: float) -> bool:
        """Wait until a child ended (True), time is up or somebody is impatient (False)."""
        while (left := deadline - time.monotonic()) > 0:
            got = _wait_for_signal(self._signals, left)
            if got == signal.SIGCHLD:
                return True
            if got in (signal.SIGINT, signal.SIGQUIT):
                return False
        return False


def _wait_for_signal(signals: frozenset[signal.Signals], timeout: float) -> int | None:
    if sys.platform != "linux":  # no sigtimedwait; nothing is ever left to wait for there either
        return None
    got = signal.sigtimedwait(signals, timeout)
    return got.si_signo if got else None


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        pass  # it changed its user; nobody but root could end it
