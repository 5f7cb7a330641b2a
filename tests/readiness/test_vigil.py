"""Who waits for dynos, at the other end of a connection."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.control.server import Connection
from procrun.core.commands import WAIT, Request, decode_reply
from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.core.policy import Policy
from procrun.core.readiness import Readiness, Sign
from procrun.logs.history import History
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.requests.entrance import Direct
from procrun.requests.operation import Operation
from procrun.requests.subject import Subject
from procrun.requests.vigil import Vigil
from procrun.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.requests.entrance import Entrance


class Door:
    """A router that opens its ports when the test wants it to."""

    routed = True
    urls = ()
    is_open = False

    def __init__(self) -> None:
        self._calls: list[Callable[[], None]] = []

    def when_open(self, call: Callable[[], None]) -> None:
        """Note it."""
        self._calls.append(call)

    def open(self, *, for_good: bool = True) -> None:
        """Call all who wait."""
        calls, self._calls = self._calls, []
        self.is_open = for_good
        for call in calls:
            call()


def running(supervisor: Supervisor, loop: Loop, entrance: Entrance) -> Subject:
    """An app of which nothing else is asked."""
    wanted = {"supervisor": supervisor, "loop": loop, "entrance": entrance}
    others = {name: None for name in Subject._fields if name not in wanted}
    return Subject(**wanted, **others)  # type: ignore[arg-type]  # they are not asked


@pytest.fixture
def idle() -> Iterator[Subject]:
    """An app without dynos, behind a Door."""
    loop = Loop()
    policy = Policy(lambda _type: False, lambda _type: True)
    supervisor = Supervisor(loop, Hub([]), policy, frozenset(), terminal=None, adopts=False)
    yield running(supervisor, loop, Door())
    loop.close()


@pytest.mark.parametrize("opens", [False, True])
def test_the_ports_of_a_router_are_waited_for_within_the_timeout(
    idle: Subject, *, opens: bool
) -> None:
    """Even of one that was open for a moment alone."""
    door = idle.entrance
    assert isinstance(door, Door)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        connection = Connection(ours, idle.loop, lambda *_: None, lambda _connection: None)
        options = (("timeout", 3_600_000 if opens else 1),)
        vigil = Vigil(Request(WAIT, (), options), connection, idle, History())
        door.open(for_good=False)
        if opens:
            door.open()
        while vigil.waiting:
            idle.loop.turn()
        reply = decode_reply(theirs.recv(4096))
        connection.close()

    if opens:
        assert reply["text"] == "the app is ready"
    else:
        assert reply["error"] == "not ready in time: the router: its ports are not open yet"


def test_a_start_is_told_to_wait_for_the_ports_of_its_router(idle: Subject) -> None:
    """And ends when they are open."""
    door, told = idle.entrance, Told()
    assert isinstance(door, Door)
    operation = Operation(told, idle.loop)
    operation.await_open(door)
    operation.watch()
    while not told.replies:
        idle.loop.turn()
    assert operation.waiting
    door.open()

    waiting = {"text": "waiting for the router: its ports are not open yet"}
    assert told.replies == [waiting, {"last": True}]
    assert not operation.waiting


class Told:
    """Who hears of an operation."""

    def __init__(self) -> None:
        self.replies: list[Mapping[str, object]] = []

    def reply(self, fields: Mapping[str, object]) -> None:
        """Note it."""
        self.replies.append(fields)


def test_a_dyno_that_could_not_be_started_is_told_at_once() -> None:
    """Its environment is too large for any process."""
    loop, history = Loop(), History()
    policy = Policy(lambda _type: False, lambda _type: True)
    supervisor = Supervisor(loop, Hub([history]), policy, frozenset(), terminal=None, adopts=False)
    environment = {**os.environ, "X": "x" * 4_000_000}
    ready = Readiness(Sign.ANSWER, "/", own=True)
    launch = Launch(DynoName("web", 1), "true", environment, 5000, 0, signal.SIGTERM, ready)
    supervisor.begin(supervisor.add([launch]))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        connection = Connection(ours, loop, lambda *_: None, lambda _connection: None)
        Vigil(Request(WAIT), connection, running(supervisor, loop, Direct(supervisor)), history)
        reply = decode_reply(theirs.recv(4096))
        connection.close()
    loop.close()

    assert str(reply["error"]).startswith("web.1 could not be started: ")
    assert "in_use" not in reply
