"""What process trees use: the one place on the command line that asks for the process table."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

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
        children: dict[int, list[psutil.Process]] = {}
        processes: dict[int, psutil.Process] = {}
        for process in _of_the_app(leaders):
            with suppress(psutil.Error):  # it ended meanwhile
                children.setdefault(process.ppid(), []).append(process)
                processes[process.pid] = process
        now = time.time()
        seconds: dict[psutil.Process, float] = {}
        trees = {pid: _tree(processes[pid], children) for pid in leaders if pid in processes}
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


def _of_the_app(leaders: Sequence[int]) -> list[psutil.Process]:
    """Everything below the process whose children the leaders are.

    For that psutil looks at each process of the machine once, and then no longer at the others.
    """
    for leader in leaders:
        with suppress(psutil.Error):  # this one ended meanwhile
            app = psutil.Process(leader).parent()
            return app.children(recursive=True) if app else []
    return []


def _tree(
    leader: psutil.Process, children: Mapping[int, Sequence[psutil.Process]]
) -> list[psutil.Process]:
    found = [leader]
    for process in found:  # grows while we walk
        found += children.get(process.pid, ())
    return found
