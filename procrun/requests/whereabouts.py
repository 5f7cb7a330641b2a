"""Where a dyno listens that is waited for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.readiness import Readiness
    from procrun.supervisor import Slot


def where_it_listens(slot: Slot, sign: Readiness) -> str:
    """What is wrong with where a dyno listens whose port is waited for; "" if nothing is.

    `listens on 5099, PORT is 48329`. Takes a look at all of its processes.
    """
    if not sign.is_on_port or slot.child is None:
        return ""
    from procrun.core.diagnosis import listens
    from procrun.supervisor.strays import processes_of
    from procrun.system.listening import places

    found = places(processes_of(slot.child))
    return "" if found is None else listens(slot.launch.port, found, own=sign.own)
