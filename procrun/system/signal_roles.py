"""Which signals mean what to procrun; the visible process and the inner one agree on it here."""

from __future__ import annotations

import signal
import sys

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
IMPATIENT = (signal.SIGINT, signal.SIGQUIT)  # of those, what kills at once when it comes once more
TO_LEADERS = (signal.SIGUSR1, signal.SIGUSR2)
JOB_CONTROL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)

# What no handler can be called for, or must not be: after a fault the same instruction runs again.
_BEYOND_US = (
    *(signal.SIGKILL, signal.SIGSTOP),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL),
)
_HARMLESS = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)


def ending() -> list[int]:
    """The signals that end a process that does not handle them, of those that it can.

    Those that are ignored already are left out, but for STOPS.
    """
    left_alone = {*_BEYOND_US, *_HARMLESS, *JOB_CONTROL}
    if sys.platform == "darwin":
        left_alone.add(signal.SIGINFO)
    return [
        number
        for number in signal.valid_signals()
        if number not in left_alone
        if number in STOPS or signal.getsignal(number) is signal.SIG_DFL
    ]
