"""What a dyno's answer may look like, without a socket."""

from __future__ import annotations

import pytest

from procrun.core.router_errors import (
    BAD_LENGTH,
    BAD_RESPONSE,
    BIG_COOKIE,
    BIG_HEADER,
    BIG_STATUS_LINE,
    Failure,
    Refused,
)
from procrun.core.router_request import Asked
from procrun.core.router_response import Answer, check_limits, failure_of, is_local, understand


def answer(
    *fields: tuple[bytes, bytes], status: int = 200, old: bool = False, upgrade: bool = False
) -> Answer:
    """A dyno's answer to a request."""
    asked = Asked(b"GET", b"/", old=old)
    asked.host, asked.upgrade = b"example.com", upgrade
    return understand(status, b"Fine", list(fields), asked)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        (b"localhost", True),
        (b"LocalHost:5443", True),
        (b"shop.localhost", True),
        (b"shop.localhost:5443", True),
        (b"127.0.0.1:5000", True),
        (b"[::1]", True),
        (b"[::1]:5443", True),
        (b"app.localhost.", True),
        (b"localhost.:5443", True),
        (b"127.1.2.3:5000", True),
        (b"127.1", True),
        (b"[0:0:0:0:0:0:0:1]:5443", True),
        (b"[::ffff:127.0.0.1]", True),
        (b"127.0.0.1.example.com", False),
        (b"[1::]", False),
        (b"[::10]", False),
        (b"[::1:1]", False),
        (b"localhost.example.com", False),
        (b"notlocalhost", False),
        (b"example.com:443", False),
        (b"[::2]", False),
    ],
)
def test_some_names_are_of_this_machine(host: bytes, *, local: bool) -> None:
    """With a port or without."""
    assert is_local(host) is local


@pytest.mark.parametrize(
    ("method", "status", "fields", "ends"),
    [
        (b"GET", 200, [(b"Content-Length", b"3")], False),
        (b"GET", 200, [(b"Content-Length", b"0")], True),
        (b"GET", 200, [(b"Transfer-Encoding", b"chunked")], False),
        (b"GET", 200, [], False),
        (b"HEAD", 200, [], True),
        (b"HEAD", 200, [(b"Content-Length", b"3")], True),
        (b"HEAD", 200, [(b"Transfer-Encoding", b"chunked")], True),
        (b"GET", 204, [], True),
        (b"GET", 304, [(b"Content-Length", b"3")], True),
        (b"GET", 103, [], True),
    ],
)
def test_some_answers_end_with_their_head(
    method: bytes, status: int, fields: list[tuple[bytes, bytes]], *, ends: bool
) -> None:
    """By the method, the status or the length."""
    found = understand(status, b"Fine", fields, Asked(method, b"/", old=False))

    assert found.ends_with_head is ends


@pytest.mark.parametrize(
    ("status", "old", "field", "passed"),
    [
        (200, False, (b"Content-Length", b"3"), True),
        (304, False, (b"Content-Length", b"3"), True),
        (204, False, (b"Content-Length", b"3"), False),
        (103, False, (b"Content-Length", b"3"), False),
        (200, False, (b"Transfer-Encoding", b"chunked"), True),
        (200, True, (b"Transfer-Encoding", b"chunked"), False),
        (204, False, (b"Transfer-Encoding", b"chunked"), False),
        (200, False, (b"Upgrade", b"h2c"), True),
        (200, False, (b"Connection", b"close"), False),
        (200, False, (b"keep-alive", b"timeout=1"), False),
        (200, False, (b"TE", b"x"), False),
        (200, False, (b"Proxy-Authorization", b"x"), False),
        (200, False, (b"Proxy-Authenticate", b"x"), True),
        (200, False, (b"Set-Cookie", b"a=b"), True),
    ],
)
def test_a_header_is_passed_or_not(
    status: int, field: tuple[bytes, bytes], *, old: bool, passed: bool
) -> None:
    """By its name, the status, and what the client speaks."""
    head = answer(field, status=status, old=old).head

    assert (b"\r\n%b: %b\r\n" % field in head) is passed


def test_the_head_names_the_router() -> None:
    """And a server, if the dyno does not."""
    assert answer().head == b"HTTP/1.1 200 Fine\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\n"
    assert answer((b"server", b"x"), (b"via", b"1.0 a")).head == (
        b"HTTP/1.1 200 Fine\r\nServer: x\r\nVia: 1.0 a, 1.1 heroku-router\r\n"
    )


def test_a_switch_is_passed_to_who_asked_for_it() -> None:
    """To nobody else."""
    head = answer((b"Upgrade", b"x"), (b"Connection", b"upgrade"), status=101, upgrade=True).head

    assert head == (
        b"HTTP/1.1 101 Fine\r\nUpgrade: x\r\nConnection: Upgrade\r\nVia: 1.1 heroku-router\r\n"
    )
    with pytest.raises(Refused):
        answer((b"Upgrade", b"x"), (b"Connection", b"upgrade"), status=101)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"Upgrade", b"x")],
        [(b"Connection", b"upgrade")],
        [(b"Upgrade", b"x"), (b"Connection", b"close")],
    ],
    ids=str,
)
def test_a_switch_says_to_what(fields: list[tuple[bytes, bytes]]) -> None:
    """In two headers."""
    with pytest.raises(Refused):
        answer(*fields, status=101, upgrade=True)


@pytest.mark.parametrize("status", [0, 99, 1000])
def test_a_status_has_three_digits(status: int) -> None:
    """And does not begin with zero, or nobody knew what follows."""
    with pytest.raises(Refused):
        answer(status=status)


@pytest.mark.parametrize(
    ("reason", "fields", "failure"),
    [
        (None, [], BAD_RESPONSE),
        (b"OK", [(b"Transfer-Encoding", b"gzip")], BAD_RESPONSE),
    ],
)
def test_some_answers_are_refused(
    reason: bytes | None, fields: list[tuple[bytes, bytes]], failure: Failure
) -> None:
    """By their head."""
    with pytest.raises(Refused) as caught:
        understand(200, reason, fields, Asked(b"GET", b"/", old=False))

    assert caught.value.failure is failure


@pytest.mark.parametrize(
    ("reason", "fields", "failure"),
    [
        (b"a" * 8179, [(b"Set-Cookie", b"a" * 8180), (b"A", b"a" * (512 * 1024 - 3))], None),
        (b"a" * 8180, [], BIG_STATUS_LINE),
        (b"", [(b"set-cookie", b"a" * 8181)], BIG_COOKIE),
        (b"", [(b"A", b"a" * (512 * 1024 - 2))], BIG_HEADER),
    ],
    ids=range(4),
)
def test_a_head_has_its_limits(
    reason: bytes, fields: list[tuple[bytes, bytes]], failure: Failure | None
) -> None:
    """To the byte."""
    if failure is None:
        check_limits(reason, fields)
        return
    with pytest.raises(Refused) as caught:
        check_limits(reason, fields)
    assert caught.value.failure is failure


def test_what_a_parser_says_is_a_failure() -> None:
    """Of lengths, or of anything else."""
    assert failure_of("Duplicate Content-Length") is BAD_LENGTH
    assert failure_of("Content-Length can't be present with Transfer-Encoding") is BAD_LENGTH
    assert failure_of("Invalid status code") is BAD_RESPONSE
