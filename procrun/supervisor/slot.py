"""The place of one dyno; it outlives the dyno's processes."""

from __future__ import annotations

import time

from procrun.core.lifecycle import Dyno, State, Want
from procrun.core.policy import Verdict
from procrun.supervisor.incarnation import Incarnation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrun.core.launch import Launch
    from procrun.core.order import DynoEnd
    from procrun.loop import Timer
    from procrun.supervisor.child import Child
    from procrun.supervisor.intake import Intake
    from procrun.supervisor.readiness import Look


class Slot:
    """The place of one dyno: its state, and its process while it has one.

    A `one_off` runs once: its end never stops the app, and it is forgotten then.
    """

    def __init__(self, launch: Launch, *, one_off: bool = False) -> None:
        self.launch = launch
        self.name = str(launch.name)
        self.dyno = Dyno(one_off=one_off)
        self.child: Child | None = None
        self.intake: Intake | None = None
        self.incarnation = Incarnation()  # its last process
        self.changed_at = time.time()  # when its state became what it is
        self.starts = 0
        self.leaving = False  # to be forgotten once it is down
        self.waits_for: tuple[str, ...] = ()  # process types and dynos that it is started after
        self.held_by = ""  # the one-off that must succeed before it is started
        self.behind: tuple[Child, ...] = ()  # who had its port, and must be gone before it starts
        self.look: Look | None = None  # whether it is up, while it is starting
        self.crashes = 0  # in a row
        self.verdict = Verdict.STAY_DOWN
        self.timer: Timer | None = None  # boot, grace or cool-off: never two of them
        self.attachment: object = None  # of whoever is attached; kept here, not looked into
        self.size: tuple[int, int] | None = None  # of its terminal, where not the same as others'

    @property
    def one_off(self) -> bool:
        """Whether it runs once."""
        return self.dyno.one_off

    @property
    def runs(self) -> bool:
        """Whether its process is there: not only what that one left behind."""
        return self.child is not None and self.child.wait_status is None

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself and is not started again unless somebody says so."""
        return self.dyno.state is State.CRASHED and not self._starts_again

    @property
    def is_ending(self) -> bool:
        """Whether its process has ended by itself, likewise, and what that one left is ending."""
        dead = self.child is not None and self.child.announced
        begun = self.dyno.state in (State.STARTING, State.UP)
        return dead and begun and not self._starts_again

    @property
    def since(self) -> float:
        """When its state became what it is; of what ended by itself that moment, in epoch seconds.

        What its process left may be there for long after that.
        """
        by_itself = self.dyno.state is State.CRASHED or self.is_ending
        return (by_itself and self.incarnation.ended_at) or self.changed_at

    @property
    def _starts_again(self) -> bool:
        return self.verdict in (Verdict.RESTART, Verdict.AWAIT_CHANGE)

    @property
    def end(self) -> DynoEnd:
        """How its last process ended, for programs; the exit code of what never ran is None."""
        from procrun.core.order import DynoEnd

        last = self.incarnation
        code = last.code if self.starts and not last.outlives_us else None
        return DynoEnd(self.name, code, last.was_killed, last.outlives_us)

    @property
    def is_wanted(self) -> bool:
        """Whether it is of the formation, and nobody has stopped it by hand or scaled it down."""
        return self.dyno.want is Want.UP and not self.leaving and not self.one_off

    @property
    def is_over(self) -> bool:
        """Whether it is to be forgotten: a one-off that has ended, or what was to leave."""
        state = self.dyno.state
        return state is State.COMPLETE or (state is State.DOWN and (self.leaving or self.one_off))

    @property
    def is_ready(self) -> bool:
        """Whether what is to be started after it may start: it is up, or has done its work."""
        if self.dyno.state is State.CRASHED:
            return self.incarnation.code == 0 and self.verdict is not Verdict.RESTART
        return self.dyno.state is State.UP

    @property
    def why_not_up(self) -> str:
        """What it waits for or what became of it, in words; "" if there is nothing to say."""
        if self.waits_for:
            return f"waits for {', '.join(self.waits_for)}"
        if self.dyno.state is State.CRASHED:
            return self.incarnation.end
        if self.dyno.state is not State.STARTING:
            return ""
        trouble = self.look.trouble if self.look else ""
        return trouble or self.launch.ready.missing

    @property
    def again_in(self) -> float | None:
        """Seconds until a crashed dyno starts again; None if it does not."""
        timer = self.timer
        return None if timer is None or timer.cancelled else timer.left

    @property
    def is_late(self) -> bool:
        """Whether it was asked to end and its grace is over."""
        asked = self.child is not None and self.child.asked_to_end
        return asked and self.timer is not None and self.timer.left <= 0

    def arm(self, timer: Timer) -> None:
        """Make this the slot's timer, in place of any other."""
        self.disarm()
        self.timer = timer

    def disarm(self) -> None:
        """Cancel the slot's timer."""
        if self.timer is not None:
            self.timer.cancel()


def unready(slot: Slot, slots: Iterable[Slot]) -> tuple[str, ...]:
    """What a dyno still has to wait for: dynos that are in its place, and process types.

    A type without any dyno is not among them.
    """
    if slot.held_by:
        return (slot.held_by,)
    others = [each for each in slots if each is not slot]
    in_its_place = [each.name for each in others if each.child in slot.behind]
    late = {each.launch.name.type for each in slots if not each.is_ready and not each.leaving}
    return (*in_its_place, *(name for name in slot.launch.after if name in late))
