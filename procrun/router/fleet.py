"""The web dynos that are up, their connections, and the requests that wait for a dyno."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from functools import partial
from random import random
from time import monotonic

from procrun.core.router_errors import PLATFORM_ERROR
from procrun.core.routing import Quarantine, after_tries, after_waiting, pick
from procrun.router.link import Link
from procrun.router.plain import Plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.core.router_errors import Failure
    from procrun.core.routing import Durations, Routes
    from procrun.router.exchange import Exchange

_HOST = "127.0.0.1"  # where dynos are reached
_CONNECTED = (0, errno.EISCONN)
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_MOST_ROOM = 10  # clients that make room for a connection


class Upstream:
    """A dyno from when it is up until it is not: one that is restarted is another one."""

    def __init__(self, fleet: Fleet, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.live = True
        self.buffer = fleet.buffer
        self.loop = fleet.loop
        self.durations = fleet.durations
        self.relieved: Callable[[], None] = lambda: None  # called when none of its links is busy
        self._idle: list[Link] = []
        self._links: set[Link] = set()
        self._connecting = 0

    def take(self) -> Link | None:
        """A connection that waits, the one that was used last."""
        while self._idle:
            link = self._idle.pop()
            if link.usable:
                return link
        return None

    def give_back(self, link: Link) -> None:
        """A connection waits."""
        self._idle.append(link)

    def connecting(self) -> None:
        """A connection is being made."""
        self._connecting += 1

    def connected(self, link: Link | None) -> None:
        """One was made, or could not be."""
        self._connecting -= 1
        if link is not None and link.usable:
            self._links.add(link)
        elif not self.live:
            self.check()

    def forget(self, link: Link) -> None:
        """A connection is closed."""
        self._links.discard(link)
        if link in self._idle:
            self._idle.remove(link)
        if not self.live:
            self.check()

    def check(self) -> None:
        """See whether it has a request yet; a tunnel, which may never end, does not count."""
        if not self._connecting and all(link.is_tunnel for link in self._links):
            relieved, self.relieved = self.relieved, lambda: None
            relieved()

    def retire(self) -> None:
        """It takes no more requests; those that it has go on."""
        self.live = False
        for link in list(self._idle):
            link.drop()


class Fleet:
    """Finds a dyno for each request."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, durations: Durations, buffer: memoryview
    ) -> None:
        self.loop = loop
        self.durations = durations
        self.buffer = buffer
        self.refusal: Failure | None = None  # what every request gets now
        self.make_room: Callable[[], bool] = lambda: False  # ends a client; whether there is one
        self._up: dict[str, Upstream] = {}
        self._names: list[str] = []
        self._quarantine = Quarantine(durations.quarantine)
        self._waiting: dict[Exchange, None] = {}
        self._alarm: asyncio.TimerHandle | None = None  # when a quarantine ends
        self._tasks: set[asyncio.Task[None]] = set()

    def update(self, routes: Routes, relieved: Callable[[], None] = lambda: None) -> None:
        """The app has told of its dynos; `relieved` is called once those that are gone are free."""
        before, self._up = self._up, {}
        for dyno in routes.up:
            known = before.get(dyno.name)
            if known is not None and known.port == dyno.port:
                self._up[dyno.name] = before.pop(dyno.name)
            else:
                self._up[dyno.name] = Upstream(self, dyno.name, dyno.port)
        for gone in before.values():
            gone.retire()
            self._quarantine.remove(gone.name)
        _await_relief(list(before.values()), relieved)
        self._names = list(self._up)
        self.refusal = routes.refusal
        self._try_again()

    def place(self, exchange: Exchange) -> None:
        """Give a request to a dyno; let it wait for one; or refuse it."""
        if self.refusal is not None:
            exchange.fail(self.refusal)
            return
        names = self._names
        if self._quarantine:
            names = self._quarantine.free(names, monotonic())
        if not names:
            self._let_wait(exchange)
            return
        upstream = self._up[pick(names, exchange.tried, random())]  # noqa: S311 - no secret
        link = upstream.take()
        if link is not None:
            link.carry(exchange)
            return
        exchange.connecting(upstream.name)
        upstream.connecting()
        connection = _new_socket()
        if connection is not None and _connects_at_once(connection, upstream.port):
            self._use(connection, upstream, exchange, 0.0)
            return
        task = self.loop.create_task(self._connect(upstream, exchange, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def give_up(self, exchange: Exchange) -> None:
        """A request has waited for too long."""
        self.forget(exchange)
        exchange.fail(after_waiting(len(self._names)))

    def forget(self, exchange: Exchange) -> None:
        """A request waits no longer."""
        self._waiting.pop(exchange, None)

    def dismiss_all(self) -> None:
        """No dyno will be up any more for those that wait."""
        for exchange in list(self._waiting):
            exchange.cut()

    def close(self) -> None:
        """End every connection that waits."""
        if self._alarm is not None:
            self._alarm.cancel()
        for upstream in self._up.values():
            upstream.retire()

    def _let_wait(self, exchange: Exchange) -> None:
        self._waiting[exchange] = None
        exchange.wait(max(0.0, self.durations.queue - exchange.age))
        if self._alarm is None and self._quarantine:
            self._alarm = self.loop.call_at(self._quarantine.next_end, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._try_again()

    def _try_again(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for exchange in waiting:
            self.place(exchange)

    async def _connect(
        self, upstream: Upstream, exchange: Exchange, begins: socket.socket | None
    ) -> None:
        """Go on with what begins to connect, if anything does."""
        begun = monotonic()
        try:
            connection = begins or await self._socket_with_room()
            await self._dial(connection, upstream.port)
        except (OSError, TimeoutError) as error:
            upstream.connected(None)
            if error.errno in _NO_DESCRIPTORS:
                if exchange.is_waiting_for_link:
                    exchange.fail(PLATFORM_ERROR)
            else:
                self._missed(upstream, exchange, timed_out=isinstance(error, TimeoutError))
        else:
            self._use(connection, upstream, exchange, monotonic() - begun)

    async def _socket_with_room(self) -> socket.socket:
        """A new socket, for which idle clients make room. OSError where there is none."""
        for _ in range(_MOST_ROOM):
            if not self.make_room():
                break
            await asyncio.sleep(0)  # until that client is closed
            connection = _new_socket()
            if connection is not None:
                return connection
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def _dial(self, connection: socket.socket, port: int) -> None:
        """Wait until it is connected; OSError, TimeoutError, and then it is closed."""
        try:
            async with asyncio.timeout(self.durations.connect):
                await self.loop.sock_connect(connection, (_HOST, port))
        except BaseException as error:
            if isinstance(error, OSError) and error.errno in _CONNECTED:
                return  # since it was asked last
            connection.close()
            raise

    def _use(
        self, connection: socket.socket, upstream: Upstream, exchange: Exchange, seconds: float
    ) -> None:
        """Carry an exchange over a connection that it took so many seconds to make."""
        link = Link(upstream)
        Plain(self.loop, connection, link, self.buffer)
        upstream.connected(link)
        if exchange.is_waiting_for_link and upstream.live:
            link.carry(exchange, seconds)
            return
        link.drop()
        if exchange.is_waiting_for_link:  # else its client has left meanwhile
            self.place(exchange)  # this dyno is about to end

    def _missed(self, upstream: Upstream, exchange: Exchange, *, timed_out: bool) -> None:
        if not exchange.is_waiting_for_link:
            return
        if upstream.live:
            self._quarantine.add(upstream.name, monotonic())
            exchange.tried += (upstream.name,)
            verdict = after_tries(len(exchange.tried), len(self._names), timed_out=timed_out)
            if verdict is not None:
                exchange.fail(verdict)
                return
        self.place(exchange)


def _new_socket() -> socket.socket | None:
    """One to connect; None where no descriptors are left."""
    try:
        connection = socket.socket()
    except OSError:
        return None
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _connects_at_once(connection: socket.socket, port: int) -> bool:
    """Begin to connect; whether that is done already.

    On this machine it takes no time: who asks again at once need not wait to be told.
    """
    return any(connection.connect_ex((_HOST, port)) in _CONNECTED for _ in range(2))


def _await_relief(gone: Sequence[Upstream], relieved: Callable[[], None]) -> None:
    """Call once none of them has a request any more."""
    left = set(gone)
    if not left:
        relieved()

    def free(upstream: Upstream) -> None:
        left.discard(upstream)
        if not left:
            relieved()

    for upstream in gone:
        upstream.relieved = partial(free, upstream)
        upstream.check()
