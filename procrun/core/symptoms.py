"""What the log of a server says that will not be ready: texts of many servers, and what they mean.

Only for a dyno that somebody waits for: nothing is looked for in the log of one that is up.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH = 3  # workers that died before any served: the next ones will, too

_IN_USE = re.compile(
    b"|".join(
        (
            rb"address (?:is )?already in use",  # the system's: Python, Ruby, Go, Rust, Java, PHP
            rb"\bEADDRINUSE\b",  # Node, and Ruby and Erlang beside
            rb"\bconnection in use:",  # gunicorn
            rb"\bport\b[^\n]{0,24}\b(?:is|was) (?:already )?in use\b",  # Flask, Django, Spring
        )
    ),
    re.IGNORECASE,
)

# By server, with the worker's pid and, where it is told, how it ended. A worker of gunicorn that
# exits with 3 or 4 could not load the app: then the master gives up by itself. One that gets
# SIGTERM, or exits with 0, was told to.
_DEATHS = (
    ("gunicorn", re.compile(rb"Worker \(pid:(\d+)\) (exited with code (?![034]\b)\d+)")),
    ("gunicorn", re.compile(rb"Worker \(pid:(\d+)\) (was sent SIG(?!TERM\b)\w+)")),
    ("gunicorn", re.compile(rb"Worker with pid (\d+) was (terminated due to signal (?!15\b)\d+)")),
    ("uvicorn", re.compile(rb"Child process \[(\d+)\] died()")),
)


def says_address_in_use(lines: bytes) -> bool:
    """Whether a server says in these lines that it can't have an address: somebody else has it."""
    return _IN_USE.search(lines) is not None


def names(port: int, lines: bytes) -> bool:
    """Whether a port stands in these lines."""
    return re.search(rb"(?<!\d)%d(?!\d)" % port, lines) is not None


class Deaths:
    """The workers of one server that died before any of them served."""

    def __init__(self) -> None:
        self._server = ""
        self._pids: set[bytes] = set()
        self._last = ""

    def hear(self, lines: bytes) -> None:
        """Take note of those that these lines tell of."""
        for server, pid, how in _deaths(lines):
            self._server = server
            self._pids.add(pid)
            self._last = how

    @property
    def words(self) -> str:
        """What is to be told; "" as long as a worker may yet live."""
        if len(self._pids) < ENOUGH:
            return ""
        last = f", the last: {self._last}" if self._last else ""
        return f"{self._server}'s workers die again and again ({len(self._pids)} so far{last})"


def _deaths(lines: bytes) -> Iterator[tuple[str, bytes, str]]:
    for server, pattern in _DEATHS:
        for pid, how in pattern.findall(lines):
            yield server, pid, how.decode()
