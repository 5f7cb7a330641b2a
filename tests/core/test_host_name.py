"""The host name of an app is one that DNS, browsers and certificates take."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.host_name import host_name


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("shop", "shop.localhost"),
        ("My Shop", "my-shop.localhost"),
        ("my_shop.2", "my-shop-2.localhost"),
        ("-shop-", "shop.localhost"),
        ("xn--shop", "xn-shop.localhost"),
        ("café", "caf.localhost"),
        ("\udcff", "app.localhost"),
        ("", "app.localhost"),
        ("...", "app.localhost"),
        ("a" * 70, f"{'a' * 63}.localhost"),
        ("a" * 62 + "-b", f"{'a' * 62}.localhost"),
        ("localhost", "localhost.localhost"),
    ],
)
def test_the_name_of_an_app(app: str, expected: str) -> None:
    """What no label has becomes a hyphen."""
    assert host_name(app) == expected


@given(st.text())
def test_it_is_a_label_below_localhost(app: str) -> None:
    """Whatever a folder is called; what is one already stays."""
    label, dot, top = host_name(app).partition(".")

    assert (dot, top) == (".", "localhost")
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label)
    assert "--" not in label
    assert host_name(label) == f"{label}.localhost"
