"""What process trees use: the one place on the command line that asks for the process table."""

from __future__ import annotations

import time

from procrun.system.descendants import table
from procrun.system.spent import spent
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.system.spent import Spent

_SHORTEST = 0.1  # seconds that CPU time is divided by at least: it comes in hundredths
_SAME = 0.5  # seconds within which two looks may see a process begin


class Usage(Value):
    """What a process tree uses."""

    cpu_percent: float  # its CPU time over its age, or since the measurement before
    memory_bytes: int


class Meter:
    """Measures process trees, each time with one scan of the process table."""

    def __init__(self) -> None:
        self._when = 0.0
        self._before: dict[int, Spent] = {}  # by pid

    def measure(self, leaders: Sequence[int]) -> dict[int, Usage]:
        """What each leader's tree uses.

        CPU time counts from its start on or, for a leader that was there when this was called
        before, since then.
        """
        children: dict[int, list[int]] = {}
        for row in table():
            children.setdefault(row.parent, []).append(row.pid)
        now = time.time()
        trees = {pid: tree for pid in leaders if (tree := _tree(pid, children))}
        usages = {pid: self._usage(tree, now) for pid, tree in trees.items()}
        self._when = now
        self._before = {each.pid: each for tree in trees.values() for each in tree}
        return usages

    def _usage(self, tree: Sequence[Spent], now: float) -> Usage:
        again = self._spent_before(tree[0]) is not None
        used = sum(each.cpu_seconds for each in tree)
        since = min(each.started for each in tree)
        if again:
            used -= sum(before.cpu_seconds for each in tree if (before := self._spent_before(each)))
            since = self._when
        percent = round(100 * max(0.0, used) / max(_SHORTEST, now - since), 1)
        return Usage(percent, sum(each.memory_bytes for each in tree))

    def _spent_before(self, process: Spent) -> Spent | None:
        """What the same process had used when it was measured last."""
        before = self._before.get(process.pid)
        return before if before and abs(before.started - process.started) < _SAME else None


def _tree(leader: int, children: Mapping[int, Sequence[int]]) -> list[Spent]:
    """The leader and all below it; empty when that one has ended."""
    pids = [leader]
    for pid in pids:  # grows while we walk
        pids += children.get(pid, ())
    found = [each for pid in pids if (each := spent(pid))]
    return found if found and found[0].pid == leader else []
