"""Connections to dynos: kept, lost before, between and after bytes, and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.router.sockets import OK, fields, headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.router.sockets import Dyno, House, Peer

GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 2\r\n\r\nhi"


def asked(house: House, dyno: Dyno) -> tuple[Peer, Peer]:
    """A client that has asked, and the connection over which the dyno was."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()
    return client, peer


def served(house: House, dyno: Dyno) -> tuple[Peer, Peer]:
    """A client that got an answer, and the connection over which the dyno sent it."""
    client, peer = asked(house, dyno)
    peer.send(OK)
    client.answer()
    return client, peer


def test_a_connection_to_a_dyno_is_used_again(house: House, dyno: Dyno) -> None:
    """Whoever the client is."""
    _, peer = served(house, dyno)
    other = house.ask(GET)

    peer.read_until()
    peer.send(OK)

    assert other.answer()[1] == b"ok"
    assert not dyno.has_caller()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["close", "HTTP/1.0"],
)
def test_a_dyno_that_closes_gets_a_new_connection(house: House, dyno: Dyno, answer: bytes) -> None:
    """The client does not notice."""
    client, peer = asked(house, dyno)
    peer.send(answer)
    head, _ = client.answer()
    assert "connection" not in headers(head)
    assert peer.is_closed()

    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)
    assert client.answer()[1] == b"ok"


def test_requests_at_the_same_time_have_connections_of_their_own(house: House, dyno: Dyno) -> None:
    """And are answered in whatever order."""
    clients = [house.ask(GET) for _ in range(5)]
    peers = [dyno.accept() for _ in clients]
    for peer in reversed(peers):
        peer.read_until()
        peer.send(OK)

    assert [client.answer()[1] for client in clients] == [b"ok"] * 5


def test_a_request_on_a_connection_that_was_just_closed_is_sent_again(
    house: House, dyno: Dyno
) -> None:
    """Where that is safe: the dyno saw nothing of it that it could have acted on twice."""
    client, peer = served(house, dyno)
    client.send(GET)
    peer.read_until()
    peer.close()

    again = dyno.accept()
    again.read_until()
    again.send(OK)
    assert client.answer()[1] == b"ok"


@pytest.mark.parametrize(
    "request_bytes", [POST, POST.replace(b"POST", b"PUT"), b"PATCH / HTTP/1.1\r\nHost: app\r\n\r\n"]
)
def test_a_request_that_may_have_acted_is_not_sent_again(
    house: House, dyno: Dyno, request_bytes: bytes
) -> None:
    """The client is told that there was no answer."""
    client, peer = served(house, dyno)
    client.send(request_bytes)
    peer.read_until()
    peer.close()

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    assert fields(house.line(" code="))["code"] == "H13"
    assert not dyno.has_caller()


@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_a_dyno_that_says_nothing_is_not_asked_twice(
    house: House, dyno: Dyno, *, reset: bool
) -> None:
    """On a connection that is new, that is no accident."""
    client, peer = asked(house, dyno)
    if reset:
        peer.reset()
    else:
        peer.close()

    head, body = client.answer()

    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert headers(head)["content-type"] == "text/html; charset=utf-8"
    assert b"Application Error" in body
    line = fields(house.line(" code="))
    assert (line["code"], line["dyno"], line["status"]) == ("H13", "web.1", "503")


