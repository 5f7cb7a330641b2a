"""What a dyno gets of a request, on the wire."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.router.sockets import OK, fields, headers

if TYPE_CHECKING:
    from tests.router.sockets import Dyno, House

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LARGE = 10 * 1024 * 1024


def get(*lines: bytes, path: bytes = b"/") -> bytes:
    """A request with some headers."""
    return b"\r\n".join([b"GET %b HTTP/1.1" % path, b"Host: app.localhost", *lines, b"", b""])


def test_a_dyno_gets_the_request_with_the_headers_of_the_router(house: House, dyno: Dyno) -> None:
    """Its own are as they were, in their order; those of the router come after them."""
    begun = int(time.time() * 1000)
    house.ask(get(b"accept: */*", b"X-Odd:  a  b ", path=b"/a?b=%20c"))

    lines = dyno.accept().read_until().decode().split("\r\n")

    assert lines[:4] == [
        "GET /a?b=%20c HTTP/1.1",
        "Host: app.localhost",
        "accept: */*",
        "X-Odd: a  b ",
    ]
    names = [line.partition(":")[0] for line in lines[4:-2]]
    assert names == [
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Request-Start",
        "Via",
        "X-Request-Id",
    ]
    added = dict(line.split(": ") for line in lines[4:-2])
    assert added["X-Forwarded-For"] == "127.0.0.1"
    assert added["X-Forwarded-Proto"] == "http"
    assert added["X-Forwarded-Port"] == "80"
    assert added["Via"] == "1.1 heroku-router"
    assert begun <= int(added["X-Request-Start"]) <= time.time() * 1000
    assert UUID.fullmatch(added["X-Request-Id"])


@pytest.mark.parametrize(
    ("sent", "name", "received"),
    [
        (b"X-Forwarded-For: 1.2.3.4", "x-forwarded-for", "1.2.3.4,127.0.0.1"),
        (b"X-Forwarded-Proto: spoof", "x-forwarded-proto", "http"),
        (b"X-Forwarded-Port: 99", "x-forwarded-port", "80"),
        (b"X-Request-Start: 1", "x-request-start", r"\d{13}"),
        (b"Via: 1.0 other", "via", "1.0 other, 1.1 heroku-router"),
        (b"X-Forwarded-Host: x", "x-forwarded-host", "x"),
        (b"Connection: keep-alive", "connection", None),
        (b"Keep-Alive: timeout=5", "keep-alive", None),
        (b"TE: trailers", "te", None),
        (b"Proxy-Authorization: Basic eA==", "proxy-authorization", None),
        (b"Proxy-Authenticate: Basic", "proxy-authenticate", "Basic"),
        (b"Upgrade: h2c", "upgrade", "h2c"),
        (b"Expect:", "expect", None),
        (b"Cookie: a=1; b=2", "cookie", "a=1; b=2"),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
def test_a_header_is_passed_replaced_or_dropped(
    house: House, dyno: Dyno, sent: bytes, name: str, received: str | None
) -> None:
    """Each as on Heroku."""
    house.ask(get(sent))

    found = headers(dyno.accept().read_until()).get(name)

    if received is None:
        assert found is None
    else:
        assert found is not None
        assert found == received or re.fullmatch(received, found)


def test_the_request_id_is_that_of_the_line(house: House, dyno: Dyno) -> None:
    """A good one of the client is kept, in the header and in the log."""
    client = house.ask(get(b"X-Request-Id: abcdefghij0123456789"))
    peer = dyno.accept()

    assert headers(peer.read_until())["x-request-id"] == "abcdefghij0123456789"
    peer.send(OK)
    client.answer()
    assert house.line(" request_id=abcdefghij0123456789 ")


def test_a_request_of_http_1_0_is_served_and_its_connection_closed(
    house: House, dyno: Dyno
) -> None:
    """The dyno gets HTTP/1.1."""
    client = house.ask(b"GET / HTTP/1.0\r\nHost: app\r\n\r\n")
    peer = dyno.accept()

    assert peer.read_until().startswith(b"GET / HTTP/1.1\r\n")
    peer.send(OK)
    head, body = client.answer()
    assert (headers(head)["connection"], body) == ("close", b"ok")
    assert client.is_closed()


def test_a_client_of_http_1_0_may_keep_its_connection(house: House, dyno: Dyno) -> None:
    """If it asks for that, it is told so."""
    client = house.ask(b"GET / HTTP/1.0\r\nHost: app\r\nConnection: keep-alive\r\n\r\n")
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)

    assert headers(client.answer()[0])["connection"] == "keep-alive"
    client.send(get())
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"


def test_a_connection_is_closed_if_its_client_wants_that(house: House, dyno: Dyno) -> None:
    """After the answer, which says so."""
    client = house.ask(get(b"Connection: close"))
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)

    assert headers(client.answer()[0])["connection"] == "close"
    assert client.is_closed()


def test_a_body_with_a_length_is_passed_on(house: House, dyno: Dyno) -> None:
    """In the pieces in which it came."""
    client = house.ask(b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\n12345")
    peer = dyno.accept()

    assert headers(peer.read_until())["content-length"] == "10"
    assert peer.read(5) == b"12345"
    client.send(b"67890")
    assert peer.read(5) == b"67890"


def test_a_post_without_a_body_says_so(house: House, dyno: Dyno) -> None:
    """Servers want a length where there might be a body."""
    house.ask(b"POST / HTTP/1.1\r\nHost: app\r\n\r\n")

    assert headers(dyno.accept().read_until())["content-length"] == "0"


def test_a_chunked_body_stays_chunked(house: House, dyno: Dyno) -> None:
    """What is in the chunks goes on as it comes, their extensions do not, trailers do."""
    client = house.ask(
        b"POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n"
    )
    peer = dyno.accept()

    head = headers(peer.read_until())
    assert (head["transfer-encoding"], head.get("content-length")) == ("chunked", None)
    assert peer.read(8) == b"3\r\nabc\r\n"
    client.send(b"10\r\n0123456789abcdef\r\n0\r\nDigest: x\r\n\r\n")
    assert peer.read_until(b"\r\n\r\n") == b"10\r\n0123456789abcdef\r\n0\r\nDigest: x\r\n\r\n"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_ten_megabytes_arrive_as_they_were_sent(house: House, dyno: Dyno, *, chunked: bool) -> None:
    """Up, though the dyno is slow to begin."""
    body = bytes(range(256)) * (LARGE // 256)
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % LARGE
    client = house.ask(b"POST / HTTP/1.1\r\nHost: app\r\n" + framing + b"\r\n\r\n")
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (LARGE, body) if chunked else body
    sender = threading.Thread(target=client.send, args=(sent,))
    sender.start()
    peer = dyno.accept()
    peer.read_until()

    received = peer.read_until(b"\r\n0\r\n\r\n") if chunked else peer.read(LARGE)

    sender.join()
    if chunked:
        received = b"".join(_chunks(received))
    assert received == body


def _chunks(raw: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while True:
        end = raw.index(b"\r\n", at)
        size = int(raw[at:end], 16)
        if size == 0:
            return found
        found.append(raw[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


def test_a_client_that_expects_100_gets_it_from_the_router(house: House, dyno: Dyno) -> None:
    """As soon as there is a dyno, which does not hear of it."""
    client = house.ask(
        b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
    )

    assert client.read_until() == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"hi")
    peer = dyno.accept()
    assert "expect" not in headers(peer.read_until())
    assert peer.read(2) == b"hi"
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    assert client.answer()[0].startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_may_come_byte_by_byte(house: House, dyno: Dyno) -> None:
    """And is sent when it is complete."""
    client = house.client()
    for byte in get(b"Accept: */*", path=b"/slow"):
        client.send(bytes([byte]))

    assert dyno.accept().read_until().startswith(b"GET /slow HTTP/1.1\r\nHost: app.localhost\r\n")


def test_requests_in_a_row_are_answered_in_their_order(house: House, dyno: Dyno) -> None:
    """The next one is sent when the one before is answered; each has its line."""
    client = house.ask(get(path=b"/1") + get(path=b"/2") + get(path=b"/3"))
    peer = dyno.accept()
    for number in b"123":
        assert peer.read_until().startswith(b"GET /%c " % number)
        assert peer.is_silent()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%c" % number)
        assert client.answer()[1] == b"%c" % number

    found = [fields(house.line(" status=200 "))["path"] for _ in "123"]
    assert found == ['"/1"', '"/2"', '"/3"']


def test_two_thousand_requests_at_once_are_answered(house: House, dyno: Dyno) -> None:
    """On one connection, with bodies, while the client does not read."""
    count = 2000
    client = house.client()
    request = b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 4\r\n\r\nbody"
    sender = threading.Thread(target=client.send, args=(request * count,))
    sender.start()
    peer = dyno.accept()
    for _ in range(count):
        peer.read_until()
        assert peer.read(4) == b"body"
        peer.send(OK)
    sender.join()

    for _ in range(count):
        assert client.answer()[1] == b"ok"


def test_a_client_that_sends_no_more_still_gets_its_answer(house: House, dyno: Dyno) -> None:
    """As `nc -N` does; its connection is closed then."""
    client = house.ask(get())
    client.finish()
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)

    assert client.answer()[1] == b"ok"
    assert client.is_closed()


@pytest.mark.parametrize("method", ["GET", "PROPFIND", "PATCH", "QUERY", "M-SEARCH"])
def test_any_method_is_passed_on(house: House, dyno: Dyno, method: str) -> None:
    """That there is a name for."""
    house.ask(method.encode() + b" / HTTP/1.1\r\nHost: app\r\n\r\n")

    assert dyno.accept().read_until().startswith(method.encode() + b" / HTTP/1.1\r\n")
