"""The `X-Request-Id` of a request: the client's where that is good enough, else a new one."""

from __future__ import annotations

_SHORTEST, _LONGEST = 20, 200
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-"


def acceptable(given: bytes) -> bool:
    """Whether a client's id is kept: 20 to 200 ASCII letters, digits, `+`, `/`, `=` and `-`."""
    return _SHORTEST <= len(given) <= _LONGEST and not given.translate(None, _LETTERS)


def fresh(number: int) -> bytes:
    """A UUID of 128 random bits."""
    digits = b"%032x" % number
    variant = b"89ab"[number >> 62 & 3]
    return b"%b-%b-4%b-%c%b-%b" % (
        digits[:8],
        digits[8:12],
        digits[13:16],
        variant,
        digits[17:20],
        digits[20:],
    )
