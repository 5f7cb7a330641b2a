"""What a client gets of a dyno's answer, on the wire."""

from __future__ import annotations

import re
import select
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.router.sockets import END, OK, fields, headers

if TYPE_CHECKING:
    from tests.router.sockets import Dyno, House, Peer

GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: app\r\n\r\n"
LARGE = 10 * 1024 * 1024
ENOUGH = 50  # megabytes, many more than the kernel and the router keep


def asked(house: House, dyno: Dyno, request: bytes = GET) -> tuple[Peer, Peer]:
    """A client and the dyno's connection that has read its request."""
    client = house.ask(request)
    peer = dyno.accept()
    peer.read_until()
    return client, peer


def test_a_client_gets_the_answer_with_the_headers_of_the_router(house: House, dyno: Dyno) -> None:
    """A Server where there is none, and Via."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 201 All right\r\nX-A: b\r\nX-A: c\r\nContent-Length: 2\r\n\r\nhi")

    head, body = client.answer()

    assert head == (
        b"HTTP/1.1 201 All right\r\nX-A: b\r\nX-A: c\r\nContent-Length: 2\r\n"
        b"Server: Heroku\r\nVia: 1.1 heroku-router\r\n\r\n"
    )
    assert body == b"hi"
    line = fields(house.line(" status=201 "))
    assert list(line) == (
        "at method path host request_id fwd dyno connect service status bytes protocol tls".split()
    )
    assert (line["at"], line["dyno"], line["bytes"], line["tls"]) == ("info", "web.1", "2", "false")


@pytest.mark.parametrize(
    ("sent", "name", "received"),
    [
        (b"Server: gunicorn", "server", "gunicorn"),
        (b"Via: 1.1 inner", "via", "1.1 inner, 1.1 heroku-router"),
        (b"Keep-Alive: timeout=5", "keep-alive", None),
        (b"Connection: keep-alive", "connection", None),
        (b"Connection: close", "connection", None),
        (b"Set-Cookie: a=" + b"x" * 8178, "set-cookie", "a=" + "x" * 8178),
        (b"X-Big: " + b"x" * (512 * 1024 - 7), "x-big", "x" * (512 * 1024 - 7)),
        (b"Strict-Transport-Security: max-age=1", "strict-transport-security", "max-age=1"),
        (b"X-Latin: \xe9", "x-latin", "\xe9"),
    ],
    ids=lambda value: str(value[:20]) if value else "",
)
def test_a_header_is_passed_or_dropped(
    house: House, dyno: Dyno, sent: bytes, name: str, received: str | None
) -> None:
    """Each as on Heroku, up to its limits."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\n" + sent + b"\r\nContent-Length: 2\r\n\r\nok")

    head, _ = client.answer()

    assert headers(head).get(name) == received


