"""What somebody wants dynos to become: a line for each that became it, or never will."""

from __future__ import annotations

from procrun.core.lifecycle import Event, State, Want
from procrun.core.policy import Verdict
from procrun.core.restart import starts_again
from procrun.requests.entrance import UNREACHED
from procrun.supervisor.whereabouts import with_whereabouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from procrun.loop import Loop
    from procrun.requests.entrance import Entrance
    from procrun.supervisor import Slot

    class Client(Protocol):
        """Whoever wants it."""

        def reply(self, fields: Mapping[str, object]) -> None:
            """Hear of a dyno; `last` is true when there is no more to be told."""


FIRST_WORD = 1.0  # seconds after which a client is told what is waited for
_QUIET_ENDS = (Verdict.STAY_DOWN, Verdict.AWAIT_CHANGE)
_PROVEN = 0.5  # seconds that a process must live: one with a mistake in it ends before
_PATIENCE = 5.0  # seconds, at most, for a dyno to be up or to be started


class Operation:
    """Watches dynos on behalf of a client. First `expect`, then command them, then `watch`."""

    def __init__(self, connection: Client, loop: Loop) -> None:
        self._connection = connection
        self._loop = loop
        self._goals: dict[Slot, _Goal] = {}
        self._watching = False
        self._is_reached = True
        loop.later(FIRST_WORD, self._say_what_is_waited_for)

    @property
    def waiting(self) -> bool:
        """Whether something is not yet as it should be."""
        return bool(self._goals) or not self._watching or not self._is_reached

    def expect(self, slots: Iterable[Slot], event: Event, *, first: bool = False) -> None:
        """Note what dynos are about to be told; their `first` start may be under way already."""
        for slot in slots:
            self._goals[slot] = _Goal(slot, event, self._loop.now(), first=first)

    def await_open(self, entrance: Entrance) -> None:
        """End only once clients reach the app as well."""
        self._is_reached = False
        entrance.when_open(self._reached)

    def watch(self) -> None:
        """Tell of those that are so already; from now on `check` does."""
        self._watching = True
        for slot in list(self._goals):
            self.check(slot)
        self._end_if_done()

    def check(self, slot: Slot) -> None:
        """Tell of a dyno that has become what it should, or never will."""
        goal = self._goals.get(slot)
        if goal is None or not self._watching:
            return
        left = goal.open_for(self._loop.now())
        if left > 0:
            self._loop.later(left, lambda: self.check(slot))
            return
        outcome = goal.outcome
        if outcome is not None:
            text, failed = outcome
            self._connection.reply({"text": f"{slot.name} {text}", "failed": failed})
            del self._goals[slot]
            self._end_if_done()

    def _say_what_is_waited_for(self) -> None:
        """After a while, so that nobody wonders."""
        waited_for = [*map(_waited_for, self._goals), *(() if self._is_reached else (UNREACHED,))]
        if waited_for:
            self._connection.reply({"text": f"waiting for {', '.join(waited_for)}"})

    def _reached(self) -> None:
        self._is_reached = True
        if self._watching:
            self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._goals and self._is_reached:
            self._connection.reply({"last": True})


class _Goal:
    """What one dyno should become."""

    def __init__(self, slot: Slot, event: Event, now: float, *, first: bool) -> None:
        self._slot = slot
        self._event = event
        self._asked = now
        begun = event is Event.START and slot.dyno.state is State.STARTING
        next_one = slot.starts if begun else slot.starts + 1
        self._start = 1 if first else next_one  # the one that counts

    @property
    def runs(self) -> bool:
        """Whether the process that was asked for is there."""
        state = self._slot.dyno.state
        return self._has_begun and self._slot.runs and state in (State.STARTING, State.UP)

    def open_for(self, now: float) -> float:
        """Seconds for which things may still turn out better or worse; 0 if they are decided.

        A dyno that is not up after its grace counts as started: `web` may never listen.
        """
        slot = self._slot
        patience = min(slot.launch.grace, _PATIENCE)
        if self.runs:
            starting = slot.dyno.state is State.STARTING
            enough = max(_PROVEN, patience) if starting else _PROVEN
            return enough - (now - slot.incarnation.since)
        return patience - (now - self._asked) if slot.waits_for else 0.0

    @property
    def outcome(self) -> tuple[str, bool] | None:
        """What has come of it: in words, and whether it failed. None while it is open."""
        slot = self._slot
        if self._event is not Event.STOP:
            return self._outcome_of_start
        if slot.dyno.want is Want.UP:
            return "was started again by somebody else", True
        return ("stopped", False) if slot.dyno.state is State.DOWN else None

    @property
    def _outcome_of_start(self) -> tuple[str, bool] | None:
        slot, state = self._slot, self._slot.dyno.state
        if self.runs and slot.child is not None:
            verb = "restarted" if self._event is Event.RESTART else "started"
            text = f"{verb} (pid {slot.child.pid})"
            return f"{text}, but {why}" if (why := _why_not_up(slot)) else text, False
        if state is State.CRASHED and self._has_begun:
            return _end_of(slot), slot.verdict not in _QUIET_ENDS or slot.incarnation.code != 0
        if slot.waits_for:
            return slot.why_not_up, False
        if state is State.DOWN:
            return _end_of(slot) if self._has_stopped_the_app else "was stopped", True
        return None

    @property
    def _has_begun(self) -> bool:
        return self._slot.starts >= self._start

    @property
    def _has_stopped_the_app(self) -> bool:
        return self._has_begun and self._slot.verdict is Verdict.STOP_APP


def _why_not_up(slot: Slot) -> str:
    """What it waits for, with where it listens instead; "" if it is up."""
    why = slot.why_not_up
    if slot.dyno.state is not State.STARTING:
        return why
    return with_whereabouts(why, slot, slot.launch.ready)


def _waited_for(slot: Slot) -> str:
    """A dyno, with what keeps it."""
    return f"{slot.name}: {slot.why_not_up}" if slot.why_not_up else slot.name


def _end_of(slot: Slot) -> str:
    """How the last process ended, and what comes next."""
    if slot.verdict is Verdict.STOP_APP:
        return f"{slot.incarnation.end}, which stops the app"
    if slot.verdict is Verdict.AWAIT_CHANGE:
        return f"{slot.incarnation.end}, waits for a change"
    if slot.again_in is not None:
        return f"{slot.incarnation.end}, {starts_again(slot.again_in)}"
    return slot.incarnation.end
