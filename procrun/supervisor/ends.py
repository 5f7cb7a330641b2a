"""How dynos are ended: their stop signal, the grace, SIGKILL, and nothing left behind."""

from __future__ import annotations

import signal

from procrun.core.duration import duration
from procrun.core.exit_status import signal_name
from procrun.core.lifecycle import Event, State
from procrun.supervisor import strays
from procrun.supervisor.incarnation import Departure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from procrun.core.wording import Lines, Wording
    from procrun.loop import Loop
    from procrun.supervisor.child import Child
    from procrun.supervisor.slot import Slot

    class Owner(Protocol):
        """Whose dynos they are."""

        @property
        def slots(self) -> Sequence[Slot]:
            """All of them."""

        def handle(self, slot: Slot, event: Event) -> None:
            """Let an event happen to one."""

        def gone(self, slot: Slot) -> None:
            """Nothing of one is left."""

        def check_groups(self) -> None:
            """See of which nothing is left."""

        def say(self, text: str) -> None:
            """Write a line into the log."""

        def publish(self, lines: Lines) -> None:
            """Write lines about dynos into the log."""


# Seconds for a dyno's requests to come to their end before it is asked to end, while it gets no
# more of them. It sees to longer ones itself.
_RELIEF = 0.5
_KILLED_PATIENCE = 2.0  # seconds for what was sent SIGKILL; a process stuck in the kernel stays
_RECHECK = 0.05  # seconds; only where the system does not tell of an orphan's end


class Ends:
    """Ends the processes of dynos, on behalf of their owner, and tells of it in these words.

    `keep` names what is spared; `adopts` says whether the system tells of the end of orphans.
    """

    def __init__(
        self, owner: Owner, wording: Wording, loop: Loop, keep: frozenset[str], *, adopts: bool
    ) -> None:
        self._owner = owner
        self._wording = wording
        self._loop = loop
        self._keep = keep
        self._adopts = adopts
        self._recheck_timer = loop.later(0, lambda: None)
        self._recheck_timer.cancel()
        # Whether somebody lets a dyno have no more requests, and calls `relieved` after that.
        self.relieve: Callable[[Slot], bool] = lambda _slot: False
        self._to_relieve: dict[Slot, Child] = {}

    def terminate(self, slot: Slot) -> None:
        """Ask all processes of a dyno to end, once it has no requests; arm its grace."""
        child = slot.child
        if child is None:
            return
        child.asked_to_end = True
        if slot.launch.grace and not child.announced and self.relieve(slot):
            self._to_relieve[slot] = child
            slot.arm(self._loop.later(slot.launch.grace + _RELIEF, self._grace_is_over))
            self._loop.later(_RELIEF, lambda: self._relieved(slot, child))
        else:
            self._ask(slot, child)

    def relieved(self, slot: Slot) -> None:
        """A dyno has no more requests."""
        child = self._to_relieve.get(slot)
        if child is not None:
            self._relieved(slot, child)

    def relieve_no_longer(self) -> None:
        """Wait for no requests any more."""
        self.relieve = lambda _slot: False
        for slot in list(self._to_relieve):
            self.relieved(slot)

    def _relieved(self, slot: Slot, child: Child) -> None:
        if self._to_relieve.get(slot) is child:
            del self._to_relieve[slot]
            if slot.child is child:
                self._ask(slot, child)

    def _ask(self, slot: Slot, child: Child) -> None:
        grace = slot.launch.grace
        number = slot.launch.stop_signal if grace else signal.SIGKILL
        if slot.dyno.state is State.STOPPING:  # else it has ended, and this is what it left
            self._owner.publish(self._wording.asked_to_end(slot.name, signal_name(number)))
        child.signal_all(number)
        child.signal_all(signal.SIGCONT)  # a stopped process hears nothing else
        slot.arm(self._loop.later(grace, self._grace_is_over))
        if not self._adopts and self._recheck_timer.cancelled:
            self._recheck()
        if child.over:
            self._owner.gone(slot)

    def kill(self, slot: Slot) -> None:
        """Kill all processes of a dyno. Unless it was asked to end before, that is a crash."""
        child = slot.child
        self._to_relieve.pop(slot, None)
        if child is not None:
            slot.incarnation.departure = Departure.KILLED
            child.signal_all(signal.SIGKILL)
            slot.arm(self._loop.later(_KILLED_PATIENCE, lambda: self._give_up(slot, child)))

    def say_who_is_left(self, waited: float) -> None:
        """Tell for whom the app still waits after so many seconds."""
        slots = self._owner.slots
        left = [slot for slot in slots if slot.child and slot.launch.grace > waited]
        if left:
            names = ", ".join(map(_waiting_for, left))
            self._owner.say(f"waiting for {names}; Ctrl-C kills at once")

    def _recheck(self) -> None:
        """Where nobody tells of the end of an orphan, look again until none is left."""
        self._owner.check_groups()
        slots = self._owner.slots
        if any(slot.child is not None and slot.child.asked_to_end for slot in slots):
            self._recheck_timer = self._loop.later(_RECHECK, self._recheck)

    def _is_still_there(self, slot: Slot) -> bool:
        """Whether anything of a dyno is left: nobody tells when a process leaves its group."""
        if slot.child is not None and slot.child.over:
            self._owner.gone(slot)
        return slot.child is not None

    def _grace_is_over(self) -> None:
        """Kill whatever should have ended by now, after one look at the process table."""
        slots = self._owner.slots
        late = [slot for slot in slots if slot.is_late and self._is_still_there(slot)]
        strays.find([slot.child for slot in late if slot.child], self._keep)
        for slot in late:
            self._owner.publish(self._wording.is_late(slot.name, slot.launch.grace))
            self._owner.handle(slot, Event.GRACE_TIMEOUT)

    def _give_up(self, slot: Slot, child: Child) -> None:
        if slot.child is child and self._is_still_there(slot) and not child.gone:
            text = f"{slot.name} does not end, not even by SIGKILL"
            self._owner.publish([self._wording.remark(slot.name, text)])
            slot.incarnation.departure = Departure.NOT_AT_ALL
            self._owner.gone(slot)


def _waiting_for(slot: Slot) -> str:
    pid = slot.child.pid if slot.child else 0
    left = duration(slot.timer.left) if slot.timer else "no time"
    return f"{slot.name} (pid {pid}, {left} left)"
