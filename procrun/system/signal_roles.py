"""Which signals mean what to procrun; the visible process and the inner one agree on it here."""

from __future__ import annotations

import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
IMPATIENT = (signal.SIGINT, signal.SIGQUIT)  # of those, what kills at once when it comes once more
TO_LEADERS = (signal.SIGUSR1, signal.SIGUSR2)
JOB_CONTROL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
