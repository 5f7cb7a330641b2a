"""Whatever comes, from either side: an answer or an end, and not a word on standard error."""

from __future__ import annotations

import re
import select
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.router.sockets import OK, Dyno, route

if TYPE_CHECKING:
    from tests.router.sockets import House, Peer

SCALE = 0.02
GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
WORDS = [
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"/",
    b"*",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.0 304 Not Modified\r\n",
    b"Host: app\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: upgrade\r\n",
    b"Connection: close\r\n",
    b"Upgrade: x\r\n",
    b"Expect: 100-continue\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"\r\n",
    b"\r",
    b"\n",
    b": ",
    b"abc",
    b"\x16\x03\x01",
    b"\x00",
]
PIECES = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=20)), max_size=12)
PATIENT = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANSWER = re.compile(rb"HTTP/1\.1 \d\d\d ")


def send(peer: Peer, pieces: list[bytes]) -> None:
    """Send some pieces and no more, as long as the other side takes them."""
    with suppress(OSError):
        for piece in pieces:
            peer.send(piece)
        peer.finish()


def still_works(house: House, dyno: Dyno) -> None:
    """A request after all that is served as always."""
    house.tell(dyno.as_route())
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"
    client.close()
    assert house.process.poll() is None
    assert house.errors == ""


@PATIENT
@given(PIECES)
@example(
    [
        b"GET /",
        b" HTTP/1.1\r\n",
        b"Host: app\r\n",
        b"Upgrade: x\r\n",
        b"Connection: upgrade\r\n",
        b"\r\n",
        b"abc",
    ]
)
@example(
    [
        b"POST ",
        b"/",
        b" HTTP/1.1\r\n",
        b"Host: app\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n",
        b"\x00",
    ]
)
def test_a_client_may_send_anything(house: House, pieces: list[bytes]) -> None:
    """Its connection ends, with answers on it or without; the next client is served."""
    with closing(Dyno()) as dyno:
        house.tell(route("web.1", 1, "crashed"))  # whoever waits is told
        client = house.client()
        send(client, pieces)
        received = client.read_all()
        assert not received or ANSWER.match(received)
        client.close()
        still_works(house, dyno)


@PATIENT
@given(PIECES)
@example([b"HTTP/1.1 101 Switching Protocols\r\n", b"Connection: upgrade\r\n", b"\r\n"])
@example([b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n", b"3\r\nabc\r\n"])
def test_a_dyno_may_send_anything(house: House, pieces: list[bytes]) -> None:
    """Its client gets an answer, of the dyno or of the router, or an end."""
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET)
        peer = dyno.accept()
        peer.read_until()
        send(peer, pieces)
        peer.close()
        client.finish()
        received = client.read_all()
        assert ANSWER.match(received)
        client.close()
        still_works(house, dyno)


@PATIENT
@given(PIECES, PIECES)
def test_both_may_say_anything_once_they_have_switched(
    house: House, forth: list[bytes], back: list[bytes]
) -> None:
    """It arrives as it was sent."""
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET[:-2] + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n")
        peer = dyno.accept()
        peer.read_until()
        peer.send(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
        client.read_until()
        send(client, forth)
        send(peer, back)
        assert peer.read_all() == b"".join(forth)
        assert client.read_all() == b"".join(back)
        client.close()
        still_works(house, dyno)


def test_a_crowd_that_says_little_keeps_nobody_out(house: House, dyno: Dyno) -> None:
    """A thousand connections that begin a request and stop; each ends in its time."""
    crowd = [house.ask(b"GET / HTTP/1.1\r\nHost:") for _ in range(200)]

    still_works(house, dyno)
    assert all(client.is_closed() for client in crowd)


def test_half_a_hello_keeps_nobody_out(house: House, dyno: Dyno) -> None:
    """Nor do those that say nothing at all."""
    crowd = [house.client() for _ in range(50)]

    still_works(house, dyno)
    assert select.select([peer.socket for peer in crowd], [], [], 0)[0] == []
