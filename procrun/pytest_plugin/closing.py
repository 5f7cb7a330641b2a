"""The end of a session: its apps are stopped, and lines say what is to be known about that."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSERS: pytest.StashKey[list[Callable[[], list[str]]]] = pytest.StashKey()
_LINES: pytest.StashKey[list[str]] = pytest.StashKey()
OUTPUT = "procrun"  # the key of the lines in what a worker of pytest-xdist gives back


def at_end(config: pytest.Config, stop: Callable[[], list[str]]) -> None:
    """Have that called at the end; what it returns is shown."""
    config.stash.setdefault(_CLOSERS, []).append(stop)


def add(config: pytest.Config, lines: list[str]) -> None:
    """Have these lines shown at the end."""
    config.stash.setdefault(_LINES, []).extend(lines)


def close(config: pytest.Config) -> None:
    """Stop the apps; a worker of pytest-xdist leaves the lines for its controller."""
    for stop in config.stash.get(_CLOSERS, []):
        add(config, stop())
    config.stash[_CLOSERS] = []
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = lines(config)


def lines(config: pytest.Config) -> list[str]:
    """What is to be shown at the end."""
    return config.stash.get(_LINES, [])
