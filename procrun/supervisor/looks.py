"""Which look goes with which dyno, and the children that looks have."""

from __future__ import annotations

from procrun.core.readiness import Sign
from procrun.supervisor.readiness import CommandLook, LogLook, PortLook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.launch import Launch
    from procrun.core.log import Log
    from procrun.core.readiness import Readiness
    from procrun.loop import Loop
    from procrun.supervisor.readiness import Errands, Look
    from procrun.supervisor.slot import Slot


class Looks:
    """Looks at the dynos that are starting; `is_up(slot)` is called for each that is.

    `never_up(slot)` for each of which that will never be known.
    """

    def __init__(
        self,
        loop: Loop,
        log: Log,
        is_up: Callable[[Slot], None],
        never_up: Callable[[Slot], None],
    ) -> None:
        self._loop = loop
        self._log = log
        self._is_up = is_up
        self._never_up = never_up
        self._errands: Errands = {}

    def begin(self, slot: Slot) -> Log:
        """Look at a dyno, unless its launch says enough; returns where its lines are to go."""
        readiness = slot.launch.ready

        def found() -> None:
            slot.look = None
            self._is_up(slot)

        if readiness.sign is Sign.LOG:
            slot.look = listening = LogLook(
                self._loop, found, lambda: self._never_up(slot), self._log, slot.launch
            )
            return listening
        if readiness.sign is not Sign.LAUNCHED:
            slot.look = self.look(slot.launch, readiness, found)
        return self._log

    def look(self, launch: Launch, readiness: Readiness, found: Callable[[], None]) -> Look:
        """Look at a dyno for a sign that is neither its launch nor in its log."""
        if readiness.sign is Sign.COMMAND:
            launch = launch.replace(ready=readiness)
            return CommandLook(self._loop, found, launch, self._errands)
        if readiness.own:
            from procrun.supervisor.own_port import OwnPortLook  # a start need not pay for it

            return OwnPortLook(self._loop, found, launch.port, readiness, launch.name)
        return PortLook(self._loop, found, launch.port, readiness)

    def end(self, slot: Slot) -> None:
        """Look at a dyno no more."""
        if slot.look is not None:
            slot.look.end()
            slot.look = None

    def await_end(self, pid: int, call: Callable[[int], None]) -> None:
        """Call with the wait status of a child once it has ended."""
        self._errands[pid] = call

    def reaped(self, pid: int, wait_status: int) -> None:
        """A child has ended; it may have been a command of ours."""
        if errand := self._errands.pop(pid, None):
            errand(wait_status)
