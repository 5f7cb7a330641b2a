"""Each transition of a dyno's life that changes something, with a real process behind it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import ask, connect, send
from procrun.core import commands
from procrun.core.commands import Request
from procrun.core.lifecycle import TABLE, Event, State, Step
from procrun.value import Value
from tests.supervision import processes

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.running import Starter

    Deed = Callable[["Life"], None]

STAY = "echo ready; exec sleep 60"
FAIL = "exit 3"
MENDED = f"test -e mended || exit 3; {STAY}"
# Ends when it was asked to and the test lets it.
WAITS = "trap 'read _ < let; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
LEAVES_A_STUBBORN_ONE = f'sh -c "{STUBBORN}" & read _ < let; exit 3'
CANNOT_BE = f": {'x' * 200_000}"  # an argument has 128 KiB at most
BRIEF = ("-t", "0.3")
CAN_DIE = ("--can-die", "all")
RESTARTS = ("--restart", "all")


class Life:
    """A dyno of a running app, beside another that keeps the app alive."""

    def __init__(self, procrun: Starter, row: Row) -> None:
        self.folder = procrun.folder
        os.mkfifo(self.folder / "let")
        procfile = f"dyno: {row.command}\nother: echo here; exec sleep 60\n"
        self.app = procrun(
            *("start", "-t", "60", *row.options),
            procfile=procfile,
            env={"PROCRUN_READY": row.ready},
        )
        self.app.wait_for("| here")
        self._waiting: list[socket.socket] = []

    def row(self) -> dict[str, object]:
        """What `ps` has of it."""
        rows = ask(str(self.folder), Request(commands.PS))
        (row,) = (row for row in rows if row.get("name") == "dyno.1")
        return row

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        count = self.row()["restarts"]
        assert isinstance(count, int)
        return count

    def tell(self, verb: str) -> None:
        """Ask for something to become of it, without waiting until it has."""
        client = connect(str(self.folder))
        self._waiting.append(client)
        send(client, Request(verb, ("dyno",)))

    def end(self) -> None:
        """Let go of what is left."""
        for client in self._waiting:
            client.close()


def until(state: State) -> Deed:
    """Wait until the dyno is so."""

    def wait(life: Life) -> None:
        processes.eventually(lambda: life.row()["state"] == state.value, f"the dyno is {state}")

    return wait


def anew(life: Life) -> None:
    """Wait until it has another process."""
    processes.eventually(lambda: life.restarts > 0, "the dyno starts again")


def again(life: Life) -> None:
    """Wait until it is up with another process."""
    anew(life)
    UP(life)


def first(state: State) -> Deed:
    """See that the dyno is so, with its first process."""

    def check(life: Life) -> None:
        assert life.row()["state"] == state.value
        assert life.restarts == 0

    return check


def told(verb: str) -> Deed:
    """Ask for it."""
    return lambda life: life.tell(verb)


def said(text: str) -> Deed:
    """Wait for a line of the log."""
    return lambda life: _wait_for(life, text)


def _wait_for(life: Life, text: str) -> None:
    life.app.wait_for(re.compile(text))


def let(life: Life) -> None:
    """Let it end, now that it was asked to."""
    (life.folder / "let").write_text("\n")


def mend(life: Life) -> None:
    """Take away what made it fail."""
    (life.folder / "mended").touch()


START, STOP, RESTART = told(commands.START), told(commands.STOP), told(commands.RESTART)
DOWN, STARTING, UP = until(State.DOWN), until(State.STARTING), until(State.UP)
STOPPING, CRASHED = until(State.STOPPING), until(State.CRASHED)
NEVER = "log:never"


class Row(Value):
    """One cell of the table: how the state is reached, the event, and what comes of it."""

    state: State
    event: Event
    command: str
    deeds: tuple[Deed, ...]
    options: tuple[str, ...] = ()
    ready: str = "launched"  # what tells that it is up


ROWS = (
    Row(State.DOWN, Event.START, STAY, (UP, STOP, DOWN, START, again)),
    Row(State.DOWN, Event.STOP, STAY, (UP, STOP, DOWN, STOP, DOWN)),
    Row(State.DOWN, Event.RESTART, STAY, (UP, STOP, DOWN, RESTART, again)),
    Row(
        State.STARTING,
        Event.READY,
        f"read _ < let; {STAY}",
        (STARTING, let, UP, first(State.UP)),
        ready="log:ready|here",
    ),
    Row(
        State.STARTING,
        Event.EXITED,
        f"read _ < let; {FAIL}",
        (STARTING, let, CRASHED),
        CAN_DIE,
        NEVER,
    ),
    Row(
        State.STARTING,
        Event.START,
        STAY,
        (said("ready"), START, first(State.STARTING)),
        ready=NEVER,
    ),
    Row(
        State.STARTING,
        Event.STOP,
        WAITS,
        (said("ready"), STARTING, STOP, STOPPING, let, DOWN),
        ready=NEVER,
    ),
    Row(
        State.STARTING,
        Event.RESTART,
        WAITS,
        (said("ready"), STARTING, RESTART, STOPPING, let, anew, STARTING),
        ready=NEVER,
    ),
    Row(
        State.STARTING,
        Event.GRACE_TIMEOUT,
        LEAVES_A_STUBBORN_ONE,
        (
            said("ready"),
            STARTING,
            let,
            said("dyno.1 did not end within 0.3 s: killing it"),
            CRASHED,
        ),
        (*BRIEF, *CAN_DIE),
        NEVER,
    ),
    Row(
        State.STARTING,
        Event.SPAWN_FAILED,
        CANNOT_BE,
        (said("dyno.1 could not be started: Argument list too long"), CRASHED),
        CAN_DIE,
    ),
    Row(State.UP, Event.EXITED, FAIL, (said("dyno.1 exited with status 3"), CRASHED), CAN_DIE),
    Row(State.UP, Event.START, STAY, (UP, START, first(State.UP))),
    Row(State.UP, Event.STOP, WAITS, (said("ready"), STOP, STOPPING, let, DOWN)),
    Row(State.UP, Event.RESTART, WAITS, (said("ready"), RESTART, STOPPING, let, again)),
    Row(
        State.UP,
        Event.GRACE_TIMEOUT,
        LEAVES_A_STUBBORN_ONE,
        (said("ready"), let, said("dyno.1 did not end within 0.3 s: killing it"), CRASHED),
        (*BRIEF, *CAN_DIE),
    ),
    Row(State.STOPPING, Event.EXITED, WAITS, (said("ready"), STOP, STOPPING, let, DOWN)),
    Row(
        State.STOPPING,
        Event.START,
        WAITS,
        (said("ready"), STOP, STOPPING, START, STOPPING, let, again),
    ),
    Row(
        State.STOPPING,
        Event.STOP,
        WAITS,
        (said("ready"), RESTART, STOPPING, STOP, STOPPING, let, DOWN),
    ),
    Row(
        State.STOPPING,
        Event.RESTART,
        WAITS,
        (said("ready"), STOP, STOPPING, RESTART, STOPPING, let, again),
    ),
    Row(
        State.STOPPING,
        Event.GRACE_TIMEOUT,
        STUBBORN,
        (said("ready"), STOP, said("dyno.1 did not end within 0.3 s: killing it"), DOWN),
        BRIEF,
    ),
    Row(State.CRASHED, Event.START, MENDED, (CRASHED, mend, START, again), CAN_DIE),
    Row(State.CRASHED, Event.STOP, FAIL, (CRASHED, STOP, DOWN), CAN_DIE),
    Row(State.CRASHED, Event.RESTART, MENDED, (CRASHED, mend, RESTART, again), CAN_DIE),
    Row(
        State.CRASHED,
        Event.COOLED_OFF,
        MENDED,
        (CRASHED, mend, said("starts again in 1 s"), again),
        RESTARTS,
    ),
)
# What nobody can bring about.
OUT_OF_REACH = {
    (State.STOPPING, Event.SPAWN_FAILED),  # a process is started or not at once
}
# What takes the clock of a test, or a process type called web: test_as_heroku.py.
ELSEWHERE = {
    (State.STARTING, Event.BOOT_TIMEOUT),
    *((state, Event.OVER_QUOTA) for state in (State.STARTING, State.UP)),
    *((state, Event.CYCLE) for state in (State.STARTING, State.UP)),
}


def changes(step: Step) -> bool:
    """Whether a cell of the table does anything."""
    return any((step.state, step.want, step.effect))


def test_every_cell_that_changes_something_has_its_row() -> None:
    """Once, unless it is out of reach or tried elsewhere."""
    cells = [(state, event) for state, row in TABLE.items() for event in row]
    tried = [(row.state, row.event) for row in ROWS]

    assert len(tried) == len(set(tried))
    assert not set(tried) & (OUT_OF_REACH | ELSEWHERE)
    assert set(tried) | OUT_OF_REACH | ELSEWHERE == {
        (state, event) for state, event in cells if changes(TABLE[state][event])
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.state.value}-{row.event.value}")
def test_a_dyno_of_real_processes_lives_as_the_table_says(procrun: Starter, row: Row) -> None:
    """The state before the event and the one after it are what `ps` shows."""
    life = Life(procrun, row)
    try:
        for deed in row.deeds:
            deed(life)
    finally:
        life.end()
