"""How much memory several processes use together."""

from __future__ import annotations

from procrun.system.descendants import LINUX
from procrun.system.spent import spent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_COUNTED = (b"Pss:", b"SwapPss:")


def used(pids: Collection[int], enough: int) -> int:
    """Bytes that they use; of the two ways to count, the cheap one if it says no more than enough.

    That is the sum of what is resident. It counts what they share (the pages of a forked server's
    workers) as often as there are processes; the other, for which the kernel walks through all
    pages, divides it among them, and has what is in swap.
    """
    resident = {pid: found.memory_bytes for pid in pids if (found := spent(pid))}
    if sum(resident.values()) <= enough or not LINUX:
        return sum(resident.values())
    return sum(_proportional(pid, resident[pid]) for pid in resident)


def _proportional(pid: int, otherwise: int) -> int:
    """The share of a process; `otherwise` where the system does not tell."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            rows = [line.split() for line in file]
    except ProcessLookupError:
        return 0  # it has ended
    except OSError:  # another user's
        return otherwise
    return sum(int(row[1]) * 1024 for row in rows if row[0] in _COUNTED)
