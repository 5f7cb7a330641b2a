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

from procrun.errors import ProcrunError
from procrun.system import descendants
from procrun.system.signal_roles import IMPATIENT, JOB_CONTROL, STOPS, TO_LEADERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_OWN = (signal.SIGCHLD, signal.SIGCONT)

# One Ctrl-C may come twice, from the terminal and from a wrapper that passes it on: what comes from
# another sender so soon (seconds) is the same one.
_ECHO = 0.3
_GRACE = 5.0  # seconds, for an inner process that was killed before it said otherwise
# How long to wait for what was sent SIGKILL: only a process stuck in the kernel outlives this.
_KILLED_PATIENCE = 5.0


class Link:
    """The inner process' end: signals come out of `lifeline`, and `instruct` tells the outer one.

    Every byte of the lifeline is the number of a signal; SIGCHLD says that an orphan was reaped.
    Until `instruct` nothing is started, so that any signal ends the inner process, whatever file
    or keyboard it waits for; from then on signals are blocked until somebody listens.
    """

    def __init__(self, lifeline: int, orders: int, signals: frozenset[signal.Signals]) -> None:
        self.lifeline = lifeline
        self.orders = b""
        self._orders = orders
        self._signals = signals
        descendants.signal_at_parents_death(signal.SIGKILL)
        ending = signals & {*STOPS, *JOB_CONTROL}
        for number in ending:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)

    def instruct(
        self, grace: float, keep: tuple[str, ...], terminal: str = "", folder: str = ""
    ) -> None:
        """Say how long leftovers may take to end (seconds), and which programs to spare.

        `terminal` describes how to make ours again if we change it and are killed; `folder` is to
        be removed when nothing of us is left. Call it before anything is started. It makes a
        process group of our own.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        os.setpgid(0, 0)
        descendants.signal_at_parents_death(signal.SIGCONT)  # we may be suspended
        self.orders = os.fsencode("\0".join((str(grace), terminal, folder, *keep)))
        os.write(self._orders, self.orders)
        os.close(self._orders)

    def end_leftovers(self) -> None:
        """Do what the outer process does after our end, once the end of the lifeline has come.

        It may still be our parent at that moment: what it had open is closed before it is gone.
        """
        _end_leftovers(self.orders, self._signals)


def fork() -> int:
    """Fork; the child's pid, 0 in the child. ProcrunError where the system has no room for it."""
    try:
        return os.fork()
    except OSError as error:
        hint = "End some of the processes that run, or raise the limit."
        raise ProcrunError(f"no process can be started: {error.strerror}", hint) from error


def guard(run: Callable[[Link], int], alone: Callable[[], None] = lambda: None) -> NoReturn:
    """Fork, `run` in the child, and exit with its exit code when nothing of it is left.

    `alone` is called in the outer process once the inner one is there. The calling process must
    not have threads.
    """
    signals = _signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    descendants.call_itself("procrun")  # both, even when a `python -m procrun` started them
    descendants.adopt_orphans()  # before the fork, so that both share what it imports
    for number in signals:
        signal.signal(number, _ignore)  # where a default of "ignore" would discard it unseen
    lifeline, relay = os.pipe()
    orders, order = os.pipe()
    outer = os.getpid()
    strangers = _children()
    inner = fork()
    if inner == 0:
        os.close(relay)
        os.close(orders)
        link = Link(lifeline, order, signals)
        code = run(link) if os.getppid() == outer else 1
        if os.getppid() != outer:
            _end_leftovers(link.orders, signals)
        _exit(code)
    os.close(lifeline)
    os.close(order)
    alone()
    os.set_blocking(relay, False)
    os.set_blocking(orders, False)
    _exit(_Guardian(inner, relay, orders, signals, strangers).watch())


def _children() -> frozenset[int]:
    """Who was our child before we did anything: the `tee` of a shell's `> >(tee log)`."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return frozenset()
    return frozenset(process.pid for process in descendants.descendants(os.getpid()))


def _signals() -> frozenset[signal.Signals]:
    """What the guardian takes; SIGHUP only unless it is ignored, as under nohup."""
    taken = {*STOPS, *TO_LEADERS, signal.SIGWINCH, *JOB_CONTROL, *_OWN}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        taken.discard(signal.SIGHUP)
    return frozenset(taken)


def _ignore(_number: int, _frame: object) -> None:
    pass


def _end_leftovers(orders: bytes, signals: frozenset[signal.Signals]) -> None:
    """In the inner process, when nobody is left to do it after its end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    grace, _, folder, keep = _parse_orders(orders)
    _Leftovers(grace, keep, signals).end()
    _remove(folder)


def _parse_orders(orders: bytes) -> tuple[float, str, str, frozenset[str]]:
    grace, terminal, folder, *keep = os.fsdecode(orders or b"\0\0").split("\0")
    return float(grace or _GRACE), terminal, folder, descendants.as_listed(keep)


def _remove(folder: str) -> None:
    if folder:
        from shutil import rmtree

        rmtree(folder, ignore_errors=True)


def _restore_terminal(described: str) -> None:
    """Make a terminal as it was that the inner process had for a dyno when it was killed."""
    from procrun.core.screen_modes import UNDO_ALL
    from procrun.system.raw_terminal import nobody_reads, restore_described

    if not nobody_reads(0):
        return  # the inner process had given it back
    try:
        os.write(1, UNDO_ALL + b"\r\n")
    except OSError:
        pass  # hung up
    restore_described(0, described)


def _complain(text: str) -> None:
    try:
        os.write(2, f"procrun: {text}\n".encode())
    except OSError:
        pass  # the terminal is dead


