"""Where an app behind a router is."""

from __future__ import annotations

import pytest

from procrun.core.router_urls import urls


@pytest.mark.parametrize(
    ("bind", "http"),
    [
        (("127.0.0.1", "::1"), "http://127.0.0.1:5000"),
        (("::1", "127.0.0.1"), "http://127.0.0.1:5000"),
        (("::1",), "http://[::1]:5000"),
        (("0.0.0.0",), "http://127.0.0.1:5000"),
        (("::",), "http://[::1]:5000"),
        (("192.168.1.5",), "http://192.168.1.5:5000"),
        ((), "http://127.0.0.1:5000"),
    ],
    ids=str,
)
def test_the_address_of_http_is_one_that_this_machine_reaches(
    bind: tuple[str, ...], http: str
) -> None:
    """The usual one, if that is among those that the router listens on."""
    assert urls("shop", bind, {"http": 5000}) == (http,)


def test_https_comes_first() -> None:
    """Under the app's own name."""
    found = urls("My Shop", ("127.0.0.1",), {"http": 5000, "https": 5443})

    assert found == ("https://my-shop.localhost:5443", "http://127.0.0.1:5000")
