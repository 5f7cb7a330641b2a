"""What the router is told at its start, as JSON."""

from __future__ import annotations

import pytest

from procrun.core.router_orders import Orders

ALL = Orders(
    control="/app/.procrun",
    http=5000,
    https=5443,
    bind=("127.0.0.1",),
    certificate="/c.pem",
    key="/k.pem",
    app="shop",
    time_scale=0.5,
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
