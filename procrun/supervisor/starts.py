"""How dynos are started: their process, what tells that they are up, and how long that may take."""

from __future__ import annotations

import time

from procrun.core.lifecycle import Event
from procrun.errors import NOT_EXECUTABLE, NOT_FOUND
from procrun.supervisor.child import Child
from procrun.supervisor.incarnation import Incarnation, Reached
from procrun.supervisor.intake import Intake
from procrun.supervisor.looks import Looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from procrun.core.log import Log
    from procrun.core.wording import Lines, Wording
    from procrun.loop import Loop
    from procrun.supervisor.slot import Slot

    class Owner(Protocol):
        """Whose dynos they are."""

        def size_of(self, slot: Slot) -> tuple[int, int] | None:
            """Rows and columns of one's terminal; None where it gets pipes."""

        def own(self, slot: Slot) -> None:
            """See to the process that one has now."""

        def handle(self, slot: Slot, event: Event) -> None:
            """Let an event happen to one."""

        def befall(self, slot: Slot, event: Event) -> None:
            """The same, after a look for what has left its group."""

        def leader_ended(self, slot: Slot) -> None:
            """The process of one has ended, and its last words are out."""

        def judge(self, slot: Slot, code: int, text: str) -> None:
            """Decide what becomes of one that has ended by itself."""

        def tell(self, slot: Slot) -> None:
            """Tell who listens that something has happened to one."""

        def publish(self, lines: Lines) -> None:
            """Write lines about dynos into the log."""

        def remark(self, slot: Slot, text: str) -> None:
            """Write what helps whoever watches one."""


class Starts:
    """Starts the processes of dynos, on behalf of their owner, and tells of it in these words.

    `looks` are those at the dynos that are starting.
    """

    def __init__(self, owner: Owner, wording: Wording, loop: Loop, log: Log) -> None:
        self._owner = owner
        self._wording = wording
        self._loop = loop
        self.looks = Looks(loop, log, self._is_up, self._never_up)

    def spawn(self, slot: Slot) -> None:
        """Start a dyno's process; that it is READY, or could not be started, happens to it."""
        slot.incarnation = Incarnation(self._loop.now(), time.time())
        slot.starts += 1
        try:
            child = Child(slot.launch, self._owner.size_of(slot))
        except OSError as error:
            self._failed(slot, error)
            return
        slot.child = child
        slot.incarnation.reached = Reached.SPAWNED
        self._owner.own(slot)
        log = self.looks.begin(slot)
        slot.intake = Intake(child, self._loop, log, lambda: self._owner.leader_ended(slot))
        hint = f"waits in its debugger: `procrun attach {slot.name}` lets you answer"
        slot.intake.prompted = lambda: self._owner.remark(slot, f"{slot.name} {hint}")
        self._owner.publish(self._wording.launched(slot.launch, child.pid))
        if slot.look is None:
            self._owner.handle(slot, Event.READY)
        elif slot.launch.boot_timeout:
            slot.arm(self._loop.later(slot.launch.boot_timeout, lambda: self._not_in_time(slot)))

    def _is_up(self, slot: Slot) -> None:
        slot.disarm()
        after = self._loop.now() - slot.incarnation.since
        self._owner.publish(self._wording.is_up(slot.launch, after))
        self._owner.handle(slot, Event.READY)

    def _never_up(self, slot: Slot) -> None:
        self._owner.remark(slot, f"{slot.name} will never be up: {slot.why_not_up}")
        self._owner.tell(slot)

    def _not_in_time(self, slot: Slot) -> None:
        from procrun.supervisor.whereabouts import with_whereabouts  # seldom

        why = with_whereabouts(slot.why_not_up, slot, slot.launch.ready)
        self._owner.publish(self._wording.never_bound(slot.name, slot.launch.boot_timeout, why))
        self._owner.befall(slot, Event.BOOT_TIMEOUT)

    def _failed(self, slot: Slot, error: OSError) -> None:
        text = f"could not be started: {error.strerror or error}"
        slot.incarnation.end = text
        self._owner.remark(slot, f"{slot.name} {text}")
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        self._owner.judge(slot, code, text)
        self._owner.handle(slot, Event.SPAWN_FAILED)
