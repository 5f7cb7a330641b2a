"""What one process has used: its CPU time, its memory, and since when.

On Linux out of /proc, as the scan of the process table: importing psutil takes longer than all the
rest of `procrun ps`, and a hundred of those at once would take the machine from the app. Elsewhere
psutil says it.
"""

from __future__ import annotations

import os
import time

from procrun.system.descendants import LINUX
from procrun.value import Value

# Places in /proc/PID/stat behind the name, which may itself contain blanks.
_USER, _SYSTEM, _START, _PAGES = 11, 12, 19, 21


class Spent(Value):
    """Of one process; `pid` and `started` together are its own."""

    pid: int
    started: float  # seconds since the epoch
    cpu_seconds: float
    memory_bytes: int  # resident


def spent(pid: int) -> Spent | None:
    """What a process has used so far; None if it has ended."""
    return _of_proc(pid) if LINUX else _of_psutil(pid)


def _of_proc(pid: int) -> Spent | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    ticks = os.sysconf("SC_CLK_TCK")
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return Spent(
        pid,
        booted + int(fields[_START]) / ticks,
        (int(fields[_USER]) + int(fields[_SYSTEM])) / ticks,
        int(fields[_PAGES]) * os.sysconf("SC_PAGE_SIZE"),
    )


def _of_psutil(pid: int) -> Spent | None:
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            memory = process.memory_info().rss
            return Spent(pid, process.create_time(), times.user + times.system, memory)
    except psutil.Error:
        return None
