"""What a request may look like, without a socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.router_errors import BAD_EXPECT, BAD_HEADER, Failure, Refused
from procrun.core.router_request import (
    Asked,
    check_limits,
    chunk,
    is_well_spelt,
    last_chunk,
    understand,
)

HOST = (b"Host", b"app")


def ask(*fields: tuple[bytes, bytes], version: str = "1.1") -> Asked:
    """A request with a host and some other headers."""
    return understand(b"GET", b"/", version, [HOST, *fields])


def head_of(asked: Asked) -> bytes:
    """What a dyno gets of it."""
    asked.request_id, asked.forwarded_for = b"id", b"127.0.0.1"
    return asked.head(secure=False, milliseconds=1)


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ([], BAD_HEADER),
        ([(b"Host", b"")], BAD_HEADER),
        ([(b"Host", b" \t")], BAD_HEADER),
        ([HOST, (b"HOST", b"app")], BAD_HEADER),
        ([HOST, (b"Content-Length", b"1,1")], BAD_HEADER),
        ([HOST, (b"Content-Length", b"1"), (b"content-length", b"1")], BAD_HEADER),
        ([HOST, (b"Content-Length", b"\xb2")], BAD_HEADER),
        ([HOST, (b"Transfer-Encoding", b"gzip")], BAD_HEADER),
        ([HOST, (b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"x")], BAD_HEADER),
        ([HOST, (b"Connection", b"Upgrade")], BAD_HEADER),
        ([HOST, (b"Connection", b"a, upgrade")], BAD_HEADER),
        ([HOST, (b"Expect", b"200-ok")], BAD_EXPECT),
        ([HOST, (b"Expect", b"100-continue, x")], BAD_EXPECT),
    ],
)
def test_some_requests_are_refused(fields: list[tuple[bytes, bytes]], failure: Failure) -> None:
    """By their headers."""
    with pytest.raises(Refused) as caught:
        understand(b"GET", b"/", "1.1", fields)

    assert caught.value.failure is failure
    assert caught.value.why


@pytest.mark.parametrize(
    ("method", "version"), [(b"CONNECT", "1.1"), (b"GET", "2.0"), (b"GET", "0.9")]
)
def test_some_requests_are_none_of_ours(method: bytes, version: str) -> None:
    """By their first line."""
    with pytest.raises(Refused):
        understand(method, b"/", version, [HOST])


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ([(b"Content-Length", b" 12 ")], "length", 12),
        ([(b"Transfer-Encoding", b"Chunked")], "chunked", True),
        ([(b"Connection", b"keep-alive, Upgrade"), (b"Upgrade", b"x")], "upgrade", True),
        ([(b"Connection", b"xupgrade"), (b"Upgrade", b"x")], "upgrade", False),
        ([(b"Expect", b"100-CONTINUE")], "expects", True),
        ([(b"Expect", b"")], "expects", False),
        ([(b"X-Request-Id", b"a" * 20)], "request_id", b"a" * 20),
        ([(b"X-Request-Id", b"a" * 19)], "request_id", b""),
        ([(b"X-Request-Id", b"a" * 20), (b"X-Request-Id", b"b" * 20)], "request_id", b""),
        ([(b"X-Forwarded-For", b"1"), (b"x-forwarded-for", b"2")], "forwarded_for", b"1,2"),
        ([(b"Via", b"1.1 a")], "via", b"1.1 a"),
    ],
)
def test_some_headers_say_something_to_the_router(
    fields: list[tuple[bytes, bytes]], name: str, value: object
) -> None:
    """Whatever their case."""
    assert getattr(ask(*fields), name) == value


@pytest.mark.parametrize(
    ("method", "fields", "framing"),
    [
        (b"GET", [], b""),
        (b"DELETE", [], b""),
        (b"POST", [], b"Content-Length: 0\r\n"),
        (b"PUT", [], b"Content-Length: 0\r\n"),
        (b"PATCH", [], b"Content-Length: 0\r\n"),
        (b"GET", [(b"Content-Length", b"007")], b"Content-Length: 7\r\n"),
        (b"GET", [(b"Transfer-Encoding", b"CHUNKED")], b"Transfer-Encoding: chunked\r\n"),
    ],
)
def test_a_dyno_gets_one_framing_and_no_other(
    method: bytes, fields: list[tuple[bytes, bytes]], framing: bytes
) -> None:
    """Written by the router."""
    head = head_of(understand(method, b"/", "1.1", [HOST, *fields]))

    start, _, rest = head.partition(b"X-Forwarded-For")
    assert start == method + b" / HTTP/1.1\r\nHost: app\r\n" + framing
    assert b"Content-Length" not in rest
    assert b"Transfer-Encoding" not in rest


def test_http_1_0_gets_no_upgrade_and_no_continue() -> None:
    """It does not know them."""
    asked = ask(
        (b"Connection", b"upgrade"),
        (b"UPGRADE", b"x"),
        (b"Expect", b"100-continue"),
        version="1.0",
    )

    assert (asked.upgrade, asked.expects) == (False, False)
    assert b"x" not in b"".join(asked.lines)


@pytest.mark.parametrize(
    ("method", "target", "fields", "fits"),
    [
        (b"GET", b"/" + b"a" * 8178, [HOST], True),
        (b"GET", b"/" + b"a" * 8179, [HOST], False),
        (b"GET", b"/", [(b"a" * 1000, b"")], True),
        (b"GET", b"/", [(b"a" * 1001, b"")], False),
        (b"GET", b"/", [(b"a", b"b" * 8189)], True),
        (b"GET", b"/", [(b"a", b"b" * 8190)], False),
        (b"GET", b"/", [HOST] * 1000, True),
        (b"GET", b"/", [HOST] * 1001, False),
    ],
    ids=range(8),
)
def test_a_head_has_its_limits(
    method: bytes, target: bytes, fields: list[tuple[bytes, bytes]], *, fits: bool
) -> None:
    """To the byte."""
    if fits:
        check_limits(method, target, fields)
    else:
        with pytest.raises(Refused):
            check_limits(method, target, fields)


def test_a_request_line_has_one_blank_between_words() -> None:
    """And is one of HTTP."""
    assert is_well_spelt(b"GET", b"/a", "1.1", b"\r\nGET /a HTTP/1.1\r\nHost: a")
    assert not is_well_spelt(b"GET", b"/a", "1.1", b"GET  /a HTTP/1.1\r\n")
    assert not is_well_spelt(b"GET", b"/a", "1.0", b"GET /a RTSP/1.0\r\n")


@given(st.binary(min_size=1, max_size=300))
def test_a_chunk_says_its_length(content: bytes) -> None:
    """In hex."""
    size, body, end = chunk(content)

    assert (int(size, 16), body, end) == (len(content), content, b"\r\n")
    assert size.endswith(b"\r\n")


def test_the_last_chunk_has_the_trailers() -> None:
    """And an empty line."""
    assert last_chunk([]) == b"0\r\n\r\n"
    assert last_chunk([(b"A", b"1"), (b"B", b"")]) == b"0\r\nA: 1\r\nB: \r\n\r\n"
    assert last_chunk([(b"X-Forwarded-For", b"1"), (b"HOST", b"a")]) == b"0\r\n\r\n"
