"""Other protocols than HTTP, after a 101: websockets of a real library, and raw ones."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect
from websockets.sync.server import serve

from tests.router.sockets import END, OK, fields, headers, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.server import ServerConnection

    from tests.router.sockets import Dyno, House, Peer

ASK = b"GET /ws HTTP/1.1\r\nHost: app\r\nConnection: keep-alive, Upgrade\r\nUpgrade: chat\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n"


def switched(house: House, dyno: Dyno, early: bytes = b"", first: bytes = b"") -> tuple[Peer, Peer]:
    """A client and a dyno that speak another protocol; what each says at once."""
    client = house.ask(ASK + early)
    peer = dyno.accept()
    assert headers(peer.read_until())["connection"] == "Upgrade"
    peer.send(SWITCH + first)
    head = headers(client.read_until())
    assert head[""] == "HTTP/1.1 101 Switching Protocols"
    assert (head["upgrade"], head["connection"]) == ("chat", "Upgrade")
    return client, peer


def test_bytes_go_both_ways_after_a_switch(house: House, dyno: Dyno) -> None:
    """Whatever they are; the line comes at the end, and counts those to the client."""
    client, peer = switched(house, dyno)
    client.send(b"GET / HTTP/9.9\r\n\r\n\x00")
    assert peer.read(19) == b"GET / HTTP/9.9\r\n\r\n\x00"
    peer.send(b"\xff\x00")
    assert client.read(2) == b"\xff\x00"
    client.close()
    peer.close()

    line = fields(house.line(" status=101 "))
    assert (line["at"], line["bytes"], line["path"]) == ("info", "2", '"/ws"')


def test_bytes_that_come_too_early_are_kept(house: House, dyno: Dyno) -> None:
    """Those of the client until the dyno has agreed, those of the dyno behind its answer."""
    client, peer = switched(house, dyno, early=b"hello", first=b"welcome")

    assert client.read(7) == b"welcome"
    assert peer.read(5) == b"hello"


def test_either_side_may_end_first(house: House, dyno: Dyno) -> None:
    """And still read what the other one says."""
    client, peer = switched(house, dyno)
    client.finish()
    assert peer.read_all() == b""
    peer.send(b"bye")
    peer.close()

    assert client.read_all() == b"bye"


def test_the_dyno_may_end_first(house: House, dyno: Dyno) -> None:
    """The client is told."""
    client, peer = switched(house, dyno)
    peer.finish()
    assert client.read_all() == b""
    client.send(b"bye")
    client.close()

    assert peer.read_all() == b"bye"


def test_megabytes_go_both_ways(house: House, dyno: Dyno) -> None:
    """At the same time."""
    client, peer = switched(house, dyno)
    body = bytes(range(256)) * 16384
    senders = [threading.Thread(target=side.send, args=(body,)) for side in (client, peer)]
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(peer.read(len(body))))
    for thread in (*senders, reader):
        thread.start()

    assert client.read(len(body)) == body
    for thread in (*senders, reader):
        thread.join()
    assert received == [body]


def test_a_dyno_may_not_want_to_switch(house: House, dyno: Dyno) -> None:
    """Then it is a request like others, and what came behind it is the next one."""
    client = house.ask(ASK + b"GET /next HTTP/1.1\r\nHost: app\r\n\r\n")
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"

    assert peer.read_until().startswith(b"GET /next HTTP/1.1\r\n")
    peer.send(OK)
    assert client.answer()[1] == b"ok"


def test_a_switch_to_nothing_is_no_answer(house: House, dyno: Dyno) -> None:
    """The client, which asked for it, gets a page and no 101."""
    client = house.ask(ASK)
    peer = dyno.accept()
    peer.read_until()
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    assert fields(house.line(" code="))["code"] == "H17"


def test_a_request_with_a_body_may_ask_for_a_switch(house: House, dyno: Dyno) -> None:
    """Any verb may; the body is the request's, what follows is the other protocol's."""
    client = house.ask(
        b"POST / HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        b"Content-Length: 6\r\n\r\nbod"
    )
    peer = dyno.accept()
    peer.read_until()
    assert peer.read(3) == b"bod"
    client.send(b"y!!early")
    assert peer.read(3) == b"y!!"
    peer.send(SWITCH)

    client.read_until()
    assert peer.read(5) == b"early"


def test_http_1_0_knows_no_switch(house: House, dyno: Dyno) -> None:
    """The dyno is not asked for one."""
    house.ask(b"GET / HTTP/1.0\r\nHost: app\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")

    head = headers(dyno.accept().read_until())
    assert "upgrade" not in head
    assert "connection" not in head


def test_a_body_of_http_1_0_that_asks_for_a_switch(house: House, dyno: Dyno) -> None:
    """Is a body all the same."""
    house.ask(
        b"POST / HTTP/1.0\r\nHost: app\r\nConnection: upgrade\r\nUpgrade: x\r\n"
        b"Content-Length: 2\r\n\r\nhi"
    )

    peer = dyno.accept()
    peer.read_until()
    assert peer.read(2) == b"hi"


@pytest.fixture
def echo(house: House) -> Iterator[None]:
    """A dyno with a websocket that says everything again, and ends at "end"."""

    def again(connection: ServerConnection) -> None:
        for message in connection:
            if message == "end":
                return
            connection.send(message)

    with serve(again, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        house.tell(route("web.1", port, "up"))
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("echo")
def test_a_websocket_works(house: House) -> None:
    """Text, bytes, large ones, and a good end."""
    with connect(f"ws://127.0.0.1:{house.ports['http']}/chat") as client:
        for message in ("hello", b"\x00\xff", "x" * 500_000):
            client.send(message)
            assert client.recv(timeout=20) == message
        client.send("end")
        assert list(client) == []

    line = fields(house.line(" status=101 "))
    assert (line["at"], line["method"], line["path"]) == ("info", "GET", '"/chat"')


def test_a_wrong_end_of_a_head(house: House, dyno: Dyno) -> None:
    """What looks like the end of a head within a tunnel is nothing special."""
    client, peer = switched(house, dyno)
    client.send(END)
    assert peer.read(4) == END
    peer.send(OK)
    assert client.read(len(OK)) == OK
