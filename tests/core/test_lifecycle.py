"""The life of a dyno: every cell of the table, and a walk over all that can ever happen."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from procrun.core.lifecycle import TABLE, Dyno, Effect, Event, State, Want

if TYPE_CHECKING:
    from collections.abc import Iterator

    Point = tuple[State, Want]  # what a dyno is and what is wanted of it
    World = tuple[State, Want, bool]  # and whether it has a process

DOCS = Path(__file__).parents[2] / "docs"

DOWN = (State.DOWN, Want.DOWN)
STARTING = (State.STARTING, Want.UP)
UP = (State.UP, Want.UP)
STOPPING = (State.STOPPING, Want.DOWN)
RESTARTING = (State.STOPPING, Want.UP)
CRASHED = (State.CRASHED, Want.UP)
COMPLETE = (State.COMPLETE, Want.UP)

SPAWN, TERMINATE, KILL, COOL_OFF = Effect.SPAWN, Effect.TERMINATE, Effect.KILL, Effect.COOL_OFF
# What is not here changes nothing.
CHANGES: dict[Point, dict[Event, tuple[Point, Effect | None]]] = {
    DOWN: {
        Event.START: (STARTING, SPAWN),
        Event.RESTART: (STARTING, SPAWN),
    },
    STARTING: {
        Event.READY: (UP, None),
        Event.EXITED: (CRASHED, COOL_OFF),
        Event.SPAWN_FAILED: (CRASHED, COOL_OFF),
        Event.STOP: (STOPPING, TERMINATE),
        Event.RESTART: (RESTARTING, TERMINATE),
        Event.BOOT_TIMEOUT: (STARTING, KILL),
        Event.OVER_QUOTA: (STARTING, KILL),
        Event.CYCLE: (RESTARTING, TERMINATE),
        Event.GRACE_TIMEOUT: (STARTING, KILL),
    },
    UP: {
        Event.EXITED: (CRASHED, COOL_OFF),
        Event.STOP: (STOPPING, TERMINATE),
        Event.RESTART: (RESTARTING, TERMINATE),
        Event.OVER_QUOTA: (UP, KILL),
        Event.CYCLE: (RESTARTING, TERMINATE),
        Event.GRACE_TIMEOUT: (UP, KILL),
    },
    STOPPING: {
        Event.EXITED: (DOWN, None),
        Event.SPAWN_FAILED: (DOWN, None),
        Event.START: (RESTARTING, None),
        Event.RESTART: (RESTARTING, None),
        Event.GRACE_TIMEOUT: (STOPPING, KILL),
    },
    RESTARTING: {
        Event.EXITED: (STARTING, SPAWN),
        Event.SPAWN_FAILED: (STARTING, SPAWN),
        Event.STOP: (STOPPING, None),
        Event.GRACE_TIMEOUT: (RESTARTING, KILL),
    },
    CRASHED: {
        Event.START: (STARTING, SPAWN),
        Event.STOP: (DOWN, None),
        Event.RESTART: (STARTING, SPAWN),
        Event.COOLED_OFF: (STARTING, SPAWN),
    },
    COMPLETE: {},
}


def dyno_in(state: State, want: Want, *, one_off: bool = False) -> Dyno:
    """A dyno in the middle of its life."""
    dyno = Dyno(one_off=one_off)
    dyno.state, dyno.want = state, want
    return dyno


def possible(world: World) -> Iterator[Event]:
    """What can come: only a process can end, and only one to be can fail to be started.

    Everything else can come at any time: timers may be stale, commands come from people.
    """
    state, _want, has_child = world
    for event in Event:
        if event is Event.EXITED and not has_child:
            continue
        if event is Event.SPAWN_FAILED and not (has_child and state is not State.UP):
            continue
        yield event


def live(world: World, event: Event, *, one_off: bool) -> World:
    """What becomes of a dyno and its process, if its effects are carried out."""
    state, want, has_child = world
    dyno = dyno_in(state, want, one_off=one_off)
    if event in (Event.EXITED, Event.SPAWN_FAILED):
        has_child = False
    for effect in dyno.handle(event):
        if effect is SPAWN:
            assert not has_child, f"a second process by {event} in {world}"
            has_child = True
        elif effect in (TERMINATE, KILL):
            assert has_child, f"a signal to nobody by {event} in {world}"
    return dyno.state, dyno.want, has_child


def worlds(*, one_off: bool) -> set[World]:
    """All that can ever be, whatever happens; fails where two processes meet in one dyno."""
    first: World = (*DOWN, False)
    found, ahead = {first}, deque([first])
    while ahead:
        world = ahead.popleft()
        for event in possible(world):
            after = live(world, event, one_off=one_off)
            if after not in found:
                found.add(after)
                ahead.append(after)
    return found


def test_every_pair_of_a_state_and_an_event_is_decided() -> None:
    """If only to be ignored."""
    assert TABLE.keys() == set(State)
    assert all(row.keys() == set(Event) for row in TABLE.values())


@pytest.mark.parametrize("event", Event, ids=lambda event: event.value)
@pytest.mark.parametrize("point", CHANGES, ids=lambda point: f"{point[0].value}-{point[1].value}")
def test_an_event_changes_a_dyno(point: Point, event: Event) -> None:
    """The state, what is wanted, and what is to be done; what is not in the table: nothing."""
    after, effect = CHANGES[point].get(event, (point, None))
    dyno = dyno_in(*point)

    assert dyno.handle(event) == ((effect,) if effect else ())
    assert (dyno.state, dyno.want) == after


@pytest.mark.parametrize(
    ("point", "event"),
    [(STARTING, Event.EXITED), (STARTING, Event.SPAWN_FAILED), (UP, Event.EXITED)],
    ids=["starting", "not started", "up"],
)
def test_a_one_off_is_complete_when_it_ends(point: Point, event: Event) -> None:
    """Where others crash; nothing is to be done then."""
    dyno = dyno_in(*point, one_off=True)

    assert dyno.handle(event) == ()
    assert dyno.state is State.COMPLETE


def test_nothing_leaves_complete() -> None:
    """Nobody can start a one-off again."""
    for event in Event:
        dyno = dyno_in(*COMPLETE, one_off=True)

        assert dyno.handle(event) == ()
        assert (dyno.state, dyno.want) == COMPLETE


@pytest.mark.parametrize("one_off", [False, True], ids=["service", "one-off"])
def test_a_dyno_has_a_process_in_three_states_only(*, one_off: bool) -> None:
    """At most one, and no signal is ever sent without one: the walk itself says so."""
    alive = {State.STARTING, State.UP, State.STOPPING}
    everything = worlds(one_off=one_off)

    assert all(has_child == (state in alive) for state, _want, has_child in everything)
    points = {(state, want) for state, want, _has_child in everything}
    assert points == CHANGES.keys() - {CRASHED if one_off else COMPLETE}


@pytest.mark.parametrize("one_off", [False, True], ids=["service", "one-off"])
def test_a_stop_always_lands(*, one_off: bool) -> None:
    """From wherever: nothing but a command keeps a dyno from being down when its process ended."""
    commands = {Event.START, Event.RESTART}
    ends = {State.DOWN, State.COMPLETE}
    for world in worlds(one_off=one_off):
        ahead, seen = [live(world, Event.STOP, one_off=one_off)], set()
        while ahead:
            stopped = ahead.pop()
            seen.add(stopped)
            state, want, has_child = stopped
            assert state in ends or (state, want, has_child) == (*STOPPING, True)
            events = set(possible(stopped)) - commands
            ahead += {live(stopped, event, one_off=one_off) for event in events} - seen
        assert any(state in ends for state, _want, _has_child in seen)


def test_what_stops_is_heading_for_what_comes_next() -> None:
    """Heroku has no word for what is between; all else heads nowhere."""
    assert dyno_in(*STOPPING).heading is State.DOWN
    assert dyno_in(*RESTARTING).heading is State.STARTING
    others = set(State) - {State.STOPPING}
    assert all(dyno_in(state, Want.UP).heading is state for state in others)


def test_who_does_not_end_when_asked_to_is_killed() -> None:
    """The grace timer is all that it takes, once the dyno is stopping."""
    for point in (STOPPING, RESTARTING):
        assert dyno_in(*point).handle(Event.GRACE_TIMEOUT) == (KILL,)


def test_a_life_in_a_story() -> None:
    """Started, crashed, restarted by the cool-off, restarted by hand, stopped."""
    dyno = Dyno()
    story = [
        (Event.START, State.STARTING),
        (Event.READY, State.UP),
        (Event.EXITED, State.CRASHED),
        (Event.COOLED_OFF, State.STARTING),
        (Event.READY, State.UP),
        (Event.RESTART, State.STOPPING),
        (Event.EXITED, State.STARTING),
        (Event.STOP, State.STOPPING),
        (Event.GRACE_TIMEOUT, State.STOPPING),
        (Event.EXITED, State.DOWN),
    ]
    lived = []
    for event, _state in story:
        dyno.handle(event)
        lived.append((event, dyno.state))

    assert lived == story


def test_the_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    """If this fails: `python docs/states.py`, and put what it prints into docs/lifecycle.md."""
    drawn = subprocess.run(
        [sys.executable, DOCS / "states.py"], capture_output=True, text=True, check=True
    ).stdout
    page = (DOCS / "lifecycle.md").read_text(encoding="utf-8")

    assert page.partition("```mermaid\n")[2].partition("```")[0] == drawn