@pytest.mark.parametrize("host", ["localhost", "shop.localhost:5443", "127.0.0.1:5000", "[::1]"])
def test_no_local_name_is_bound_to_https(house: House, dyno: Dyno, host: str) -> None:
    """A browser would not forget it, for whatever else is served there."""
    client, peer = asked(house, dyno, b"GET / HTTP/1.1\r\nHost: " + host.encode() + END)
    peer.send(b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: a\r\nContent-Length: 0\r\n\r\n")

    assert "strict-transport-security" not in headers(client.answer()[0])


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_ten_megabytes_arrive_as_they_were_sent(house: House, dyno: Dyno, *, chunked: bool) -> None:
    """Down, though the client is slow to begin."""
    body = bytes(range(256)) * (LARGE // 256)
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % LARGE
    client, peer = asked(house, dyno)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (LARGE, body) if chunked else body
    answer = b"HTTP/1.1 200 OK\r\n" + framing + END + sent
    sender = threading.Thread(target=peer.send, args=(answer,))
    sender.start()

    client.read_until()
    received = b""
    if chunked:
        while size := int(client.read_until(b"\r\n"), 16):
            received += client.read(size)
            client.read(2)
    else:
        received = client.read(LARGE)
    sender.join()

    assert received == body
    assert fields(house.line(" status=200 "))["bytes"] == str(LARGE)


def sent_until_full(peer: Peer, megabyte: bytes, most: int = ENOUGH) -> int:
    """How many megabytes somebody can send before nobody takes any more."""
    sent = 0
    while sent < most and select.select([], [peer.socket], [], 0.5)[1]:
        try:
            peer.socket.settimeout(0.5)
            peer.send(megabyte)
        except TimeoutError:
            break
        sent += 1
    return sent


def most_memory(house: House) -> int:
    """How many megabytes the router has ever had, where the system tells that."""
    status = Path(f"/proc/{house.process.pid}/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) >> 10 if found else 0


def test_the_router_keeps_little_of_what_its_client_does_not_read(house: House, dyno: Dyno) -> None:
    """The dyno has to wait: a client that is slow costs no memory."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.read_until()

    assert sent_until_full(peer, b"%x\r\n%b\r\n" % (1 << 20, bytes(1 << 20))) < ENOUGH


def test_the_router_keeps_little_of_many_answers_that_nobody_reads(
    house: House, dyno: Dyno
) -> None:
    """The next request waits until the answer before it is read."""
    client = house.client()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.send(GET * ENOUGH)
    peer = dyno.accept()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    peer.read_until()
    sent = 0
    while sent < ENOUGH and sent_until_full(peer, answer, most=1):
        sent += 1
        if not select.select([peer.socket], [], [], 0.5)[0]:
            break
        peer.read_until()

    assert sent < ENOUGH


def test_the_router_keeps_little_of_what_its_dyno_does_not_read(house: House, dyno: Dyno) -> None:
    """The client has to wait."""
    client, _peer = asked(
        house, dyno, b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 1000000000\r\n\r\n"
    )

    assert sent_until_full(client, bytes(1 << 20)) < ENOUGH


def test_events_arrive_one_by_one(house: House, dyno: Dyno) -> None:
    """Each before the next one is sent."""
    client, peer = asked(house, dyno)
    peer.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    client.read_until()
    for number in range(5):
        event = b"data: %d\n\n" % number
        peer.send(b"%x\r\n%b\r\n" % (len(event), event))
        assert client.read_until(b"\n\n\r\n") == b"9\r\n" + event + b"\r\n"
    peer.send(b"0\r\n\r\n")
    assert client.read_until() == b"0\r\n\r\n"


def test_trailers_are_passed_on(house: House, dyno: Dyno) -> None:
    """After the last chunk."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\n\r\n")

    client.read_until()
    assert client.read_until() == b"1\r\na\r\n0\r\nSum: 1\r\n\r\n"


def test_a_client_of_http_1_0_gets_no_chunks(house: House, dyno: Dyno) -> None:
    """The end of its connection is the end of the body."""
    client, peer = asked(house, dyno, b"GET / HTTP/1.0\r\nHost: app\r\n\r\n")
    peer.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    )

    head = headers(client.read_until())
    assert (head.get("transfer-encoding"), head["connection"]) == (None, "close")
    assert client.read_all() == b"abcdef"


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_may_end_with_its_connection(house: House, dyno: Dyno, version: bytes) -> None:
    """The client's ends, too."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/%b 200 OK\r\n\r\nabc" % version)
    head = headers(client.read_until())
    assert client.read(3) == b"abc"
    peer.send(b"def")
    peer.close()

    assert head["connection"] == "close"
    assert client.read_all() == b"def"
    assert fields(house.line(" status=200 "))["bytes"] == "6"


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b""]
)
def test_an_answer_to_head_has_no_body(house: House, dyno: Dyno, framing: bytes) -> None:
    """But its headers; the connections on both sides go on."""
    client, peer = asked(house, dyno, HEAD)
    peer.send(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
    head = client.read_until()
    assert framing in head
    assert b"Connection: close" not in head

    client.send(GET)
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_answers_have_no_body(house: House, dyno: Dyno, status: bytes) -> None:
    """Both connections go on."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 " + status + b"\r\n\r\n")
    assert client.read_until().startswith(b"HTTP/1.1 " + status)

    client.send(GET)
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        (GET, b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
        (GET, b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ],
    ids=["HEAD", "204", "304", "204 chunked"],
)
def test_a_body_where_none_may_be_is_not_passed_on(
    house: House, dyno: Dyno, request_bytes: bytes, answer: bytes
) -> None:
    """Nor is it taken for the next answer."""
    client, peer = asked(house, dyno, request_bytes)
    peer.send(answer)
    client.read_until()

    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)

    assert client.answer()[0].startswith(b"HTTP/1.1 200 OK")
    assert client.rest == b""


def test_what_comes_after_an_answer_is_not_the_next_one(house: House, dyno: Dyno) -> None:
    """A dyno that sends two answers to one request poisons nobody's connection."""
    client, peer = asked(house, dyno)
    peer.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    assert client.answer()[1] == b"ok"

    client.send(GET)
    other = dyno.accept()
    other.read_until()
    other.send(OK)
    assert client.answer()[1] == b"ok"


def test_early_hints_are_passed_on(house: House, dyno: Dyno) -> None:
    """The answer follows."""
    client, peer = asked(house, dyno)
    peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")

    assert client.read_until().startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n")
    peer.send(OK)
    assert client.answer()[1] == b"ok"


def test_an_answer_may_come_before_the_whole_request(house: House, dyno: Dyno) -> None:
    """As of an upload that is too large; the client gets it although it still sends."""
    client, peer = asked(
        house, dyno, b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 100000000\r\n\r\n"
    )
    sender = threading.Thread(target=_send_in_vain, args=(client,))
    sender.start()
    peer.read(1)
    peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
    peer.close()

    head, body = client.answer()

    assert (head[:12], body) == (b"HTTP/1.1 413", b"big")
    assert client.is_closed()  # it cannot be told where the next request begins
    assert most_memory(house) < 2 * ENOUGH
    client.close()
    sender.join()
    assert fields(house.line(" status=413 "))["at"] == "info"


def _send_in_vain(client: Peer) -> None:
    try:
        client.send(bytes(100_000_000))
    except OSError:
        pass
