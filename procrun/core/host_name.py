"""The name under which a browser finds an app: its own, below `localhost`."""

from __future__ import annotations

from itertools import groupby

LOCALHOST = "localhost"
_LONGEST_LABEL = 63  # of DNS
_UNNAMED = "app"


def host_name(app: str) -> str:
    """The host name of an app that is called so: `My Shop` is `my-shop.localhost`.

    A label of DNS has letters, digits and hyphens inside. Hyphens in a row become one: two of them
    may begin an encoded name (`xn--`), which browsers would decode.
    """
    letters = (each if each.isascii() and each.isalnum() else "-" for each in app.lower())
    single = "".join("-" if each == "-" else "".join(run) for each, run in groupby(letters))
    label = single.strip("-")[:_LONGEST_LABEL].rstrip("-")
    return f"{label or _UNNAMED}.{LOCALHOST}"
