"""The router's line, key by key."""

from __future__ import annotations

import pytest

from procrun.core.router_errors import (
    APP_CRASHED,
    BAD_CHUNK,
    BIG_COOKIE,
    CLIENT_INTERRUPTED,
    MAINTENANCE,
    SERVER_INTERRUPTED,
    Failure,
)
from procrun.core.router_line import Served, line
from procrun.core.router_request import Asked


def asked(target: bytes = b"/", host: bytes = b"shop.localhost:5000") -> Asked:
    """A request as the router knows it when it is over."""
    request = Asked(b"GET", target, old=False)
    request.host = host
    request.request_id = b"2e97c191-3b3f-4d41-9cf1-d30e9a7b34c5"
    request.forwarded_for = b"185.244.159.14,127.0.0.1"
    return request


def served(tls: str = "") -> Served:
    """What became of it."""
    found = Served()
    found.dyno, found.status, found.relayed, found.tls = "web.1", 200, 12, tls
    found.connect, found.service = 0.0015, 0.7939
    return found


def test_every_key_stands_in_its_place() -> None:
    """As in the lines of production."""
    assert line(asked(b"/a?b=c"), served()) == (
        b'at=info method=GET path="/a?b=c" host=shop.localhost:5000'
        b" request_id=2e97c191-3b3f-4d41-9cf1-d30e9a7b34c5"
        b' fwd="185.244.159.14,127.0.0.1" dyno=web.1 connect=1ms service=793ms status=200'
        b" bytes=12 protocol=http1.1 tls=false"
    )


@pytest.mark.parametrize(
    ("version", "end"),
    [
        ("", b" protocol=http1.1 tls=false"),
        ("TLSv1.2", b" protocol=http1.1 tls=true tls_version=tls1.2"),
        ("TLSv1.3", b" protocol=http1.1 tls=true tls_version=tls1.3"),
    ],
)
def test_the_version_of_tls_is_told_where_there_is_tls(version: str, end: bytes) -> None:
    """In Heroku's words."""
    assert line(asked(), served(version)).endswith(end)


@pytest.mark.parametrize(
    ("failure", "start"),
    [
        (APP_CRASHED, b'at=error code=H10 desc="App crashed" method=GET'),
        (MAINTENANCE, b'at=info code=H80 desc="Maintenance mode" method=GET'),
        (BAD_CHUNK, b'at=error code=H26 desc="Request Error" cause="bad chunk" method=GET'),
        (BIG_COOKIE, b'at=error code=H25 desc="HTTP restriction: oversized cookie" method=GET'),
        (
            SERVER_INTERRUPTED,
            b'sock=backend at=error code=H18 desc="Server Request Interrupted" method=GET',
        ),
        (
            CLIENT_INTERRUPTED,
            b'sock=client at=warning code=H27 desc="Client Request Interrupted" method=GET',
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Failure) else "",
)
def test_a_failure_stands_in_front(failure: Failure, start: bytes) -> None:
    """The connection that broke before the level, the cause behind the words."""
    assert line(asked(), served(), failure).startswith(start)


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b'/"a', rb'path="/\"a"'),
        (b"/\\", rb'path="/\\"'),
        (b"/\x1b[0m", rb'path="/\x1b[0m"'),
        (b"/\xc3\xa9", rb'path="/\xc3\xa9"'),
        (b"/a b", b'path="/a b"'),
    ],
)
def test_what_a_log_cannot_show_is_escaped(target: bytes, shown: bytes) -> None:
    """Nobody writes fields, lines or colours of his own into it."""
    assert shown in line(asked(target), served())


def test_a_host_is_one_word() -> None:
    """Whatever a client calls it."""
    assert rb" host=a\x20status\x3d" not in line(asked(host=b"a b"), served())
    assert rb" host=a\x20b\x0a request_id=" in line(asked(host=b"a b\n"), served())


def test_what_is_not_known_is_empty() -> None:
    """No dyno, no path."""
    nobody = Asked(b"", b"", old=False)
    shown = line(nobody, Served(), BAD_CHUNK)

    assert b' method= path="" host= request_id= fwd="" dyno= connect=0ms service=0ms ' in shown
