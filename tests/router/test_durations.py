"""How long what may take, in a small part of the platform's time."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

from tests.router.sockets import OK, fields, route

if TYPE_CHECKING:
    from tests.router.sockets import Dyno, House

SCALE = 0.03
GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\n"
LARGE = 50_000_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_dyno_that_is_silent_for_too_long(house: House, dyno: Dyno) -> None:
    """Its client gets a page; it is not told, and finishes what it does."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()

    head, body = client.answer()

    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"H12" in body
    line = fields(house.line(" code="))
    assert (line["code"], line["desc"], line["dyno"]) == ("H12", '"Request timeout"', "web.1")
    assert int(line["service"].removesuffix("ms")) >= 30_000 * SCALE
    assert peer.is_silent()
    peer.send(OK)  # whoever writes it does not hear of an error
    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)
    assert client.answer()[1] == b"ok"


def test_an_answer_that_stalls(house: House, dyno: Dyno) -> None:
    """Its status stands, its connection ends."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(CHUNKED + b"1\r\na\r\n")
    client.read_until()

    assert b"0\r\n\r\n" not in client.read_all()
    line = fields(house.line(" code="))
    assert (line["code"], line["desc"], line["status"]) == ("H15", '"Idle connection"', "200")
    assert peer.is_closed()


def test_an_answer_may_take_as_long_as_it_moves(house: House, dyno: Dyno) -> None:
    """Each byte in either direction gives it the whole time again."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(CHUNKED)
    client.read_until()
    pause = socket.socketpair()
    with closing(pause[0]), closing(pause[1]):
        pause[0].settimeout(55 * SCALE / 3)
        for _ in range(4):
            try:
                pause[0].recv(1)  # nothing comes: the time passes
            except TimeoutError:
                peer.send(b"1\r\na\r\n")
                assert client.read(6) == b"1\r\na\r\n"
    peer.send(b"0\r\n\r\n")

    assert client.read_until() == b"0\r\n\r\n"
    assert fields(house.line(" status=200 "))["at"] == "info"


def test_a_client_that_stops_in_its_request(house: House, dyno: Dyno) -> None:
    """It is the one that is blamed."""
    client = house.ask(POST + b"hello")
    peer = dyno.accept()
    peer.read_until()
    peer.read(5)

    assert client.is_closed()
    line = house.line(" code=")
    assert line.startswith('at=warning code=H28 desc="Client Connection Idle" ')
    assert fields(line)["status"] == "499"
    assert peer.is_closed()


def test_a_client_that_stops_reading(house: House, dyno: Dyno) -> None:
    """The same."""
    body = bytes(LARGE)
    house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    try:
        peer.send(body)
    except OSError:
        pass  # the router has let go

    line = fields(house.line(" code="))
    assert (line["code"], line["status"]) == ("H28", "200")


def test_a_dyno_that_does_not_read_a_request(house: House, dyno: Dyno) -> None:
    """Is too slow, not its client."""
    body = bytes(LARGE)
    client = house.ask(b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: %d\r\n\r\n" % (LARGE + 1))
    dyno.accept().read_until()
    try:
        client.send(body)
    except OSError:
        pass

    assert fields(house.line(" code="))["code"] == "H12"


def test_a_client_that_says_nothing_is_closed(house: House) -> None:
    """Be it before its first byte, within a head, or after an answer."""
    silent = house.client()
    slow = house.ask(b"GET / HT")
    idle = house.ask(b"GET / HTTP/1.1\r\nHost: app\r\n\r\n")
    house.tell()
    idle.answer()

    assert silent.is_closed()
    assert slow.is_closed()
    assert idle.is_closed()


def test_a_connection_that_nobody_uses_is_closed(house: House, dyno: Dyno) -> None:
    """That to a dyno, after 90 s of the platform's."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)
    client.answer()

    assert peer.is_closed()


def test_a_dyno_that_does_not_accept(house: House) -> None:
    """Its queue is full: that is told after 5 s of the platform's."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, closing(socket.socket()) as one:
        one.connect(full.getsockname())
        house.tell(route("web.1", full.getsockname()[1], "up"))
        client = house.ask(GET)

        assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
        line = fields(house.line(" code="))
        assert (line["code"], line["desc"]) == ("H19", '"Backend connection timeout"')
