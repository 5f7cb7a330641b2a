"""The life of a dyno: events in, effects out.

Everything that affects a transition is in this file, and the file knows no clock, no signal and no
process. What *is* (the state) and what is *wanted* are kept apart: commands write only what is
wanted, and one rule makes it so: down and wanted up means starting. Every pair of a state and an
event is decided in TABLE, if only to ignore it; `tests/core/test_lifecycle.py` walks all of it.

Not in the table, because they are policy: whether the app stops when a dyno ends, and how long a
crashed dyno cools off before the COOLED_OFF event comes, if it ever does (core/policy.py).
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """What a dyno is, in Heroku's words."""

    DOWN = "down"
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    CRASHED = "crashed"
    COMPLETE = "complete"


class Want(Enum):
    """What a dyno should be."""

    UP = "up"
    DOWN = "down"


class Event(Enum):
    """What can happen to a dyno."""

    READY = "ready"
    EXITED = "exited"
    SPAWN_FAILED = "spawn failed"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    BOOT_TIMEOUT = "boot timeout"
    OVER_QUOTA = "over quota"
    CYCLE = "cycle"
    GRACE_TIMEOUT = "grace timeout"
    COOLED_OFF = "cooled off"


class Effect(Enum):
    """What is to be done when a dyno changes."""

    SPAWN = "spawn its process"
    TERMINATE = "ask all of its processes to end and arm the grace timer"
    KILL = "kill all of its processes"
    COOL_OFF = "arm the cool-off timer"


class Step:
    """One cell of the table: the next state, what is wanted from now on, and a bare effect.

    None leaves a thing as it is.
    """

    __slots__ = ("effect", "state", "want")

    def __init__(
        self, state: State | None = None, want: Want | None = None, effect: Effect | None = None
    ) -> None:
        self.state = state
        self.want = want
        self.effect = effect


_NOTHING = Step()
_WANT_UP = Step(want=Want.UP)
_WANT_DOWN = Step(want=Want.DOWN)
_KILL = Step(effect=Effect.KILL)

# Effects hang on entering a state, however it was entered.
ON_ENTRY: dict[State, Effect] = {
    State.STARTING: Effect.SPAWN,
    State.STOPPING: Effect.TERMINATE,
    State.CRASHED: Effect.COOL_OFF,
}

_CRASH = Step(State.CRASHED)

TABLE: dict[State, dict[Event, Step]] = {
    State.DOWN: {
        Event.READY: _NOTHING,
        Event.EXITED: _NOTHING,
        Event.SPAWN_FAILED: _NOTHING,
        Event.START: _WANT_UP,
        Event.STOP: _WANT_DOWN,
        Event.RESTART: _WANT_UP,
        Event.BOOT_TIMEOUT: _NOTHING,
        Event.OVER_QUOTA: _NOTHING,
        Event.CYCLE: _NOTHING,
        Event.GRACE_TIMEOUT: _NOTHING,
        Event.COOLED_OFF: _NOTHING,
    },
    State.STARTING: {
        Event.READY: Step(State.UP),
        Event.EXITED: _CRASH,
        Event.SPAWN_FAILED: _CRASH,
        Event.START: _WANT_UP,
        Event.STOP: Step(State.STOPPING, Want.DOWN),
        Event.RESTART: Step(State.STOPPING, Want.UP),
        Event.BOOT_TIMEOUT: _KILL,
        Event.OVER_QUOTA: _KILL,
        Event.CYCLE: Step(State.STOPPING, Want.UP),
        Event.GRACE_TIMEOUT: _KILL,  # its first process has ended, the rest has not
        Event.COOLED_OFF: _NOTHING,
    },
    State.UP: {
        Event.READY: _NOTHING,
        Event.EXITED: _CRASH,
        Event.SPAWN_FAILED: _NOTHING,
        Event.START: _WANT_UP,
        Event.STOP: Step(State.STOPPING, Want.DOWN),
        Event.RESTART: Step(State.STOPPING, Want.UP),
        Event.BOOT_TIMEOUT: _NOTHING,
        Event.OVER_QUOTA: _KILL,
        Event.CYCLE: Step(State.STOPPING, Want.UP),
        Event.GRACE_TIMEOUT: _KILL,  # its first process has ended, the rest has not
        Event.COOLED_OFF: _NOTHING,
    },
    State.STOPPING: {
        Event.READY: _NOTHING,
        Event.EXITED: Step(State.DOWN),
        Event.SPAWN_FAILED: Step(State.DOWN),
        Event.START: _WANT_UP,
        Event.STOP: _WANT_DOWN,
        Event.RESTART: _WANT_UP,
        Event.BOOT_TIMEOUT: _NOTHING,
        Event.OVER_QUOTA: _NOTHING,
        Event.CYCLE: _NOTHING,
        Event.GRACE_TIMEOUT: _KILL,
        Event.COOLED_OFF: _NOTHING,
    },
    State.CRASHED: {
        Event.READY: _NOTHING,
        Event.EXITED: _NOTHING,
        Event.SPAWN_FAILED: _NOTHING,
        Event.START: Step(State.STARTING, Want.UP),
        Event.STOP: Step(State.DOWN, Want.DOWN),
        Event.RESTART: Step(State.STARTING, Want.UP),
        Event.BOOT_TIMEOUT: _NOTHING,
        Event.OVER_QUOTA: _NOTHING,
        Event.CYCLE: _NOTHING,
        Event.GRACE_TIMEOUT: _NOTHING,
        Event.COOLED_OFF: Step(State.STARTING),
    },
    State.COMPLETE: dict.fromkeys(Event, _NOTHING),
}


class Dyno:
    """The state of one dyno and what is wanted of it; it outlives its processes.

    `one_off` dynos run once: they are complete when they end, whatever their status.
    """

    def __init__(self, *, one_off: bool = False) -> None:
        self.state = State.DOWN
        self.want = Want.DOWN
        self.one_off = one_off

    @property
    def heading(self) -> State:
        """What it is or, while it is stopping, will be next: Heroku has no state for that."""
        if self.state is not State.STOPPING:
            return self.state
        return State.STARTING if self.want is Want.UP else State.DOWN

    def handle(self, event: Event) -> tuple[Effect, ...]:
        """What is to be done because of the event, in order."""
        step = TABLE[self.state][event]
        self.want = step.want or self.want
        effects: tuple[Effect, ...] = (step.effect,) if step.effect else ()
        if step.state:
            effects += self._enter(step.state)
        if self.state is State.DOWN and self.want is Want.UP:
            effects += self._enter(State.STARTING)
        return effects

    def _enter(self, state: State) -> tuple[Effect, ...]:
        if state is State.CRASHED and self.one_off:
            state = State.COMPLETE
        self.state = state
        return (ON_ENTRY[state],) if state in ON_ENTRY else ()
