"""What becomes of dynos in the long run: those that need too much memory, those that run for a day.

It looks on and tells the supervisor, as a person would.
"""

from __future__ import annotations

from procrun.core.cycle import next_cycle
from procrun.core.dyno_size import SIZES
from procrun.core.lifecycle import Event, State
from procrun.core.memory_quota import MB, PERIOD, judge
from procrun.supervisor import strays
from procrun.system.memory import used

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.loop import Loop, Timer
    from procrun.settings import Settings
    from procrun.supervisor.slot import Slot
    from procrun.supervisor.supervisor import Supervisor


def attend(settings: Settings, supervisor: Supervisor, loop: Loop) -> None:
    """Look after the dynos from now on, before the first starts, as the settings say."""
    scale = settings.time_scale
    if settings.heroku:
        Memory(supervisor, loop, quota_of(settings), PERIOD * scale)
    if settings.cycle:
        from random import random

        Cycling(supervisor, loop, lambda: next_cycle(random()) * scale)  # noqa: S311 - no secret


def quota_of(settings: Settings) -> Callable[[str], int]:
    """How many bytes a dyno of a process type may use."""
    return lambda process_type: SIZES[settings.dyno_size(process_type)].memory * MB


class Memory:
    """Looks at the memory of every dyno, each `period` of seconds.

    `quota` says how many bytes a dyno of a process type may use.
    """

    def __init__(
        self, supervisor: Supervisor, loop: Loop, quota: Callable[[str], int], period: float
    ) -> None:
        self._supervisor = supervisor
        self._loop = loop
        self._quota = quota
        self._period = period
        loop.later(period, self._look)

    def _look(self) -> None:
        self._loop.later(self._period, self._look)
        if self._supervisor.stopping:
            return
        begun = (State.STARTING, State.UP)
        slots = {
            slot.child: slot
            for slot in self._supervisor.slots
            if slot.child and slot.runs and slot.dyno.state in begun
        }
        for child, pids in strays.by_child(slots).items():
            slot = slots[child]
            quota = self._quota(slot.launch.name.type)
            judgement = judge(used(pids, quota), quota)
            self._supervisor.publish((slot.name, line) for line in judgement.lines)
            if judgement.kills:
                self._supervisor.befall(slot, Event.OVER_QUOTA)


class Cycling:
    """Restarts each dyno so many seconds after its start as `lifetime` says when it is asked."""

    def __init__(self, supervisor: Supervisor, loop: Loop, lifetime: Callable[[], float]) -> None:
        self._supervisor = supervisor
        self._loop = loop
        self._lifetime = lifetime
        self._timers: dict[Slot, tuple[int, Timer]] = {}  # with the start that they belong to
        supervisor.listen(self._changed)

    def _changed(self, slot: Slot) -> None:
        """Something has happened to a dyno: that it was started, for example."""
        start, timer = self._timers.get(slot, (0, None))
        has_gone = slot not in self._supervisor.slots
        if slot.one_off or (start == slot.starts and not has_gone):
            return
        if timer is not None:
            timer.cancel()
        if has_gone:
            self._timers.pop(slot, None)
            return
        again = self._loop.later(self._lifetime(), lambda: self._cycle(slot))
        self._timers[slot] = (slot.starts, again)

    def _cycle(self, slot: Slot) -> None:
        if not self._supervisor.stopping:
            self._supervisor.befall(slot, Event.CYCLE)
