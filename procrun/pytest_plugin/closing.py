"""The end of a session: its apps are stopped, and lines say what is to be known about that."""

from __future__ import annotations

import pytest

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Closing(Value):
    """How apps have ended."""

    lines: tuple[str, ...] = ()  # to be shown at the end
    has_failed: bool = False  # one has crashed, and no test was told of that


_CLOSERS: pytest.StashKey[list[Callable[[], Closing]]] = pytest.StashKey()
_CLOSING: pytest.StashKey[Closing] = pytest.StashKey()
OUTPUT = "procrun"  # the key of it in what a worker of pytest-xdist gives back


def at_end(config: pytest.Config, stop: Callable[[], Closing]) -> None:
    """Have that called at the end; what it returns is shown."""
    config.stash.setdefault(_CLOSERS, []).append(stop)


def add(config: pytest.Config, more: Closing) -> None:
    """Have that shown at the end, too."""
    known = _of(config)
    config.stash[_CLOSING] = Closing(known.lines + more.lines, known.has_failed or more.has_failed)


def close(config: pytest.Config) -> None:
    """Stop the apps; a worker of pytest-xdist leaves what is to be said for its controller."""
    for stop in config.stash.get(_CLOSERS, []):
        add(config, stop())
    config.stash[_CLOSERS] = []
    output = getattr(config, "workeroutput", None)
    if output is not None:
        closing = _of(config)
        output[OUTPUT] = closing.lines, closing.has_failed


def finish(session: pytest.Session) -> None:
    """Stop the apps, and let the session fail for what no test has failed for."""
    close(session.config)
    if _of(session.config).has_failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def lines(config: pytest.Config) -> tuple[str, ...]:
    """What is to be shown at the end."""
    return _of(config).lines


def _of(config: pytest.Config) -> Closing:
    return config.stash.get(_CLOSING, Closing())
