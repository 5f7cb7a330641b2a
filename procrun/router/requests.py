"""The requests of one connection, as httptools reads them."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from procrun.core.router_errors import BAD_CHUNK, BAD_HEADER, Refused
from procrun.core.router_request import (
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_FIELDS,
    Asked,
    check_limits,
    chunk,
    is_well_spelt,
    last_chunk,
    misspelling,
    understand,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.router_request import Fields

_LONGEST_HEAD = 1024 * 1024
_LONGEST_PAUSE = 3 * LONGEST_LINE  # bytes that are neither of a body nor complete a header
_AROUND_TARGET = 64  # bytes of a request line beside its target
_PARSER_SAYS = {  # what nobody would understand
    "Pause on PRI/Upgrade": "This server speaks HTTP/1.1, not HTTP/2.",
    "Expected HTTP/, RTSP/ or ICE/": "A request line is a method, a path and HTTP/1.1.",
}


class Incoming:
    """A request on its way in; its body is what is written to the dyno, chunks included."""

    asked: Asked
    pieces: list[bytes]  # of the body, not sent yet
    complete = False


class RequestReader:
    """Reads requests; `arrived` makes of each head the request that its body is added to."""

    def __init__(self, arrived: Callable[[Asked], Incoming]) -> None:
        self._arrived = arrived
        self._parser = HttpRequestParser(self)
        self._request: Incoming | None = None  # whose body is being read
        self._fields: Fields = []
        self._target = b""
        self._before = b""  # of a head that came in several parts
        self._chunk = memoryview(b"")
        self._moved = False  # whether anything became of the bytes that were read last
        self._pause = 0  # bytes of which nothing became
        self._body_left = 0  # of a request that asks for an upgrade, which are not parsed
        self.between = True  # whether no request has begun, or the last one is complete
        self.last = False  # whether the client sends no more requests

    @property
    def about(self) -> Asked:
        """What is known of a request whose head could not be understood."""
        method = self._parser.get_method() if self._target else b""
        asked = Asked(method, self._target, old=False)
        asked.host = next((value for name, value in self._fields if name.lower() == b"host"), b"")
        return asked

    def feed(self, data: memoryview) -> bytes | None:
        """Read on. Gives what comes after a request that asks for an upgrade, else None.

        Refused for what is no request.
        """
        self._chunk = data
        self._moved = False
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._parser = HttpRequestParser(self)
            return bytes(data[int(upgrade.args[0]) :])
        except HttpParserError as error:
            if self.last and self.between:
                return None  # what comes after the last one
            raise self._refusal(error) from error
        if not self.between:
            self._check_pause(len(data))
        return None

    def _refusal(self, error: HttpParserError) -> Refused:
        cause = error.__context__
        if isinstance(cause, Refused):
            return cause
        failure = BAD_HEADER if self._request is None else BAD_CHUNK
        return Refused(failure, _PARSER_SAYS.get(str(error), f"{error}."))

    def _check_pause(self, size: int) -> None:
        """Bounds what the parser collects: a header without end, and as many as there may be."""
        self._pause = 0 if self._moved else self._pause + size
        if self._request is None and len(self._before) < _LONGEST_HEAD:
            self._before += bytes(self._chunk)
        too_many = len(self._fields) > MOST_FIELDS
        if self._pause > _LONGEST_PAUSE or too_many or len(self._before) >= _LONGEST_HEAD:
            failure = BAD_HEADER if self._request is None else BAD_CHUNK
            raise Refused(failure, f"There may be {MOST_FIELDS} headers of {LONGEST_LINE} bytes.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self.between = False
        self._request = None
        self._fields = []
        self._target = self._before = b""
        self._moved = True

    def on_url(self, target: bytes) -> None:
        """Some of its target."""
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers, or what comes after chunks."""
        self._fields.append((name, value))
        self._moved = True

    def on_headers_complete(self) -> None:
        """Its head is complete. Refused if it is passed on to nobody."""
        parser, fields, target = self._parser, self._fields, self._target
        method, version = parser.get_method(), parser.get_http_version()
        if len(self._before) + len(self._chunk) > LONGEST_NAME:
            check_limits(method, target, fields)
        head = self._before + bytes(self._chunk[: len(target) + _AROUND_TARGET])
        if not is_well_spelt(method, target, version, head):
            head = self._before + bytes(self._chunk)  # it may be the second in there
            if not is_well_spelt(method, target, version, head):
                raise Refused(BAD_HEADER, misspelling(version, head))
        asked = understand(method, target, version, fields)
        self._fields = []
        self._before = b""
        self.last = not parser.should_keep_alive()
        asked.keep = not self.last
        self._request = self._arrived(asked)
        if parser.should_upgrade():
            self._body_left = asked.length

    def on_body(self, data: bytes) -> None:
        """Some of its body."""
        self._moved = True
        request = self._request
        if request is None:
            return
        if request.asked.chunked:
            request.pieces += chunk(data)
        else:
            request.pieces.append(data)

    def on_message_complete(self) -> None:
        """It is complete, but for the body of one that asks for an upgrade."""
        request = self._request
        if request is None or self._body_left:
            return
        if request.asked.chunked:
            request.pieces.append(last_chunk(self._fields))
        request.complete = self.between = True

    def take_raw(self, data: bytes) -> bytes:
        """Add to the body of a request that asks for an upgrade; gives what comes after it."""
        request = self._request
        if request is not None and self._body_left:
            request.pieces.append(data[: self._body_left])
            data, left = data[self._body_left :], self._body_left - len(data)
            self._body_left = max(0, left)
            request.complete = self.between = not self._body_left
        return data
