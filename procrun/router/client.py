"""A client's connection: requests come in, one at a time is carried out, answers go out."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import TYPE_CHECKING, Protocol

from procrun.core.router_errors import Refused
from procrun.router.deadline import Deadline
from procrun.router.exchange import Exchange, Phase
from procrun.router.requests import RequestReader
from procrun.router.sides import House

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.router_request import Asked

_MOST_WAITING = 2  # requests that are read while the first of them is carried out


class Host(House[Exchange], Protocol):
    """The router, as its clients see it."""

    buffer: memoryview  # where bytes are read to
    loop: asyncio.AbstractEventLoop
    stopping: bool
    idle: dict[Client, None]  # those without a request, the longest first

    def joined(self, client: Client) -> None:
        """A client has connected."""

    def left(self, client: Client) -> None:
        """A client's connection is closed."""


class Client(asyncio.BufferedProtocol):
    """One connection of a client."""

    def __init__(self, router: Host) -> None:
        self.router = router
        self.deadline = Deadline(router.loop, self._expired)
        self.peer = b""
        self.tls = ""
        self.is_full = False
        self.write: Callable[[bytes], None] = lambda _data: None  # until it is open
        self._transport = asyncio.Transport()  # the same
        self._reader = RequestReader(self._arrived)
        self._queue: deque[Exchange] = deque()  # the first one is carried out
        self._take = self._parse  # what is done with bytes that come
        self._held = b""  # what came after a request that asks for an upgrade
        self._ends = False  # whether no more requests are taken
        self._half_closed = False  # whether the client sends no more
        self._has_ended = False  # whether we send no more
        self._reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self._transport = transport
        self.write = transport.write
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]).encode() if peer else b""
        secure = transport.get_extra_info("ssl_object")
        self.tls = str(secure.version()) if secure is not None else ""
        self._rest()
        self.router.joined(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where bytes are read to: the same place for everybody."""
        del sizehint
        return self.router.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        self._take(self.router.buffer[:nbytes])

    def eof_received(self) -> bool:
        """The client sends no more; whether it may still read."""
        if not self._queue or self._take == self._discard:
            return False
        active = self._queue[0]
        if active.phase is Phase.TUNNEL:
            if active.link is not None:
                active.link.write_eof()
            if self._has_ended:
                return False
        elif not self._queue[-1].complete:
            return False
        self._ends = self._half_closed = True
        return not self.tls

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, whoever did that."""
        del exc
        self._ends = True
        self.deadline.close()
        self.router.left(self)
        if self._queue:
            self._queue[0].client_left()
        self._queue.clear()

    def pause_writing(self) -> None:
        """The client reads too slowly: the dyno has to wait."""
        self.is_full = True
        if self._queue and (link := self._queue[0].link) is not None:
            link.pause()

    def resume_writing(self) -> None:
        """The client reads on."""
        self.is_full = False
        if self._queue:
            active = self._queue[0]
            if active.link is not None:
                active.link.resume()
                active.watch()
            else:
                self._start()

    def write_eof(self) -> None:
        """Send no more."""
        if self._transport.is_closing():
            return
        self._has_ended = True
        if self._half_closed or self.router.stopping or not self._transport.can_write_eof():
            self._close_soon()
        else:
            self._transport.write_eof()

    def has_left(self) -> bool:
        """Whether the client has closed its connection, not just its half of it.

        Both look the same until something is sent, which tells at once on this machine.
        """
        if not self._half_closed or self._transport.is_closing():
            return self._half_closed
        connection = self._transport.get_extra_info("socket")
        return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def abort(self) -> None:
        """End the connection at once, so that the client sees that it does not have all."""
        self._transport.abort()

    def last_answer(self, exchange: Exchange) -> bool:
        """Whether an exchange is the last one of this connection."""
        return self.router.stopping or (self._ends and exchange is self._queue[-1])

    def tunnel(self) -> None:
        """Bytes are passed on as they are from now on."""
        self._take = self._pass_on
        held, self._held = self._held, b""
        if held:
            self._pass_on(memoryview(held))
        self.regulate()

    def finished(self, exchange: Exchange) -> None:
        """An exchange is over: the next one, please."""
        if not self._queue or self._queue[0] is not exchange:
            return
        self._queue.popleft()
        if self._transport.is_closing():
            return
        if not (exchange.keep and exchange.complete):
            self._end(complete=exchange.complete)
        elif self._queue:
            self.router.loop.call_soon(self._start)
        elif self._take == self._hold:  # it was not allowed to upgrade
            held, self._held = self._held, b""
            self._take = self._parse
            self._rest()
            if held:
                self._parse(memoryview(held))
            self.regulate()
        else:
            self._rest()
            if not self._reading:
                self.regulate()

    def stop(self) -> None:
        """The router stops: end at once, or after what is under way."""
        self._ends = True
        if self._queue and self._has_ended:  # it only has not closed yet
            self._queue[0].client_left()
        if not self._queue:
            self.close()

    def cut(self) -> None:
        """The router stops and waits no longer."""
        if self._queue and self._queue[0].phase is not Phase.NEW:
            self._queue[0].cut()
        self._transport.abort()

    def close(self) -> None:
        """End the connection, which is idle, and not wait for the client to agree as TLS does."""
        if not self._transport.is_closing():
            self._transport.close()
        if self.tls and not self._transport.get_write_buffer_size():
            self._transport.abort()

    def _parse(self, data: memoryview) -> None:
        try:
            rest = self._reader.feed(data)
        except Refused as refused:
            self._refuse(refused)
        else:
            if rest is not None:
                self._take = self._hold
                self._hold(memoryview(rest))
        queue = self._queue
        if not queue:
            return
        active = queue[0]
        if active.phase is Phase.NEW:
            self._start()
        elif active.pieces:
            active.more()
        if len(queue) > 1 or (queue and not queue[0].complete):
            self.regulate()

    def _hold(self, data: memoryview) -> None:
        """What comes after a request that asks for an upgrade waits for the dyno's answer."""
        self._held += self._reader.take_raw(bytes(data))
        if self._queue and self._queue[0].phase is not Phase.NEW:
            self._queue[0].more()
            self.regulate()

    def _pass_on(self, data: memoryview) -> None:
        active = self._queue[0]
        if active.link is not None:
            active.link.write(bytes(data))
        active.watch()

    def _discard(self, data: memoryview) -> None:
        """Nobody wants it; but who leaves it unread takes our last words from the client."""

    def _arrived(self, asked: Asked) -> Exchange:
        exchange = Exchange(self, asked)
        self._queue.append(exchange)
        if not asked.keep:
            self._ends = True
        return exchange

    def _refuse(self, refused: Refused) -> None:
        self._take = self._discard
        self._ends = True
        if self._queue and not self._queue[-1].complete:
            self._queue[-1].spoilt(refused)
        else:
            exchange = Exchange(self, self._reader.about)
            exchange.refused = refused
            self._queue.append(exchange)

    def _start(self) -> None:
        if not self._queue or self._queue[0].phase is not Phase.NEW:
            return
        self.router.idle.pop(self, None)
        if self.is_full:  # it is to read the answer before this one first
            self.deadline.set(self.router.durations.silence)
        else:
            self._queue[0].start()

    def regulate(self) -> None:
        """Read on, or let the client wait, as is right for what is under way."""
        wanted = self._wants_more()
        if wanted == self._reading or self._half_closed or self._transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _wants_more(self) -> bool:
        if not self._queue or self._take == self._discard:
            return True
        active = self._queue[0]
        if active.phase is Phase.TUNNEL or not active.complete:
            return active.link is not None and not active.link.is_full
        return len(self._queue) < _MOST_WAITING and not self._held

    def _rest(self) -> None:
        self.router.idle[self] = None
        self.deadline.set(self.router.durations.idle_client)

    def _end(self, *, complete: bool) -> None:
        """Close, unless the client is still sending: it would lose our last words."""
        self._ends = True
        if self._transport.is_closing():
            return
        if complete and self._take != self._discard:
            self._close_soon()
            return
        self._take = self._discard
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._queue.clear()
        self.deadline.set(self.router.durations.lingering)
        self.regulate()

    def _expired(self) -> None:
        if self._transport.is_closing() or (self._queue and self._queue[0].phase is Phase.NEW):
            self._transport.abort()  # it does not read the last of what we sent
        elif self._queue:
            self._queue[0].expired()
        else:
            self._close_soon()

    def _close_soon(self) -> None:
        self._transport.close()
        durations = self.router.durations
        brief = self.tls and self.router.stopping and not self._transport.get_write_buffer_size()
        self.deadline.set(durations.goodbye if brief else durations.silence)
