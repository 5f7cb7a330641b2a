"""The loop: descriptors, timers, and which of them are served when."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

from procrun.loop import READ, WRITE, Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.time


class Pipe:
    """A pipe, and how to hear that it is readable."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe()

    def close(self) -> None:
        """Close both ends."""
        os.close(self.out)
        os.close(self.into)


@pytest.fixture
def clock() -> Clock:
    """The time, by the test."""
    return Clock()


@pytest.fixture
def loop(clock: Clock) -> Iterator[Loop]:
    """A loop with the clock of the test."""
    loop = Loop(clock)
    yield loop
    loop.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe with nothing in it."""
    pipe = Pipe()
    yield pipe
    pipe.close()


@pytest.fixture
def other() -> Iterator[Pipe]:
    """Another one."""
    pipe = Pipe()
    yield pipe
    pipe.close()


def noting(happened: list[str], what: str) -> Callable[[], None]:
    """A call that notes that it came."""
    return lambda: happened.append(what)


def test_a_readable_descriptor_is_called_once_a_turn(loop: Loop, pipe: Pipe) -> None:
    """Again in the next turn, as long as nobody reads what is there."""
    happened: list[str] = []
    loop.watch(pipe.out, noting(happened, "read"))
    os.write(pipe.into, b"x")

    loop.turn()
    assert happened == ["read"]
    loop.turn()
    assert happened == ["read", "read"]


def test_a_writable_descriptor_is_called(loop: Loop, pipe: Pipe) -> None:
    """If that is what is asked for."""
    happened: list[str] = []
    loop.watch(pipe.into, noting(happened, "write"), WRITE)

    loop.turn()

    assert happened == ["write"]


def test_watching_again_replaces_the_call_and_the_events(loop: Loop, pipe: Pipe) -> None:
    """Nothing of what was asked before stays."""
    happened: list[str] = []
    loop.watch(pipe.into, noting(happened, "old"), READ | WRITE)
    loop.watch(pipe.into, noting(happened, "new"), WRITE)

    loop.turn()

    assert happened == ["new"]


def test_what_is_forgotten_is_not_called(loop: Loop, pipe: Pipe, other: Pipe) -> None:
    """And forgetting what nobody watches is harmless."""
    happened: list[str] = []
    for each in (pipe, other):
        os.write(each.into, b"x")
        loop.watch(each.out, noting(happened, "one" if each is pipe else "other"))
    loop.forget(pipe.out)
    loop.forget(pipe.out)

    loop.turn()

    assert happened == ["other"]


def test_what_is_forgotten_in_a_turn_is_not_called_in_it(
    loop: Loop, pipe: Pipe, other: Pipe
) -> None:
    """Two are ready; the first that is called forgets both."""
    happened: list[int] = []

    def forget_both() -> None:
        happened.append(1)
        loop.forget(pipe.out)
        loop.forget(other.out)

    for each in (pipe, other):
        os.write(each.into, b"x")
        loop.watch(each.out, forget_both)

    loop.turn()

    assert happened == [1]


def test_a_number_that_was_taken_over_in_a_turn_is_another_descriptor(
    loop: Loop, pipe: Pipe, other: Pipe
) -> None:
    """Whoever is called first closes the other one's pipe and opens a new one in its place."""
    happened: list[str] = []

    def take_over(victim: Pipe, name: str) -> Callable[[], None]:
        def call() -> None:
            happened.append(name)
            loop.forget(victim.out)
            victim.close()
            victim.out, victim.into = os.pipe()  # takes the lowest numbers, which these are
            loop.watch(victim.out, noting(happened, "stale"))

        return call

    numbers = pipe.out, other.out
    for each, victim, name in ((pipe, other, "first"), (other, pipe, "second")):
        os.write(each.into, b"x")
        loop.watch(each.out, take_over(victim, name))

    loop.turn()

    assert happened in (["first"], ["second"])
    assert (pipe.out, other.out) == numbers


def test_sources_are_not_read_while_the_loop_is_paused(loop: Loop, pipe: Pipe, other: Pipe) -> None:
    """Everything else is served meanwhile, and the source afterwards."""
    happened: list[str] = []
    loop.watch(pipe.out, noting(happened, "source"), source=True)
    loop.watch(other.out, noting(happened, "signal"))
    for each in (pipe, other):
        os.write(each.into, b"x")

    loop.paused = True
    loop.turn()
    assert happened == ["signal"]
    loop.paused = False
    loop.turn()
    assert sorted(happened) == ["signal", "signal", "source"]


