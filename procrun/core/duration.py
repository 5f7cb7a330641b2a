"""Seconds in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """`20 ms`, `0.3 s`, `12 s`, `3 min 5 s`, `2 h 10 min`: two units at most."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 ", " ")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
