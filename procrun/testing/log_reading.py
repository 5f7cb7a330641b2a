"""Reads an app's log: what it has written by now, and what it writes from now on."""

from __future__ import annotations

import time

from procrun.control.client import NotRunning, connect, send
from procrun.control.folder import LOG, Folder
from procrun.core.commands import LOGS, Request
from procrun.core.log import Chunk
from procrun.core.log_frames import Dropped, Live, read_frames
from procrun.testing.log import Log, ended_lines_of, lines_of

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket

    from procrun.core.log_frames import Part
    from procrun.testing.log import LogLine

_ALL = 1 << 31  # lines
_PATIENCE = 10.0  # seconds for an app to send what it has


def written(folder: str, since: float | None = None) -> Log:
    """All lines since then (seconds since the epoch), those that are in a pipe yet included.

    ProcrunError if the app is gone.
    """
    return Log(lines_of(_written_chunks(folder, since)))


def left_behind(folder: str) -> Log:
    """The log of an app that has ended."""
    return Log(lines_of(chunks_left_behind(folder)))


def chunks_left_behind(folder: str) -> tuple[Chunk, ...]:
    """The same as it was written."""
    try:
        with open(Folder(folder).file(LOG), "rb") as file:
            return tuple(part for part in read_frames(file) if isinstance(part, Chunk))
    except OSError:
        return ()


def to_come(
    folder: str, since: float | None, deadline: float, goes_on: Callable[[], bool]
) -> Iterator[LogLine]:
    """What was written since then and what comes after that, while it `goes_on`.

    That is asked whenever something happens to a dyno. TimeoutError at the deadline, on the
    monotonic clock; ProcrunError if the app is gone before.
    """
    while True:
        try:
            yield from ended_lines_of(_chunks_to_come(folder, since, deadline, goes_on))
        except _TooSlowError:  # all of it once more; what was begun is begun anew
            continue
        yield from _last_lines(folder, since)  # they may have been under way to us
        return


class _TooSlowError(Exception):
    """Some of the log was dropped before we had read it."""


def _chunks_to_come(
    folder: str, since: float | None, deadline: float, goes_on: Callable[[], bool]
) -> Iterator[Chunk]:
    for part in _parts(folder, since, deadline):
        if isinstance(part, Dropped):
            raise _TooSlowError
        if isinstance(part, Chunk):
            yield part
        something_happened = isinstance(part, Live) or (isinstance(part, Chunk) and part.state)
        if something_happened and not goes_on():
            return


def _last_lines(folder: str, since: float | None) -> Log:
    try:
        return written(folder, since)
    except NotRunning:
        return left_behind(folder)


def _written_chunks(folder: str, since: float | None) -> Iterator[Chunk]:
    return (part for part in _parts(folder, since) if isinstance(part, Chunk))


def _parts(folder: str, since: float | None, deadline: float | None = None) -> Iterator[Part]:
    options: list[tuple[str, str | int | bool]] = [("lines", _ALL), ("drain", True)]
    if since is not None:
        options.append(("since", repr(since)))
    if deadline is not None:
        options.append(("tail", True))
    with connect(folder) as client:
        send(client, Request(LOGS, (), tuple(options)))
        _allow(client, deadline)
        with client.makefile("rb") as file:
            for part in read_frames(file):
                yield part
                _allow(client, deadline)


def _allow(client: socket, deadline: float | None) -> None:
    """Let the next read take until the deadline, and not a moment longer."""
    left = _PATIENCE if deadline is None else deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    client.settimeout(left)
