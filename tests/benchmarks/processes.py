"""Start a tool, look at its processes, and leave none of them behind."""

from __future__ import annotations

import fcntl
import math
import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from tests.benchmarks import producer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")
MARK = f"BENCHMARK_MARK={secrets.token_hex(8)}"
PATIENCE = 20.0


class ToolError(Exception):
    """A tool did not get as far as it had to; the text is its last word on standard error."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A plain environment whose mark finds every process that was started with it."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    name, value = MARK.split("=")
    return {**kept, name: value, **(extra or {})}


def producing(kind: str, tag: int, count: int, folder: Path) -> str:
    """The command line of a producer, see producer.py."""
    words = (sys.executable, "-I", "-S", producer.__file__, kind, str(tag), str(count), str(folder))
    return shlex.join(words)


def of_process(pid: int, name: str) -> bytes:
    """The file `name` of a process in /proc; empty when it has gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""


def all_pids() -> list[int]:
    """Every process of the machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def marked() -> list[int]:
    """The living processes that came from this run; zombies have no environment any more."""
    mark = MARK.encode()
    return [pid for pid in all_pids() if mark in of_process(pid, "environ").split(b"\0")]


def family(pid: int) -> set[int]:
    """The process and its descendants."""
    parents = {}
    for other in all_pids():
        fields = of_process(other, "stat").rpartition(b")")[2].split()
        parents[other] = int(fields[1]) if fields else 0
    found, size = {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def own(pids: Iterable[int]) -> list[int]:
    """Those that are the runner's: a process of the app was given a PORT."""
    return [pid for pid in pids if b"\0PORT=" not in of_process(pid, "environ")]


def sum_of(pids: Iterable[int], name: str, field: bytes) -> int:
    """The sum of the number after `field:` in the /proc file `name` of each process."""
    lines = (line.split() for pid in pids for line in of_process(pid, name).splitlines())
    return sum(int(words[1]) for words in lines if words and words[0] == field + b":")


def pss(pids: Iterable[int]) -> float:
    """Memory in MB, what is shared counted once."""
    return sum_of(pids, "smaps_rollup", b"Pss") / 1024


def end_all() -> None:
    """Kill whatever this run has started, also what has left its group and session."""
    deadline = time.monotonic() + PATIENCE
    while (left := marked()) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def launched(
    words: list[str],
    folder: Path,
    stdout: int | IO[bytes] = subprocess.PIPE,
    extra: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A tool at work in `folder`; it and all its descendants are dead afterwards."""
    with (
        (folder / "stderr").open("wb") as stderr,
        subprocess.Popen(
            words,
            cwd=folder,
            env=environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            end_all()


def wait_for_end(process: subprocess.Popen[bytes]) -> float:
    """The monotonic time at which the tool ended; infinity if it had to be killed.

    `wait` with a timeout would look only now and then; without one it is exact.
    """
    alarm = threading.Timer(PATIENCE, process.kill)
    alarm.start()
    try:
        process.wait()
        ended = time.monotonic()
        return math.inf if alarm.finished.is_set() else ended
    finally:
        alarm.cancel()


@contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder for one measurement."""
    with tempfile.TemporaryDirectory(prefix="procrun-benchmark-") as name:
        yield Path(name)


def complaint(folder: Path) -> str:
    """The last line that the tool in `folder` wrote to standard error."""
    said = (folder / "stderr").read_text(errors="replace").strip().splitlines()
    return said[-1] if said else "it said nothing"


class Gate:
    """Holds the producers of a folder back until all are there, then lets them go at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "finish").touch()
        self._lock = (folder / "gate").open("wb")

    def __enter__(self) -> Self:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._lock.close()

    def wait_for(self, producers: int, process: subprocess.Popen[bytes]) -> None:
        """Until that many producers stand at the gate; ToolError when they do not come."""
        deadline = time.monotonic() + PATIENCE
        while len(list(self._folder.glob("ready.*"))) < producers:
            if process.poll() is not None or time.monotonic() > deadline:
                raise ToolError(complaint(self._folder))
            time.sleep(0.002)

    def open(self) -> float:
        """Lets them go; the monotonic time at which that was."""
        now = time.monotonic()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        return now
