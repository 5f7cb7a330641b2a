"""Requests that no dyno gets: what is ambiguous, too large, or no HTTP at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.router.sockets import OK, fields, headers

if TYPE_CHECKING:
    from tests.router.sockets import Dyno, House

HOST = b"Host: app\r\n"
GET = b"GET / HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"

REFUSED = {
    "no host": GET + b"\r\n",
    "no host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "an empty host": GET + b"Host:\r\n\r\n",
    "two hosts": GET + HOST + b"host: other\r\n\r\n",
    "lengths that differ": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": POST + b"Content-Length: 1, 1\r\n\r\na",
    "the same length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "a length in hex": POST + b"Content-Length: 0x1\r\n\r\na",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "an empty length": POST + b"Content-Length:\r\n\r\n",
    "an endless length": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "length and chunked": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked and length": POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked, then something": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n",
    "something, then chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "nearly chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked with a tab": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n",
    "a blank before the colon": GET + HOST + b"Content-Length : 5\r\n\r\n",
    "a folded header": GET + HOST + b"A: b\r\n c\r\n\r\n",
    "a header before the first": GET + b" A: b\r\n" + HOST + b"\r\n",
    "a header without a name": GET + HOST + b": b\r\n\r\n",
    "a header without a colon": GET + HOST + b"A b\r\n\r\n",
    "a NUL in a header": GET + HOST + b"A: b\x00c\r\n\r\n",
    "a bare return in a header": GET + HOST + b"A: b\rc\r\n\r\n",
    "bare newlines": b"GET / HTTP/1.1\nHost: app\n\n",
    "two blanks": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks before the version": b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank at the end": b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT app:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a small method": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long method": b"A" * 128 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET / HTTP/0.9\r\n" + HOST + b"\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol": b"OPTIONS * RTSP/1.0\r\n" + HOST + b"\r\n",
    "an upgrade to nothing": GET + HOST + b"Connection: upgrade\r\n\r\n",
    "an upgrade with chunks": POST + b"Connection: upgrade\r\nUpgrade: x\r\n" + CHUNKED + b"\r\n",
    "no HTTP": b"EHLO router\r\n\r\n",
    "bytes": bytes(range(1, 22)) + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_can_be_misread_is_refused(house: House, dyno: Dyno, name: str) -> None:
    """With a sentence and a line, and its connection is closed; no dyno hears of it."""
    client = house.ask(REFUSED[name])

    head, body = client.answer()

    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert headers(head)["connection"] == "close"
    assert body.endswith(b".\n")
    assert client.is_closed()
    line = fields(house.line(" status=400 "))
    assert list(line)[:4] == ["at", "code", "desc", "cause"]
    assert (line["code"], line["cause"], line["dyno"]) == ("H26", '"bad header"', "")
    assert not dyno.has_caller()


@pytest.mark.parametrize(
    ("request_bytes", "why"),
    [
        (b"GET /\r\n\r\n", b"The request line names no version; this server speaks HTTP/1.1.\n"),
        (REFUSED["HTTP/0.9"], b"This server speaks HTTP/1.1, not HTTP/0.9.\n"),
        (REFUSED["HTTP/2.0"], b"This server speaks HTTP/1.1, not HTTP/2.0.\n"),
        (REFUSED["the preface of HTTP/2"], b"This server speaks HTTP/1.1, not HTTP/2.\n"),
        (REFUSED["CONNECT"], b"This server is no proxy.\n"),
        (REFUSED["a blank in the path"], b"A request line is a method, a path and HTTP/1.1.\n"),
        (REFUSED["another protocol"], b"This server speaks HTTP/1.1, and no other protocol.\n"),
        (REFUSED["two blanks"], b"There is more than one blank between two words.\n"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_a_client_is_told_what_is_wrong_with_its_request_line(
    house: House, request_bytes: bytes, why: bytes
) -> None:
    """Be it the protocol, its version, or the blanks."""
    assert house.ask(request_bytes).answer()[1] == why


@pytest.mark.parametrize(
    "chunk",
    [
        b"zz\r\n",
        b"-1\r\na\r\n",
        b"0x1\r\na\r\n",
        b"1 \r\na\r\n",
        b"1\na\r\n",
        b"1\r\nab\r\n",
        b"1\r\na0\r\n\r\n",
        b"F" * 17 + b"\r\n",
        b"1\r\na\r\n0\r\nContent-Length: 1\r\n\r\n",
        b"1;" + b"x" * 100_000,
        b"0\r\nA: " + b"x" * 100_000,
    ],
    ids=lambda chunk: repr(chunk[:12]),
)
def test_a_bad_chunk_ends_its_request(house: House, dyno: Dyno, chunk: bytes) -> None:
    """The client is told, the dyno sees its connection closed before the end of the body."""
    client = house.ask(POST + CHUNKED + b"\r\n1\r\na\r\n")
    peer = dyno.accept()
    peer.read_until()
    assert peer.read(6) == b"1\r\na\r\n"

    client.send(chunk)

    assert client.answer()[0].startswith(b"HTTP/1.1 400 ")
    assert b"0\r\n\r\n" not in peer.read_all()
    assert fields(house.line(" status=400 "))["cause"] == '"bad chunk"'


def test_an_unknown_expectation_is_refused(house: House, dyno: Dyno) -> None:
    """Only 100-continue is known."""
    client = house.ask(GET + HOST + b"Expect: foo\r\n\r\n")

    assert client.answer()[0].startswith(b"HTTP/1.1 417 Expectation Failed\r\n")
    assert not dyno.has_caller()
    line = fields(house.line(" status=417 "))
    assert (line["code"], line["cause"]) == ("H26", '"unsupported expect header value"')


def test_the_answers_before_a_bad_request_are_sent(house: House, dyno: Dyno) -> None:
    """It is refused when it is its turn, and what comes after it is not read."""
    client = house.ask(GET + HOST + b"\r\n" + GET + b"\r\n" + GET + HOST + b"\r\n")
    peer = dyno.accept()
    peer.read_until()
    peer.send(OK)

    assert client.answer()[1] == b"ok"
    assert client.answer()[0].startswith(b"HTTP/1.1 400 ")
    assert client.is_closed()


def big(name: str, size: int) -> bytes:
    """A request of which something has that size, the end of the line apart."""
    if name == "request line":
        return b"GET /" + b"a" * (size - len("GET / HTTP/1.1")) + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    if name == "header":
        return GET + HOST + b"A: " + b"a" * (size - len("A: ")) + b"\r\n\r\n"
    if name == "header name":
        return GET + HOST + b"a" * size + b": b\r\n\r\n"
    return GET + HOST + b"A: b\r\n" * (size - 1) + b"\r\n"


LIMITS = {"request line": 8192, "header": 8192, "header name": 1000, "headers": 1000}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("below", [1, 0])
def test_a_head_within_its_limits_is_passed_on(
    house: House, dyno: Dyno, name: str, below: int
) -> None:
    """Up to the last byte."""
    request = big(name, LIMITS[name] - below)
    house.ask(request)

    received = dyno.accept().read_until()

    assert len(received) > len(request)


@pytest.mark.parametrize("name", LIMITS)
def test_a_head_above_a_limit_is_refused(house: House, dyno: Dyno, name: str) -> None:
    """By one byte, or one header."""
    client = house.ask(big(name, LIMITS[name] + 1))

    assert client.answer()[0].startswith(b"HTTP/1.1 400 ")
    assert not dyno.has_caller()


@pytest.mark.parametrize("start", [b"GET /", GET + b"A: ", GET + b"A", b"A"])
def test_a_head_without_end_is_refused_soon(house: House, dyno: Dyno, start: bytes) -> None:
    """Nobody's memory is filled by one header."""
    client = house.ask(start + b"a" * 1_000_000)

    assert client.answer()[0].startswith(b"HTTP/1.1 400 ")
    assert not dyno.has_caller()


def test_headers_without_end_are_refused_soon(house: House, dyno: Dyno) -> None:
    """Nor by many."""
    client = house.ask(GET + b"A: b\r\n" * 100_000)

    assert client.answer()[0].startswith(b"HTTP/1.1 400 ")
    assert not dyno.has_caller()
