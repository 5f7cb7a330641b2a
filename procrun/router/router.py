"""What all connections of the router share, and how it stops."""

from __future__ import annotations

import asyncio

from procrun.core.router_errors import BACKLOG_TOO_DEEP, MAINTENANCE
from procrun.core.router_pages import page
from procrun.core.routing import Durations, most_under_way
from procrun.router.fleet import Fleet
from procrun.router.journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.router_errors import Failure
    from procrun.core.router_orders import Orders
    from procrun.core.routing import Routes
    from procrun.router.client import Client
    from procrun.router.exchange import Exchange

_READ_AT_ONCE = 64 * 1024


class Router:
    """The clients, the dynos, and what is under way between them."""

    def __init__(self, orders: Orders, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.durations = Durations().scaled(orders.time_scale)
        # Nobody keeps what is read here: each reader takes what it needs before the next reads.
        self.buffer = memoryview(bytearray(_READ_AT_ONCE))
        self.stopping = False
        self.idle: dict[Client, None] = {}
        self._fleet = Fleet(loop, self.durations, self.buffer)
        self._fleet.make_room = self.make_room
        self._journal = Journal(loop, orders.log)
        self.log = self._journal.write
        self.place = self._fleet.place
        self.give_up = self._fleet.give_up
        self._error_page = ""
        self._maintenance_page = ""
        self._clients: set[Client] = set()
        self._under_way: set[Exchange] = set()
        self._most_under_way = most_under_way(1)
        self._quiet = asyncio.Event()  # when the last client has left

    @property
    def clients(self) -> int:
        """How many connections there are."""
        return len(self._clients)

    def joined(self, client: Client) -> None:
        """A client has connected."""
        self._clients.add(client)
        if self.stopping:
            client.stop()

    def left(self, client: Client) -> None:
        """A client's connection is closed."""
        self._clients.discard(client)
        self.idle.pop(client, None)
        if not self._clients:
            self._quiet.set()

    def make_room(self) -> bool:
        """Close the connection that has been idle for longest; whether there is one."""
        client = next(iter(self.idle), None)
        if client is None:
            return False
        del self.idle[client]
        client.close()
        return True

    def update(self, routes: Routes, relieved: Callable[[], None] = lambda: None) -> None:
        """The app has told of its dynos; `relieved` is called once those that are gone are free."""
        self._most_under_way = most_under_way(len(routes.web))
        self._error_page = routes.error_page
        self._maintenance_page = routes.maintenance_page
        self._fleet.update(routes, relieved)

    def admit(self, exchange: Exchange) -> None:
        """A request begins."""
        self._under_way.add(exchange)
        if len(self._under_way) > self._most_under_way and self._fleet.refusal is None:
            exchange.fail(BACKLOG_TOO_DEEP)
        else:
            self._fleet.place(exchange)

    def dismiss(self, exchange: Exchange) -> None:
        """A request is over."""
        self._under_way.discard(exchange)
        self._fleet.forget(exchange)

    def page(self, failure: Failure) -> bytes:
        """What a client gets instead of an answer."""
        is_maintenance = failure.code == MAINTENANCE.code
        return page(failure, self._maintenance_page if is_maintenance else self._error_page)

    async def stop(self, *, alone: bool = False) -> None:
        """Let what is under way come to its end, for a while; then end it.

        That while is short for a router that ends alone: no other begins until its ports are free.
        """
        seconds = self.durations.eviction if alone else self.durations.farewell
        self.stopping = True
        for client in list(self._clients):
            client.stop()
        self._fleet.dismiss_all()
        if self._clients:
            self._quiet.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._quiet.wait()
            except TimeoutError:
                for client in list(self._clients):
                    client.cut()
                await asyncio.sleep(0)  # until their connections are closed
        self._fleet.close()

    def close(self) -> None:
        """Write the last lines."""
        self._journal.close()
