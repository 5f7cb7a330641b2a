"""What the router is told, as JSON."""

from __future__ import annotations

import pytest

from procrun.core.router_orders import (
    RELIEVED,
    SEEN,
    Orders,
    answer,
    answered,
    edition,
    routes,
)
from procrun.core.routing import Dyno, Routes

ALL = Orders(
    control="/app/.procrun",
    http=5000,
    https=5443,
    bind=("127.0.0.1",),
    certificate="/c.pem",
    key="/k.pem",
    app="shop",
    time_scale=0.5,
    error_page="//e",
    maintenance_page="//m",
    log=3,
    ready=4,
)


@pytest.mark.parametrize("orders", [ALL, Orders("/app/.procrun", 5000)], ids=["all", "few"])
def test_orders_are_read_as_they_were_written(orders: Orders) -> None:
    """As one line."""
    assert orders.encode().count(b"\n") == 1
    assert Orders.decode(orders.encode()) == orders


def test_few_orders_are_enough() -> None:
    """The rest is what most apps want; null is nothing; one address is a text."""
    line = b'{"control": "/c", "http": 0, "https": null, "certificate": null, "bind": "0.0.0.0"}'

    assert Orders.decode(line) == Orders("/c", 0, bind=("0.0.0.0",))
    assert Orders.decode(b'{"control": "/c", "http": 0}').bind == ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"control": "/c"}',
        b'{"control": "/c", "http": "x"}',
        b'{"control": "/c", "http": 1, "https": "x"}',
        b'{"control": "/c", "http": 1, "bind": 1}',
        b'{"control": "/c", "http": 1, "time_scale": "x"}',
    ],
)
def test_anything_else_is_an_error(line: bytes) -> None:
    """Of the kinds that whoever reads it catches."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        Orders.decode(line)


def test_routes_are_dynos_and_maintenance() -> None:
    """Where nothing is said there are none."""
    reply = {"web": [{"name": "web.1", "port": 5001, "state": "up"}], "maintenance": True}

    assert routes(reply) == Routes((Dyno("web.1", 5001, "up"),), maintenance=True)
    assert routes({}) == Routes()


@pytest.mark.parametrize("web", [1, [1], [{}], [{"name": "web.1", "port": None, "state": "up"}]])
def test_routes_that_are_none_are_an_error(web: object) -> None:
    """Of the same kinds."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        routes({"web": web})


def test_routes_may_bring_other_pages() -> None:
    """An empty one is none; where nothing is said the one of the orders holds."""
    assert routes({"error_page": "", "maintenance_page": "//m"}) == Routes(
        error_page="", maintenance_page="//m"
    )
    assert routes({}).error_page is None


def test_answers_are_read_as_they_were_written() -> None:
    """Of editions alone, which are numbers."""
    assert edition({"edition": 3}) == 3
    assert edition({}) is None
    assert answered(answer(SEEN, 3).rstrip()) == (SEEN, 3)
    assert answered(answer(RELIEVED, 12).rstrip()) == (RELIEVED, 12)


@pytest.mark.parametrize("line", [b"", b"seen", b"seen x", b"heard 1", b"\xff 1", b"relieved 1 2"])
def test_anything_else_is_no_answer(line: bytes) -> None:
    """An error that whoever reads it catches."""
    with pytest.raises(ValueError):  # noqa: PT011 - whichever words it has
        answered(line)
