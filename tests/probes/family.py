"""family.py KIND MARK: a process, or several, that are hard to end.

The last of them tells its pid, parent, group and session, and stays until somebody ends it. The
mark is only there to be seen in the process table.
"""

import os
import signal
import sys
import time


def stay() -> None:
    """Stay until a signal ends it."""
    while True:
        signal.pause()


def tell(kind: str) -> None:
    """Say that it is there, in one write."""
    relations = f"{os.getpid()} {os.getppid()} {os.getpgid(0)} {os.getsid(0)}"
    os.write(1, f"{kind} is there: {relations}\n".encode())


def into_new_sessions(count: int) -> None:
    """Go on as a child in a session of its own, as its child in another, and so on."""
    for _ in range(count):
        if os.fork():
            stay()
        os.setsid()


def as_daemon() -> None:
    """Go on in another session and without a parent."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        stay()
    os.setsid()
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.001)


def main(kind: str, mark: str) -> None:
    """Become that kind of family."""
    if kind in ("setsid", "nested"):
        into_new_sessions(1 if kind == "setsid" else 2)
    elif kind in ("daemon", "bare-daemon"):
        as_daemon()
    elif kind == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind == "bare-daemon":
        os.execve(sys.executable, (sys.executable, "-S", __file__, "bare", mark), {})
    tell(kind)
    stay()


main(*sys.argv[1:])
