"""What process trees use: the one place on the command line that asks for the process table."""

from __future__ import annotations

import time

import psutil

from procrun.system.descendants import table
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHORTEST = 0.1  # seconds that CPU time is divided by at least: it comes in hundredths


class Usage(Value):
    """What a process tree uses."""

    cpu_percent: float  # its CPU time over its age, or since the measurement before
    memory_bytes: int


class Meter:
    """Measures process trees, each time with one scan of the process table."""

    def __init__(self) -> None:
        self._when = 0.0
        self._leaders: frozenset[psutil.Process] = frozenset()
        self._seconds: dict[psutil.Process, float] = {}  # of CPU time, when it was measured last

    def measure(self, leaders: Sequence[int]) -> dict[int, Usage]:
        """What each leader's tree uses.

        CPU time counts from its start on or, for a leader that was there when this was called
        before, since then.
        """
        children: dict[int, list[int]] = {}
        for row in table():  # psutil's own scan takes five times as long
            children.setdefault(row.parent, []).append(row.pid)
        now = time.time()
        seconds: dict[psutil.Process, float] = {}
        trees = {pid: tree for pid in leaders if (tree := _tree(pid, children))}
        usages = {pid: self._usage(tree, now, seconds) for pid, tree in trees.items()}
        self._leaders = frozenset(tree[0] for tree in trees.values())
        self._when, self._seconds = now, seconds
        return usages

    def _usage(
        self, tree: Sequence[psutil.Process], now: float, seconds: dict[psutil.Process, float]
    ) -> Usage:
        again = tree[0] in self._leaders
        used, memory, since = 0.0, 0, self._when if again else now
        for process in tree:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
                    since = since if again else min(since, process.create_time())
            except psutil.Error:
                continue  # it ended meanwhile
            seconds[process] = times.user + times.system
            used += seconds[process] - (self._seconds.get(process, 0.0) if again else 0.0)
        return Usage(round(100 * used / max(_SHORTEST, now - since), 1), memory)


def _tree(leader: int, children: Mapping[int, Sequence[int]]) -> list[psutil.Process]:
    """The leader and all below it; empty when that one has ended."""
    pids = [leader]
    for pid in pids:  # grows while we walk
        pids += children.get(pid, ())
    found: list[psutil.Process] = []
    for pid in pids:
        try:
            found.append(psutil.Process(pid))
        except psutil.NoSuchProcess:
            if pid == leader:
                break
    return found