def test_a_dyno_that_ends_within_the_head(house: House, dyno: Dyno) -> None:
    """Nothing went to the client, which gets a page."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\nConte")
    peer.close()

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    line = house.line(" code=")
    assert line.startswith('sock=backend at=error code=H18 desc="Server Request Interrupted" ')
    assert fields(line)["status"] == "503"


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nhello",
    ],
    ids=["length", "between chunks", "within a chunk"],
)
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_a_dyno_that_ends_within_the_body(
    house: House, dyno: Dyno, begun: bytes, *, reset: bool
) -> None:
    """The client gets what there is, and can tell that it is not all."""
    client, peer = asked(house, dyno)
    peer.send(begun)
    client.read_until()
    client.read_until(b"hello")
    if reset:
        peer.reset()
    else:
        peer.close()

    assert b"0\r\n" not in client.read_all()
    line = fields(house.line(" code="))
    assert (line["sock"], line["code"], line["status"]) == ("backend", "H18", "200")
    assert line["bytes"] == "5"


def test_a_dyno_that_closes_after_its_answer(house: House, dyno: Dyno) -> None:
    """Nobody minds."""
    client, peer = served(house, dyno)
    peer.close()

    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)
    assert client.answer()[1] == b"ok"


def test_a_dyno_that_speaks_without_being_asked(house: House, dyno: Dyno) -> None:
    """Its connection is closed: what it says would be taken for the next answer."""
    client, peer = served(house, dyno)
    peer.send(OK)
    assert peer.is_closed()

    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)
    assert client.answer()[1] == b"ok"
    assert client.is_silent()


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\nhello"],
    ids=["answer", "request"],
)
def test_a_client_that_leaves_early(house: House, dyno: Dyno, begun: bytes) -> None:
    """The dyno's connection ends, and the line says whose fault it was."""
    client = house.ask(begun or GET)
    peer = dyno.accept()
    peer.read_until()
    if begun:
        assert peer.read(5) == b"hello"
        client.close()
    else:
        client.reset()

    assert peer.is_closed()
    line = house.line(" code=")
    assert line.startswith(
        'sock=client at=warning code=H27 desc="Client Request Interrupted" method='
    )
    assert fields(line)["status"] == "499"


def test_a_client_that_closes_while_it_waits_is_noticed_by_the_answer(
    house: House, dyno: Dyno
) -> None:
    """Until then it may just have said all that it has to say."""
    client, peer = asked(house, dyno)
    client.close()
    peer.send(OK)

    line = fields(house.line(" path="))
    assert (line["code"], line["status"]) == ("H27", "499")


def test_the_connections_to_a_dyno_that_is_gone_are_closed(
    house: House, dyno: Dyno, new_dyno: Callable[[str], Dyno]
) -> None:
    """Those that wait at once, those that are in use when they are done."""
    slow = house.ask(GET)
    busy = dyno.accept()
    busy.read_until()
    _, idle = served(house, dyno)
    other = new_dyno("web.1")

    house.tell(other.as_route())

    assert idle.is_closed()
    client = house.ask(GET)
    peer = other.accept()
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"
    busy.send(OK)
    assert slow.answer()[1] == b"ok"
    assert busy.is_closed()


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (b"hello\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "H17", "503"),
        (b"HTTP/1.1 99 Low\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 099 Low\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "H17", "503"),
        (b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "H17", "503"),
        (
            b"HTTP/2.0 200 Kept\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
            "H17",
            "503",
        ),
        (b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 200 OK\r\nA b\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "H17", "503"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "H17", "503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "H25", "502"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "H25", "502"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "H25",
            "502",
        ),
        (b"HTTP/1.1 200 OK\r\nSet-Cookie: a=" + b"x" * 8179 + b"\r\n\r\n", "H25", "502"),
        (b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * (512 * 1024 - 6) + b"\r\n\r\n", "H25", "502"),
        (b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * (2 << 20), "H25", "502"),
        (b"HTTP/1.1 200 " + b"x" * 8192 + b"\r\n\r\n", "H25", "502"),
    ],
    ids=lambda value: repr(value[13:40]) if isinstance(value, bytes) else value,
)
def test_an_answer_that_is_none(
    house: House, dyno: Dyno, answer: bytes, code: str, status: str
) -> None:
    """Its client gets a page, its connection is closed."""
    client, peer = asked(house, dyno)
    try:
        peer.send(answer)
    except OSError:
        pass  # the router has heard enough

    assert client.answer()[0].startswith(b"HTTP/1.1 " + status.encode())
    line = fields(house.line(" code="))
    assert (line["code"], line["status"]) == (code, status)
    assert peer.is_closed()


def test_a_big_cookie_is_called_so(house: House, dyno: Dyno) -> None:
    """The line says which restriction it was."""
    _, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\nSet-Cookie: " + b"x" * 8193 + b"\r\n\r\n")

    assert 'code=H25 desc="HTTP restriction: oversized cookie" method=GET' in house.line(" code=")


def test_an_answer_that_goes_wrong_in_the_middle(house: House, dyno: Dyno) -> None:
    """Its client can tell, as the connection ends."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")

    client.read_until()
    assert b"0\r\n\r\n" not in client.read_all()
    line = fields(house.line(" code="))
    assert (line["code"], line["status"]) == ("H17", "200")
