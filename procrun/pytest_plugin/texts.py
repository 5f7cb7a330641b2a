"""What options mean. Each function takes an option's name and the text that was given for it.

pytest.UsageError, which begins with the name, for a text that means nothing.
"""

from __future__ import annotations

import os

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

DAY = 86400  # seconds, the longest that is waited for
SECONDS = "a number of seconds, such as 30"


def one_of(name: str, given: str, choices: Collection[str]) -> str:
    """One of these words."""
    if given.strip() not in choices:
        raise pytest.UsageError(f"{name}: {given!r} is none of {', '.join(choices)}")
    return given.strip()


def seconds(name: str, given: str) -> float:
    """More than none, and a day at most."""
    try:
        found = float(given)
    except ValueError:
        found = 0.0
    if not 0 < found <= DAY:
        raise pytest.UsageError(f"{name}: must be {SECONDS}")
    return found


def count(name: str, given: str) -> int:
    """A number of lines, one at least."""
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise pytest.UsageError(f"{name}: {given!r} is no number of lines, such as 20")
    return int(given)


def folder(name: str, given: str) -> str:
    """The path of a folder that is there."""
    if not os.path.isdir(given):
        raise pytest.UsageError(f"{name}: there is no folder {given}")
    return os.path.normpath(given)


def address(name: str, given: str) -> str:
    """A URL, without the slash at its end; nothing is none."""
    if not given:
        return ""
    from urllib.parse import urlsplit

    wrong = pytest.UsageError(f"{name}: {given!r} is no address, such as http://127.0.0.1:5000")
    try:
        parts = urlsplit(given)
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise wrong from None
    if not is_good or parts.query or parts.fragment or set(given) & set(" \t\n"):
        raise wrong
    return given.rstrip("/")
