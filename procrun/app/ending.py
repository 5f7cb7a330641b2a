"""How an app ends: because of what, with which code and last words, and when it is over."""

from __future__ import annotations

import errno
import os
import signal
from enum import Enum

from procrun.errors import FAILURE, READER_GONE
from procrun.system.signal_roles import IMPATIENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.app.display import Display
    from procrun.core.policy import Policy
    from procrun.front import Front
    from procrun.loop import Loop
    from procrun.supervisor import Supervisor

_STANDARD_ERROR = 2


class Phase(Enum):
    """How far the end is."""

    RUNNING = "running"  # it is not there yet
    ENDING = "ending"
    ECHOING = "ending, and a signal that came directly may be relayed as well"


class Ending:
    """Ends all parts of an app, once; the first reason for it is the one that counts.

    `grace` is the longest of any dyno's (seconds). `front` is None for an app without a router.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        loop: Loop,
        display: Display,
        front: Front | None,
        policy: Policy,
        grace: float,
    ) -> None:
        self.last_words = ""
        self._supervisor = supervisor
        self._loop = loop
        self._display = display
        self._front = front
        self._policy = policy
        self._grace = grace
        self._phase = Phase.RUNNING
        self._code = 0

    @property
    def has_begun(self) -> bool:
        """Whether the app is to end."""
        return self._phase is not Phase.RUNNING

    @property
    def code(self) -> int:
        """The exit code; of what has not been told to end, that of how its dynos ended."""
        return self._code if self.has_begun else self._policy.exit_code

    def begin(self, code: int, last_words: str = "", *, patient: bool = True) -> None:
        """End the app; unless `patient`, wait for a reader that does not read no longer either."""
        if self._claim(code, last_words):
            if self._front:
                self._front.stop()
            self._supervisor.stop()
        if not patient:
            self._loop.later(self._grace + 1, self._display.abandon_if_blocked)

    def asked(self, number: int, *, relayed: bool) -> None:
        """Take a signal that stops: the first ends the app, some kill it when they come again.

        Ctrl-C reaches us directly and `relayed` by the visible process: that is one signal.
        """
        again, echoes = self.has_begun, self._phase is Phase.ECHOING
        if again and relayed and number in IMPATIENT and not echoes:
            self._kill()
        else:
            name = signal.Signals(number).name
            self.begin(128 + number, f"stopped by {name}", patient=False)
        expected = not relayed and (echoes or not again)
        self._phase = Phase.ECHOING if expected else Phase.ENDING

    def reader_is_gone(self, error: int) -> None:
        """Standard output can't be written any more."""
        if error == errno.EPIPE:
            self.begin(READER_GONE)
        elif error == errno.EIO:  # the terminal is dead
            self.begin(128 + signal.SIGHUP)
        else:  # the disk is full
            self.begin(FAILURE)
            _complain(f"standard output cannot be written: {os.strerror(error)}")

    def guardian_is_gone(self) -> None:
        """The visible process was killed."""
        last_words = "stopped because procrun's visible process was killed"
        self.begin(128 + signal.SIGKILL, last_words, patient=False)

    def finished(self) -> None:
        """No dyno is left, or all have ended by themselves, which ends the app as well."""
        if self._front and not self.has_begun:
            self._loop.later(0, self._rest)  # those who watch the dynos hear of the last end first
        else:
            self._leave()

    def _claim(self, code: int, last_words: str) -> bool:
        """Make this the reason, unless there was one before."""
        if self.has_begun:
            return False
        self._phase = Phase.ENDING
        self._code = code
        self.last_words = last_words
        self._display.end_focus()
        return True

    def _rest(self) -> None:
        """All has ended by itself: nothing is begun any more while the router has requests."""
        if not self.has_begun and self._supervisor.rest():
            self._claim(self._policy.exit_code, "")
            self._leave()

    def _leave(self) -> None:
        if self._front:
            self._front.end(self._loop.stop)
        else:
            self._loop.stop()

    def _kill(self) -> None:
        self._supervisor.kill()
        if self._front:
            self._front.kill()
        self._display.abandon_if_blocked()


def _complain(text: str) -> None:
    try:
        os.write(_STANDARD_ERROR, f"procrun: {text}\n".encode())
    except OSError:
        pass  # it is where standard output is
