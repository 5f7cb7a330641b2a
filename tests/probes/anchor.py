"""anchor.py: does not end when asked to; tells which signals it gets, and leaves at SIGUSR2."""

import os
import signal

ALL = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}

heard = {number for number in ALL if signal.getsignal(number) is not signal.SIG_IGN}
signal.pthread_sigmask(signal.SIG_BLOCK, heard)  # so that none is lost between two of them
os.write(1, b"the anchor holds\n")
number = signal.SIGCONT
while number != signal.SIGUSR2:
    number = signal.Signals(signal.sigwait(heard))
    os.write(1, f"no {number.name}, thanks\n".encode())
