"""Seconds in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`20 ms`, `0.3 s`, `12 s`, `3 min 5 s`, `2 h 10 min`: two units at most."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 100:
        return f"{milliseconds} ms"
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 ", " ")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    return _two(whole // 3600, "h", whole % 3600 // 60, "min")


def _two(number: int, unit: str, rest: int, smaller: str) -> str:
    return f"{number} {unit} {rest} {smaller}" if rest else f"{number} {unit}"
