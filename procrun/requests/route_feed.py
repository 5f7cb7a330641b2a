"""Which web dynos take requests, told to whoever routes them; and what is told before a dyno ends.

A dyno that is to end is `stopping` at once, and asked to end only once every router has said that
it sends it no more requests and has the answers to those that it sent (`Ends.terminate` waits so
long, and not for ever). A router that is slow to read is told the newest state alone.
"""

from __future__ import annotations

from procrun.core.commands import ANSWERS
from procrun.core.lifecycle import State
from procrun.core.names import WEB
from procrun.core.route_news import SEEN, answered, encode
from procrun.core.routing import Dyno, Routes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.launcher import Launcher
    from procrun.loop import Loop
    from procrun.supervisor import Slot, Supervisor

    class Client(Protocol):
        """The connection of a subscriber."""

        drained: Callable[[], None]
        received: Callable[[bytes], None]

        @property
        def pending(self) -> int:
            """Bytes that it has not read."""

        def reply(self, fields: Mapping[str, object]) -> None:
            """Tell it something."""

        def close(self) -> None:
            """End it."""


_PATIENCE = 5.0  # seconds for every router to have heard something
_LONGEST_ANSWER = 4096  # bytes of what a router says
_RUNS = (State.STARTING, State.UP)


class RouteFeed:
    """Tells subscribers of the web dynos, at once and after each change."""

    def __init__(
        self,
        supervisor: Supervisor,
        loop: Loop,
        launcher: Callable[[], Launcher],
        deployed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.maintenance = False
        self._supervisor = supervisor
        self._loop = loop
        self._launcher = launcher
        self._deployed = deployed
        self._subscribers: list[Subscriber] = []
        self._edition = 0
        self._told = self._now()
        self._due = False
        self._leaving: dict[Slot, int] = {}  # who is to end, and since which edition
        self._waiting: list[_Waiting] = []
        supervisor.listen(lambda _slot: self.changed())
        supervisor.relieve_with(self._relieve)

    def subscribe(self, request: Request, connection: Connection) -> None:
        """Tell a client from now on."""
        answers = request.option(ANSWERS) is True
        subscriber = Subscriber(connection, self._check, answers=answers)
        self._subscribers.append(subscriber)

        def closed() -> None:
            self._subscribers.remove(subscriber)
            self._check()

        connection.closed = closed
        subscriber.offer(self._edition, self._told)

    def changed(self) -> None:
        """Tell soon, once for all that changes now."""
        if not self._due:
            self._due = True
            self._loop.later(0, self._tell)

    def when_seen(self, call: Callable[[bool], None]) -> None:
        """Call with True once routers know how things are now; with False if they do not soon."""
        self._tell()
        waiting = _Waiting(self._edition, call)
        self._waiting.append(waiting)
        self._loop.later(_PATIENCE, lambda: self._go_on(waiting, seen=False))
        self._check()

    def _now(self) -> Routes:
        config = self._launcher().config.values
        web = (slot for slot in self._supervisor.slots if slot.launch.name.type == WEB)
        return Routes(
            web=tuple(_dyno(slot, _state(slot)) for slot in web),
            maintenance=self.maintenance,
            deployed=self._deployed(),
            error_page=config.get("ERROR_PAGE_URL", ""),
            maintenance_page=config.get("MAINTENANCE_PAGE_URL", ""),
        )

    def _tell(self) -> None:
        self._due = False
        now = self._now()
        if now == self._told:
            return
        self._told = now
        self._edition += 1
        for subscriber in list(self._subscribers):
            subscriber.offer(self._edition, now)

    def _relieve(self, slot: Slot) -> bool:
        """Whether a dyno that is to end has to wait until routers let go of it."""
        routed = slot.launch.name.type == WEB and _dyno(slot, State.UP) in self._told.web
        if not routed or not any(each.answers for each in self._subscribers):
            return False
        self._leaving[slot] = self._edition + 1  # what is told next
        return True

    def _check(self) -> None:
        """See for whom enough routers have said what."""
        routers = [each for each in self._subscribers if each.answers]
        for slot, edition in list(self._leaving.items()):
            if all(each.is_relieved(edition) for each in routers):
                del self._leaving[slot]
                self._supervisor.relieved(slot)
        for waiting in list(self._waiting):
            if routers and all(each.seen >= waiting.edition for each in routers):
                self._go_on(waiting, seen=True)

    def _go_on(self, waiting: _Waiting, *, seen: bool) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            waiting.call(seen)


class _Waiting:
    """Somebody who waits until every router knows an edition."""

    def __init__(self, edition: int, call: Callable[[bool], None]) -> None:
        self.edition = edition
        self.call = call


class Subscriber:
    """One client, what it was told and what it has answered."""

    def __init__(self, connection: Client, heard: Callable[[], None], *, answers: bool) -> None:
        self.answers = answers
        self.seen = -1  # the newest edition of which it said so
        self._connection = connection
        self._heard = heard
        self._busy: set[int] = set()  # editions after which dynos have requests still
        self._sent = -1
        self._late: tuple[int, Routes] | None = None  # what it is too slow for
        self._begun = b""  # of what it says
        connection.received = self._received
        connection.drained = self._drained

    def offer(self, edition: int, routes: Routes) -> None:
        """Tell it now, or once it has read what it was told before."""
        if self._connection.pending:
            self._late = (edition, routes)
            return
        self._late = None
        self._sent = edition
        if self.answers:
            self._busy.add(edition)
        self._connection.reply(encode(routes, edition if self.answers else None))

    def is_relieved(self, edition: int) -> bool:
        """Whether it has nothing to do any more with dynos that ended with an edition."""
        return self._sent >= edition and all(busy < edition for busy in self._busy)

    def _drained(self) -> None:
        if self._late is not None:
            self.offer(*self._late)

    def _received(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        try:
            for line in lines:
                self._take(*answered(line))
        except ValueError:
            self._connection.close()
            return
        if len(self._begun) > _LONGEST_ANSWER:
            self._connection.close()
        else:
            self._heard()

    def _take(self, word: str, edition: int) -> None:
        if word == SEEN:
            self.seen = max(self.seen, edition)
        else:
            self._busy.discard(edition)


def _dyno(slot: Slot, state: State) -> Dyno:
    """A web dyno as a router knows it."""
    launch = slot.child.launch if slot.child is not None else slot.launch
    return Dyno(slot.name, launch.port, state)


def _state(slot: Slot) -> State:
    if slot.child is not None and slot.child.announced and slot.dyno.state in _RUNS:
        return State.CRASHED  # what its process left behind is yet to end
    if slot.waits_for:
        return State.STARTING  # as soon as others are ready
    return slot.dyno.state
