"""Where a dyno listens that is waited for, beside why it is not up."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.readiness import Readiness
    from procrun.supervisor.slot import Slot


def with_whereabouts(why: str, slot: Slot, sign: Readiness) -> str:
    """Why a dyno is not up and, if that is not where it should, where it listens.

    `its port is not open yet; it listens on 5099, PORT is 48329`. Takes a look at all of its
    processes.
    """
    where = _where_it_listens(slot, sign)
    return f"{why}; it {where}" if where else why


def _where_it_listens(slot: Slot, sign: Readiness) -> str:
    """What is wrong with where a dyno listens whose port is waited for; "" if nothing is."""
    if not sign.is_on_port or slot.child is None:
        return ""
    from procrun.core.diagnosis import listens
    from procrun.supervisor.strays import processes_of
    from procrun.system.listeners import places

    found = places(processes_of(slot.child))
    return "" if found is None else listens(slot.launch.port, found, own=sign.on_ipv4)
