"""A connection to a dyno: requests go out, answers come in, one after the other."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from procrun.core.router_errors import BAD_RESPONSE, BIG_HEADER, Refused
from procrun.core.router_request import chunk, last_chunk
from procrun.core.router_response import (
    CONTINUE,
    LONGEST_COOKIE,
    LONGEST_HEAD,
    SWITCHING,
    VERSIONS,
    check_limits,
    failure_of,
    understand,
)
from procrun.router.deadline import Deadline
from procrun.router.exchange import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.router_request import Fields
    from procrun.core.router_response import Answer
    from procrun.core.routing import Durations
    from procrun.router.exchange import Exchange

_READ_AT_ONCE = 64 * 1024


class Pool(Protocol):
    """The dyno that a link leads to."""

    name: str
    live: bool  # whether it takes more requests
    buffer: memoryview  # where bytes are read to
    loop: asyncio.AbstractEventLoop
    durations: Durations

    def give_back(self, link: Link) -> None:
        """A link waits for its next request."""

    def forget(self, link: Link) -> None:
        """A link is closed."""


class Link(asyncio.BufferedProtocol):
    """One connection to a dyno."""

    def __init__(self, pool: Pool) -> None:
        self.dyno = pool.name
        self.is_full = False
        self.reused = False
        self.write: Callable[[bytes], None] = lambda _data: None  # until it is open
        self._transport = asyncio.Transport()  # the same
        self._pool = pool
        self._deadline = Deadline(pool.loop, self.drop)
        self._exchange: Exchange | None = None
        self._parser = HttpResponseParser(self)
        self._out: list[bytes] = []  # for the client
        self._forget()

    def _forget(self) -> None:
        """Forget the answer: the next one may come."""
        self._answer: Answer | None = None
        self._chunked = False  # whether the client gets it so
        self._size = 0  # of what has come
        self._read = False  # whether the parser is through with it
        self._complete = False  # whether the client has all of it
        self._surplus = False  # whether more came than the answer
        self._lasts = False  # whether the dyno takes more requests

    @property
    def usable(self) -> bool:
        """Whether it is still open."""
        return not self._transport.is_closing()

    @property
    def is_tunnel(self) -> bool:
        """Whether it carries whatever protocol, for as long as both sides like."""
        return self._exchange is not None and self._exchange.phase is Phase.TUNNEL

    def carry(self, exchange: Exchange, seconds: float = 0.0) -> None:
        """Send a request and take its answer; making the link took so many seconds."""
        self._deadline.clear()
        self._exchange = exchange
        exchange.send(self, seconds)

    def write_eof(self) -> None:
        """Send no more."""
        if not self._transport.is_closing():
            self._transport.write_eof()

    def pause(self) -> None:
        """Let the dyno wait."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def drop(self) -> None:
        """End it."""
        self._exchange = None
        self._pool.forget(self)
        self._deadline.close()
        self._transport.abort()

    def close(self) -> None:
        """End it once all is sent."""
        self._exchange = None
        self._transport.close()

    def orphan(self) -> None:
        """Nobody waits for the answer any more, but the dyno is not to know."""
        self._exchange = None
        self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self._transport = transport
        self.write = transport.write

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        self._take(self._pool.buffer[:nbytes])

    def eof_received(self) -> bool:
        """The dyno sends no more; whether it may still read."""
        exchange, answer = self._exchange, self._answer
        if exchange is not None and exchange.phase is Phase.TUNNEL:
            exchange.client.write_eof()
            return True
        if answer is not None and answer.length is None and not answer.chunked:
            self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, whoever did that."""
        if exc is not None and self._exchange is not None:
            self._read_last_words()
        self._pool.forget(self)
        self._deadline.close()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            if exchange.phase is Phase.TUNNEL:
                exchange.client.write_eof()
            exchange.dyno_left()

    def pause_writing(self) -> None:
        """The dyno reads too slowly: the client has to wait."""
        self.is_full = True
        self._flow_changed()

    def resume_writing(self) -> None:
        """The dyno reads on."""
        self.is_full = False
        self._flow_changed()

    def _flow_changed(self) -> None:
        if self._exchange is not None:
            self._exchange.watch()
            self._exchange.client.regulate()

    def _read_last_words(self) -> None:
        """What the dyno said before it closed is still there, though a write failed by then."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        try:
            while self._exchange is not None and (data := os.read(descriptor, _READ_AT_ONCE)):
                self._take(memoryview(data))
        except OSError:
            pass

    def _take(self, data: memoryview) -> None:
        exchange = self._exchange
        if exchange is None:
            self.drop()  # nobody asked; or nobody waits any more
            return
        if exchange.phase is Phase.TUNNEL:
            exchange.relay(bytes(data))
            return
        exchange.touched = True
        refused: Refused | None = None
        rest: bytes | None = None
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = bytes(data[int(upgrade.args[0]) :])
        except HttpParserError as error:
            refused = _refusal(error)
        if self._answer is None and self._size > LONGEST_HEAD:
            refused = Refused(BIG_HEADER)
        if self._out:
            exchange.client.write(b"".join(self._out))
            self._out.clear()
        if self._complete:
            self._surplus |= refused is not None
            self._end()
        elif refused is not None:
            exchange.fail(refused.failure)
        elif rest is not None:
            exchange.switch(rest)
        else:
            exchange.watch()

    def _end(self) -> None:
        """The answer is complete: the link waits for the next request, or is closed."""
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        pool = self._pool
        if self._lasts and exchange.complete and not self._surplus and pool.live:
            if not self._read:  # the parser waits for a body that never comes
                self._parser = HttpResponseParser(self)
            if exchange.client.is_full:
                self._transport.resume_reading()
            self._forget()
            self.reused = True
            self._deadline.set(pool.durations.idle_dyno)
            pool.give_back(self)
        else:
            self._transport.close()
        exchange.answered()

    def on_message_begin(self) -> None:
        """An answer begins, or what comes after a provisional one."""
        self._surplus = self._complete
        self._fields: Fields = []
        self._reason: bytes | None = None

    def on_status(self, reason: bytes) -> None:
        """Some of its reason."""
        self._reason = reason if self._reason is None else self._reason + reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers, or what comes after chunks."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Its head is complete. Refused if the client does not get it."""
        exchange = self._exchange
        if self._complete or exchange is None:
            return
        if self._size > LONGEST_COOKIE:
            check_limits(self._reason, self._fields)
        parser = self._parser
        status = parser.get_status_code()
        answer = understand(status, self._reason, self._fields, exchange.asked)
        keeps = parser.should_keep_alive()
        # Who keeps a connection without a word speaks HTTP/1.1; to ask takes half as long as this.
        if (not keeps or answer.says_how_long) and parser.get_http_version() not in VERSIONS:
            raise Refused(BAD_RESPONSE)
        self._fields = []
        if answer.provisional:
            if status != CONTINUE and not exchange.asked.old:
                self._out.append(answer.head + b"\r\n")
            return
        self._answer = answer
        self._chunked = answer.chunked and not exchange.asked.old
        self._out.append(exchange.begin_answer(answer))
        self._lasts = keeps or (
            # For the parser, this one ends with its connection.
            exchange.asked.method == b"HEAD"
            and not answer.closes
            and parser.get_http_version() == "1.1"
        )
        self._complete = answer.ends_with_head and status != SWITCHING

    def on_body(self, data: bytes) -> None:
        """Some of its body."""
        exchange = self._exchange
        if self._complete or exchange is None:
            self._surplus = True
            return
        exchange.relayed += len(data)
        if self._chunked:
            self._out += chunk(data)
        else:
            self._out.append(data)

    def on_message_complete(self) -> None:
        """It is complete."""
        answer = self._answer
        if answer is None or answer.status == SWITCHING:
            return
        self._read = True
        if not self._complete:
            if self._chunked:
                self._out.append(last_chunk(self._fields))
            self._complete = True


def _refusal(error: HttpParserError) -> Refused:
    cause = error.__context__
    return cause if isinstance(cause, Refused) else Refused(failure_of(str(error)))