def _exit(code: int) -> NoReturn:
    """End without Python's own tidying up, which takes 6 ms and has nothing left to do."""
    os._exit(code)


class _Guardian:
    def __init__(
        self,
        inner: int,
        relay: int,
        orders: int,
        signals: frozenset[signal.Signals],
        strangers: frozenset[int],
    ) -> None:
        self._strangers = strangers
        self._inner = inner
        self._relay = relay
        self._orders = orders
        self._instructions = b""
        self._signals = signals
        self._status: int | None = None
        self._stopping_since: float | None = None
        self._stopped_by = 0  # the sender's pid, 0 for the kernel
        self._impatient = False

    def watch(self) -> int:
        while self._status is None:
            patience = _KILLED_PATIENCE if self._impatient else None
            got = next_signal(self._signals, patience)
            if got is None:  # it does not even react to impatience
                os.kill(self._inner, signal.SIGKILL)
            else:
                self._serve(*got)
        return self._end(self._status)

    def _serve(self, number: int, sender: int) -> None:
        if number == signal.SIGCHLD:
            _reap(self._ended)
        elif number in JOB_CONTROL:
            self._suspend(number)
        elif number == signal.SIGCONT:
            os.kill(self._inner, signal.SIGCONT)
        else:
            self._take(number, sender)

    def _take(self, number: int, sender: int) -> None:
        if number not in STOPS:
            self._pass_on(number)
            return
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since, self._stopped_by = now, sender
        elif number in IMPATIENT:
            if sender != self._stopped_by and now - self._stopping_since < _ECHO:
                return
            self._impatient = True
        self._pass_on(number)
        if not self._read_instructions():
            os.kill(self._inner, number)
        os.kill(self._inner, signal.SIGCONT)  # somebody may have stopped it

    def _pass_on(self, number: int) -> None:
        try:
            os.write(self._relay, bytes((number,)))
        except OSError:
            pass  # the inner process is ending, or has more signals waiting than anybody sends

    def _suspend(self, number: int) -> None:
        """Ctrl-Z stops procrun and not the dynos, as long as their pipes have room.

        The kernel does it, because it knows whether there is a shell that could continue us.
        """
        os.kill(self._inner, signal.SIGSTOP)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
        signal.pthread_sigmask(signal.SIG_BLOCK, (number,))
        signal.signal(number, _ignore)
        os.kill(self._inner, signal.SIGCONT)

    def _ended(self, pid: int, status: int) -> None:
        if pid == self._inner:
            self._status = status
        else:
            self._pass_on(signal.SIGCHLD)

    def _read_instructions(self) -> bytes:
        """What the inner process said; b"" while it has not started anything."""
        try:
            self._instructions += os.read(self._orders, 1 << 16)
        except BlockingIOError:
            pass
        return self._instructions

    def _end(self, status: int) -> int:
        instructions = self._read_instructions()
        grace, terminal, folder, keep = _parse_orders(instructions)
        if terminal and os.WIFSIGNALED(status):
            _restore_terminal(terminal)
        grace = 0.0 if self._impatient else grace
        _Leftovers(grace, keep, self._signals, self._strangers).end()
        _remove(folder)
        code = os.waitstatus_to_exitcode(status)
        if code < 0 and (instructions or -code not in STOPS):
            from procrun.core.exit_status import describe

            _complain(f"its inner process was {describe(status)}; all was stopped")
        return code if code >= 0 else 128 - code


def _reap(tell: Callable[[int, int], None] = lambda _pid, _status: None) -> bool:
    """Reap every child that ended and tell its pid and wait status; whether any is left."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        tell(pid, status)


class _Leftovers:
    """Ends whatever still descends from us: SIGTERM, the grace, SIGKILL."""

    def __init__(
        self,
        grace: float,
        keep: frozenset[str],
        signals: frozenset[signal.Signals],
        strangers: frozenset[int] = frozenset(),
    ) -> None:
        self._strangers = strangers
        self._grace = grace
        self._keep = keep
        self._signals = signals

    def end(self) -> None:
        asked: set[int] = set()
        deadline = time.monotonic() + self._grace
        while left := self._left():
            if time.monotonic() >= deadline:
                break
            for pid in left.keys() - asked:
                _kill(pid, signal.SIGTERM)
                _kill(pid, signal.SIGCONT)  # a stopped process hears nothing else
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
            _complain(f"SIGKILL did not end {names}")

    def _left(self) -> dict[int, str]:
        if not _reap():
            return {}  # without a look at the process table
        found = descendants.descendants(os.getpid(), self._strangers)
        return {process.pid: process.name for process in found if process.name not in self._keep}

    def _wait(self, deadline: float) -> bool:
        """Wait until a child ended (True), time is up or somebody is impatient (False)."""
        while (left := deadline - time.monotonic()) > 0:
            got = _wait_for_signal(self._signals, left)
            if got == signal.SIGCHLD:
                return True
            if got in IMPATIENT:
                return False
        return False


def next_signal(
    signals: frozenset[signal.Signals], patience: float | None = None
) -> tuple[int, int] | None:
    """The next signal and its sender's pid, 0 for the kernel or where the system does not tell.

    None if there is none for so many seconds, which not every system can say.
    """
    if sys.platform != "linux":
        return signal.sigwait(signals), 0
    if patience is None:
        got: signal.struct_siginfo | None = signal.sigwaitinfo(signals)
    else:
        got = signal.sigtimedwait(signals, patience)
    return got and (got.si_signo, got.si_pid if got.si_code <= 0 else 0)


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