def test_what_is_watched_while_paused_is_served_afterwards(loop: Loop, pipe: Pipe) -> None:
    """A dyno that is started while the log is held up."""
    happened: list[str] = []
    os.write(pipe.into, b"x")
    loop.paused = True
    loop.watch(pipe.out, noting(happened, "source"), source=True)
    loop.later(0, noting(happened, "timer"))
    loop.turn()
    loop.paused = False
    loop.turn()

    assert happened == ["timer", "source"]


def test_timers_fire_in_the_order_of_their_times(loop: Loop, clock: Clock) -> None:
    """Not in that of their making; those for the same moment do."""
    happened: list[str] = []
    for delay, name in ((3, "late"), (1, "first"), (2, "second"), (2, "third"), (2, "fourth")):
        loop.later(delay, noting(happened, name))

    clock.time += 2
    loop.turn()

    assert happened == ["first", "second", "third", "fourth"]


def test_a_timer_is_not_early(loop: Loop, clock: Clock, pipe: Pipe) -> None:
    """A turn that something else ended does not fire it."""
    happened: list[str] = []
    loop.later(5, noting(happened, "timer"))
    loop.watch(pipe.out, noting(happened, "read"))
    os.write(pipe.into, b"x")
    clock.time += 4.9

    loop.turn()
    assert happened == ["read"]
    clock.time += 0.1
    loop.turn()
    assert happened == ["read", "read", "timer"]


def test_a_cancelled_timer_never_fires(loop: Loop, clock: Clock) -> None:
    """Not even if a timer that was due in the same turn cancelled it."""
    happened: list[str] = []
    third = loop.later(3, noting(happened, "third"))
    second = loop.later(2, third.cancel)
    first = loop.later(1, noting(happened, "first"))
    first.cancel()
    assert (first.cancelled, second.cancelled) == (True, False)

    clock.time += 5
    loop.turn()

    assert happened == []
    assert second.cancelled


def test_the_next_timer_is_known(loop: Loop, clock: Clock) -> None:
    """What is cancelled or over wakes nobody up; what is overdue waits for nothing."""
    assert loop._until_next_timer() is None
    first, second = loop.later(1, loop.stop), loop.later(3, loop.stop)
    assert loop._until_next_timer() == 1
    first.cancel()
    assert loop._until_next_timer() == 3
    clock.time += 5
    assert loop._until_next_timer() == 0
    loop.turn()
    assert second.cancelled
    assert loop._until_next_timer() is None


def test_a_timer_fires_once(loop: Loop, clock: Clock) -> None:
    """And cancelling it afterwards is harmless."""
    happened: list[str] = []
    timer = loop.later(1, noting(happened, "once"))
    loop.later(3, loop.stop)
    for _ in range(3):
        clock.time += 1
        loop.turn()
    timer.cancel()

    assert happened == ["once"]


def test_a_timer_can_start_another(loop: Loop, clock: Clock) -> None:
    """Which counts from then."""
    happened: list[str] = []

    def start_another() -> None:
        loop.later(1, noting(happened, "second"))

    loop.later(1, start_another)
    clock.time += 1
    loop.turn()
    assert happened == []
    clock.time += 1
    loop.turn()
    assert happened == ["second"]


def test_a_turn_ends_with_what_is_to_be_done_at_its_end(loop: Loop, pipe: Pipe) -> None:
    """Once, after all that was ready and due."""
    happened: list[str] = []
    loop.end_of_turn = noting(happened, "end")
    loop.watch(pipe.out, noting(happened, "read"))
    loop.later(0, noting(happened, "timer"))
    os.write(pipe.into, b"x")

    loop.turn()

    assert happened == ["read", "timer", "end"]


def test_run_serves_until_it_is_stopped() -> None:
    """With the real clock: timers are waited for, and the last turn is finished."""
    happened: list[str] = []
    loop = Loop()
    loop.later(0.002, loop.stop)
    loop.later(0.001, noting(happened, "timer"))
    loop.end_of_turn = noting(happened, "end")

    loop.run()
    loop.close()

    assert happened.count("timer") == 1
    assert happened[-1] == "end"


def test_waiting_is_not_polling() -> None:
    """50 ms until a timer are two turns at most and next to no processor time."""
    loop = Loop()
    turns: list[int] = []
    loop.end_of_turn = lambda: turns.append(1)
    loop.later(0.05, loop.stop)
    before = resource.getrusage(resource.RUSAGE_SELF)

    loop.run()
    loop.close()

    after = resource.getrusage(resource.RUSAGE_SELF)
    assert len(turns) <= 2
    assert after.ru_utime - before.ru_utime < 0.04
