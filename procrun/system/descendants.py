"""Which processes descend from one: a single scan of the process table.

A process that left its group and its session is still found: on Linux procrun is a child
subreaper, so that whatever loses its parent becomes procrun's own child. Reading /proc takes a
millisecond where importing psutil takes thirty; elsewhere psutil does it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_NAME = 15  # bytes that the kernel keeps of a process' name


class Process:
    """One row of the process table."""

    __slots__ = ("group", "name", "parent", "pid", "session")

    def __init__(self, pid: int, name: str, parent: int, group: int, session: int) -> None:
        self.pid = pid
        self.name = name
        self.parent = parent
        self.group = group
        self.session = session


def adopt_orphans() -> bool:
    """Become the parent of every descendant that loses its own; whether the system can do that."""
    return LINUX and _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def signal_at_parents_death(number: int) -> None:
    """Get this signal when the parent dies, where the system can do that."""
    if LINUX:
        _prctl(_PR_SET_PDEATHSIG, number)


def call_itself(name: str) -> None:
    """Name the process in the process table, where the system can do that."""
    if LINUX:
        try:
            with open("/proc/self/comm", "wb") as file:
                file.write(name.encode())
        except OSError:
            pass  # only a name


def as_listed(names: Iterable[str]) -> frozenset[str]:
    """Programs' names as the process table has them: cut short on Linux."""
    return frozenset(name[:_LONGEST_NAME] if LINUX else name for name in names)


def descendants(root: int, without: frozenset[int] = frozenset()) -> list[Process]:
    """All living processes below `root`, parents before their children.

    Those in `without` are left out, with all that is below them.
    """
    children: dict[int, list[Process]] = {}
    for process in table():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    pending = [root]
    while pending:
        below = [each for each in children.pop(pending.pop(), []) if each.pid not in without]
        found += below
        pending += [process.pid for process in below]
    return found


def started_with(pid: int, variable: str) -> str | None:
    """The value that the process was given for an environment variable, None if unknown."""
    if not LINUX:
        return _psutil_environment(pid).get(variable)
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return None
    start = variable.encode() + b"="
    return next((os.fsdecode(e[len(start) :]) for e in entries if e.startswith(start)), None)


def _prctl(option: int, argument: int) -> bool:
    # The C module under ctypes, which itself takes 2 ms more to import.
    from _ctypes import call_function, dlopen, dlsym

    program = dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # as ctypes does
    prctl = dlsym(program, "prctl")
    failed: int = call_function(prctl, (option, argument, 0, 0, 0))
    return not failed


def start_of(pid: int) -> str:
    """What tells a process from an earlier or later one of its pid; "" if there is none."""
    if not LINUX:
        return _psutil_start(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return ""
    state, *rest = text[text.rindex(b")") + 2 :].split()
    return "" if state in b"ZX" else rest[18].decode()


def is_suspended(pid: int) -> bool:
    """Whether a process is stopped, as by Ctrl-Z; False where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return False
    return text[text.rindex(b")") + 2 :][:1] == b"T"


def wait_for_end(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    if hasattr(os, "pidfd_open"):
        import select

        try:
            fd = os.pidfd_open(pid)
        except OSError:
            return
        select.select([fd], [], [])
        os.close(fd)
        return
    import psutil

    try:
        psutil.Process(pid).wait()
    except psutil.Error:
        pass


def table() -> Iterator[Process]:
    """Every living process."""
    return _proc_table() if LINUX else _psutil_table()


def _proc_table() -> Iterator[Process]:
    try:
        entries = os.listdir("/proc")
    except OSError:
        return  # too many open files: the guardian, which has few, will look again
    for entry in entries:
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                continue  # it ended meanwhile
            # The name is in parentheses and may itself contain blanks and parentheses.
            start, end = text.index(b"("), text.rindex(b")")
            state, parent, group, session = text[end + 2 :].split(None, 4)[:4]
            if state not in b"ZX":
                name = text[start + 1 : end].decode("utf-8", "replace")
                yield Process(int(entry), name, int(parent), int(group), int(session))


def _psutil_table() -> Iterator[Process]:
    import psutil

    for process in psutil.process_iter(["pid", "name", "ppid", "status"]):
        row = process.info
        if row["status"] != psutil.STATUS_ZOMBIE:
            try:
                group, session = os.getpgid(row["pid"]), os.getsid(row["pid"])
            except OSError:
                continue
            yield Process(row["pid"], row["name"] or "", row["ppid"], group, session)


def _psutil_environment(pid: int) -> dict[str, str]:
    import psutil

    try:
        return dict(psutil.Process(pid).environ())
    except psutil.Error:
        return {}


def _psutil_start(pid: int) -> str:
    import psutil

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:
        return ""
