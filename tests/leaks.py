"""What a test left behind: processes, descriptors, threads."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

MARK = "LEAK_MARK"
PATIENCE = 2.0  # seconds for what is still ending
_ALL = range(1 << 30)  # every pid: the numbers have begun anew, or the system does not tell


class Census:
    """The children, descriptors and threads of this process at one moment."""

    def __init__(self) -> None:
        self.births = _births()
        self.children = _children()
        self.descriptors = _descriptors()
        self.threads = set(threading.enumerate())

    def left_behind(self, mark: str = "", folder: Path | None = None) -> list[str]:
        """What there is now and was not then, in words; the processes among it are killed.

        A mark and a folder also find processes that are no longer descendants of this one: by
        their environment's MARK, or because they work in the folder.
        """
        deadline = time.monotonic() + PATIENCE
        threads = _still_alive(set(threading.enumerate()) - self.threads, deadline)
        processes = [process for process in _children() if process not in self.children]
        if mark and (born := _born_since(self.births)) is not None:
            processes += [each for each in marked(mark, folder, born) if each not in processes]
        found = kill([process for process in processes if not _ends(process, deadline)])
        if _descriptors() - self.descriptors:
            gc.collect()  # what only a cycle still holds is closed by now
            opened = _descriptors() - self.descriptors
            found += [f"descriptor {fd} {_where_it_leads(fd)}" for fd in opened]
        return found + [f"thread {thread.name}" for thread in threads]


def kill(processes: list[psutil.Process]) -> list[str]:
    """Kill and, where they are ours, reap; returns what each was called."""
    names = [_describe(process) for process in processes]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        if exits(process.pid, deadline - time.monotonic()) and _is_ours(process):
            process.wait()
    return names


def kill_orphans(mark: str) -> None:
    """Kill what bears the mark, except for our own children: those belong to somebody."""
    kill([process for process in marked(mark) if not _is_ours(process)])


def exits(pid: int, seconds: float) -> bool:
    """Whether a process ends in that time; does not reap it, nor wait for others to do so."""
    seconds = max(0.0, seconds)
    try:
        if sys.platform == "linux":
            with open(os.pidfd_open(pid), "rb", buffering=0) as exit_descriptor:
                return bool(select.select([exit_descriptor], [], [], seconds)[0])
        with contextlib.closing(select.kqueue()) as queue:
            wanted = (select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
            return bool(queue.control([select.kevent(pid, *wanted)], 1, seconds))
    except ProcessLookupError:  # has ended
        return True


def marked(
    mark: str, folder: Path | None = None, among: Container[int] | None = None
) -> list[psutil.Process]:
    """The live processes whose environment bears the mark or that work in the folder.

    Where pids are given, only `among` them, if the system makes that quicker.
    """
    if sys.platform == "linux":
        # A tenth of the time of psutil.process_iter: this is done after every test.
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        if among is not None:
            pids = [pid for pid in pids if pid in among]
        bearers = [pid for pid in pids if pid != os.getpid() and _bears(pid, mark, folder)]
        return [process for pid in bearers if (process := _process(pid))]
    own = psutil.process_iter(["environ"])
    return [process for process in own if (process.info["environ"] or {}).get(MARK) == mark]


def _bears(pid: int, mark: str, folder: Path | None) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:
            if f"{MARK}={mark}".encode() in environment.read():
                return True
        return folder is not None and _is_in(os.readlink(f"/proc/{pid}/cwd"), str(folder))
    except OSError:  # gone, or somebody else's
        return False


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _births() -> int:
    """The pid that was given last, by which those that came since are known; 0 if unknown.

    Most tests start no process, and then need not look through all that there are.
    """
    if sys.platform != "linux":
        return 0
    with open("/proc/loadavg", "rb", buffering=0) as load:
        return int(load.read().split()[-1])


def _born_since(last: int) -> Container[int] | None:
    """The pids that may have been given since, or None if none was."""
    now = _births()
    if now == last != 0:
        return None
    return range(last + 1, now + 1) if now > last else _ALL


def _children() -> list[psutil.Process]:
    """All descendants, the dead that nobody waited for included."""
    if sys.platform == "linux":
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # no child at all: the usual case costs one system call
            return []
        try:
            return [each for pid in _below(os.getpid()) if (each := _process(pid))]
        except FileNotFoundError:
            pass  # a kernel that does not list children
    return psutil.Process().children(recursive=True)


def _below(pid: int) -> list[int]:
    """The pids of all descendants; without a look at the whole table of processes."""
    found: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children", "rb") as children:
            found += map(int, children.read().split())
    for child in tuple(found):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            found += _below(child)
    return found


def _ends(process: psutil.Process, deadline: float) -> bool:
    """Whether the process ends of itself in time; a child of ours does not, nobody waits for it."""
    return not _is_ours(process) and exits(process.pid, deadline - time.monotonic())


def _is_ours(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.ppid() == os.getpid()
    return False


def _process(pid: int) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid)
    return None


def _still_alive(threads: set[threading.Thread], deadline: float) -> list[threading.Thread]:
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in threads if thread.is_alive()]


def _descriptors() -> set[int]:
    """The open descriptors."""
    found = set(map(int, os.listdir("/dev/fd")))
    for fd in tuple(found):  # that of the listing itself is among them
        try:
            os.fstat(fd)
        except OSError:
            found.remove(fd)
    return found


def _where_it_leads(fd: int) -> str:
    return os.readlink(f"/dev/fd/{fd}") if sys.platform == "linux" else ""


def _describe(process: psutil.Process) -> str:
    words = ""
    with contextlib.suppress(psutil.Error):
        words = f" ({process.status()}) {process.name()}"
        words += ": " + " ".join(process.cmdline())  # a zombie has none
    return f"process {process.pid}{words}"
