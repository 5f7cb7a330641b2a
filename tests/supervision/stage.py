"""A supervisor on a stage: real processes, and the clock of the test."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from procrun.core.launch import Launch
from procrun.core.log import PLATFORM, Chunk
from procrun.core.names import DynoName
from procrun.loop import Loop
from procrun.supervisor import Supervisor
from procrun.supervisor.conduct import PLAIN
from tests import leaks
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.policy import Policy
    from procrun.supervisor.conduct import Conduct

GRACE = 10.0  # seconds
STAY = "echo ready; exec sleep 60"
STUBBORN = "trap '' TERM; echo ready; exec sleep 60"


class Record:
    """A log that keeps what it gets."""

    def __init__(self) -> None:
        self.blocked = False
        self._chunks: list[Chunk] = []

    def publish(self, chunk: Chunk) -> None:
        """Keep a chunk."""
        self._chunks.append(chunk)

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def lines(self) -> list[str]:
        """Every line, of all."""
        return b"".join(chunk.data for chunk in self._chunks).decode().splitlines()

    def about(self, name: str) -> list[str]:
        """The lines of the supervisor about a dyno, or its own under PROCRUN."""
        found = [each for each in self._chunks if (each.source, each.dyno) == (PLATFORM, name)]
        return b"".join(chunk.data for chunk in found).decode().splitlines()

    def of(self, source: str) -> list[str]:
        """The lines of the processes (APP) or of the supervisor (PLATFORM)."""
        chunks = [chunk.data for chunk in self._chunks if chunk.source == source]
        return b"".join(chunks).decode().splitlines()


class Stage:
    """A supervisor on a loop whose time stands still until the test moves it."""

    def __init__(self, policy: Policy, *, adopts: bool = True, conduct: Conduct = PLAIN) -> None:
        self.time = 1000.0
        self.log = Record()
        self.loop = Loop(lambda: self.time)
        self.ended: list[tuple[str, int, str]] = []
        self.finished = 0
        self.supervisor = Supervisor(
            self.loop,
            self.log,
            policy,
            frozenset(),
            terminal=None,
            adopts=adopts,
            conduct=conduct,
        )
        self.supervisor.ended = self._ended
        self.supervisor.finished = self._finished

    def _ended(self, name: str, code: int, text: str) -> None:
        self.ended.append((name, code, text))
        self.supervisor.stop()

    def _finished(self) -> None:
        self.finished += 1

    def start(self, *commands: str, **variables: str) -> None:
        """Start a dyno for each command: a.1, b.1 and so on."""
        environment = {**os.environ, **variables}
        launches = [
            Launch(DynoName(name, 1), words, environment, 5000, GRACE, signal.SIGTERM)
            for name, words in zip("abc", commands, strict=False)
        ]
        self.launch(*launches)

    def launch(self, *launches: Launch) -> None:
        """Start dynos."""
        self.supervisor.begin(self.supervisor.add(launches))

    def turn_until(self, condition: Callable[[], bool]) -> None:
        """Serve the loop until something is so; pytest's own limit ends what never is."""
        while not condition():
            self.loop.turn()

    def wait_for(self, line: str, times: int = 1) -> None:
        """Serve the loop until a process or the supervisor has said a line."""
        self.turn_until(lambda: self.log.lines.count(line) >= times)

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and serve what is due then."""
        self.time += seconds
        self.loop.later(0, lambda: None)  # so that the turn waits for nothing
        self.loop.turn()

    def pid(self, name: str) -> int:
        """The pid of a dyno's latest process."""
        found = re.findall(rf"{name} started \(pid (\d+)", "\n".join(self.log.of(PLATFORM)))
        return int(found[-1])

    def crash(self, name: str) -> None:
        """Kill a dyno's process, and let the supervisor take notice."""
        os.kill(self.pid(name), signal.SIGKILL)
        self.see_end(name)

    def see_end(self, name: str) -> None:
        """Wait for the end of a dyno's process, and let the supervisor take notice."""
        assert leaks.exits(self.pid(name), processes.PATIENCE)
        self.supervisor.reap()

    def see_group_end(self, name: str) -> None:
        """Wait for the end of all of a dyno's group, and let the supervisor look."""
        pid = self.pid(name)
        processes.eventually(lambda: is_gone(-pid), "nothing is left of it")
        self.pass_time(0.06)  # the supervisor looks every 0.05 s where the system does not tell

    def starts(self, name: str) -> int:
        """How often a dyno was started."""
        return sum(line.startswith(f"{name} started") for line in self.log.of(PLATFORM))

    def close(self) -> None:
        """Kill what still runs, and let go of everything."""
        self.supervisor.kill()
        self.turn_until(self._reaped)
        self.loop.close()

    def _reaped(self) -> bool:
        self.supervisor.reap()
        self.loop.later(0, lambda: None)
        return self.finished > 0


def is_gone(group: int) -> bool:
    """Whether nothing is left of a group, when we have reaped what was orphaned to us."""
    with suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    return not processes.exists(group)


def named(*types: str) -> Callable[[str], bool]:
    """Whether a process type is one of these."""
    return lambda process_type: process_type in types
