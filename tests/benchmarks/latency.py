"""How long a line takes from the process to the reader, alone and beside a process that floods."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import Gate, ToolError, launched, producing, workplace
from tests.benchmarks.producer import PERIOD, TICK
from tests.benchmarks.runners import Filter, Runner, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COUNT = 200
WINDOW = COUNT * PERIOD + 0.5
CHUNK = 65536
LEAST = 0.9


class Arrivals:
    """Takes bytes as they come and keeps the age in ms of every tick among them."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self._open = b""

    def take(self, piece: bytes, now: int) -> None:
        """`piece` arrived at `now`, monotonic ns."""
        text = self._open + piece
        place = text.find(TICK)
        while place >= 0 and (end := text.find(b"\n", place)) >= 0:
            self.ages.append((now - int(text[place + 1 : end])) / 1e6)
            place = text.find(TICK, end)
        self._open = text[place:] if place >= 0 else b""


def listen(descriptor: int) -> list[float]:
    """The ages of the ticks that arrive within the window, in ascending order."""
    arrivals = Arrivals()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    end = time.monotonic() + WINDOW
    while len(arrivals.ages) < COUNT and (left := end - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            piece = os.read(descriptor, CHUNK)
            if not piece:
                break
            arrivals.take(piece, time.monotonic_ns())
    return sorted(arrivals.ages)


def producers(folder: Path, *, flooded: bool) -> dict[str, str]:
    """A process that speaks 200 times a second and, if asked for, one that never stops speaking."""
    quiet = {"p0": producing("ticks", 0, COUNT, folder)}
    return {**quiet, "p1": producing("flood", 1, 0, folder)} if flooded else quiet


def ages(tool: Tool, *, flooded: bool) -> list[float]:
    """The ages of one tool's lines; empty when it failed or most lines were too late."""
    try:
        with workplace() as folder, Gate(folder) as gate:
            words = tool.start(folder, producers(folder, flooded=flooded))
            with launched(words, folder) as process:
                assert process.stdout
                gate.wait_for(1 + flooded, process)
                gate.open()
                arrived = listen(process.stdout.fileno())
    except ToolError:
        return []
    # What did not come in time is older than all that did.
    return arrived + [float("inf")] * (COUNT - len(arrived))


def percentile(ordered: list[float], percent: int) -> float | None:
    """None where there is no such value, or it had not arrived."""
    value = ordered[len(ordered) * percent // 100] if ordered else float("inf")
    return None if value == float("inf") else value


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: every tool alone, then every runner beside a flood."""
    for flooded, kinds in ((False, Runner | Filter), (True, Runner)):
        where = "beside a flood" if flooded else "alone"
        for tool in tools:
            if isinstance(tool, kinds) and tool.name != "sed":
                ordered = ages(tool, flooded=flooded)
                for percent in (50, 99):
                    row = Row(f"latency of a line {where}, p{percent}", "ms")
                    yield Sample(row, tool.name, percentile(ordered, percent))
