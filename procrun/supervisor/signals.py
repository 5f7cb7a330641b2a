"""Signals as calls from the loop: a handler only enqueues a byte, and the loop does the rest.

Two queues lead here. What the guardian relays (a Ctrl-C, a SIGTERM to the visible pid) counts: a
second Ctrl-C is impatience. What somebody sends to the inner process itself may be the same signal
once more (`pkill procrun` reaches both), so that it stops the app and never escalates.
"""

from __future__ import annotations

import os
import signal

from procrun.system.signal_roles import JOB_CONTROL, STOPS, TO_LEADERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.loop import Loop

    class Receiver(Protocol):
        """What takes signals."""

        def __call__(self, number: int, *, relayed: bool) -> None:
            """Take one."""


class Signals:
    """Calls back with each signal number: `relayed` by the guardian or sent directly.

    `parted` is called when the guardian is gone.
    """

    def __init__(
        self,
        loop: Loop,
        lifeline: int,
        received: Receiver,
        parted: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._lifeline = lifeline
        self._received = received
        self._parted = parted
        self._wakeup, self._feed = os.pipe()
        for fd in (self._wakeup, self._feed, lifeline):
            os.set_blocking(fd, False)

    def listen(self) -> None:
        """Take signals from now on, those that were blocked until now included."""
        signal.set_wakeup_fd(self._feed, warn_on_full_buffer=False)
        heard = {signal.SIGCHLD, *STOPS, *TO_LEADERS}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup
            heard.discard(signal.SIGHUP)
        for number in heard:
            signal.signal(number, _enqueue)
        # We are in the background of our terminal: we write there all the same, and are suspended
        # by the guardian only.
        for number in JOB_CONTROL:
            signal.signal(number, signal.SIG_IGN)
        self._loop.watch(self._wakeup, self._direct)
        self._loop.watch(self._lifeline, self._relayed)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def _direct(self) -> None:
        for number in _read(self._wakeup) or b"":
            self._received(number, relayed=False)

    def _relayed(self) -> None:
        numbers = _read(self._lifeline)
        for number in numbers or b"":
            self._received(number, relayed=True)
        if numbers == b"":
            self._loop.forget(self._lifeline)
            self._parted()


def _read(fd: int) -> bytes | None:
    """What is there: b"" at the end, None if there is nothing yet."""
    try:
        return os.read(fd, 512)
    except BlockingIOError:
        return None


def _enqueue(_number: int, _frame: object) -> None:
    """The wake-up descriptor has the number already."""
