"""Lines per second through a tool, and whether each of them came out as it went in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from procrun.value import Value
from tests.benchmarks import processes
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import Gate, ToolError, launched, producing, workplace
from tests.benchmarks.producer import FILLER, WIDTH
from tests.benchmarks.runners import Filter, Runner, Tool, runners
from tests.benchmarks.sinks import Received, at_once, read_pipe, watch_file
from tests.benchmarks.verify import Verdict, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.sinks import Pace

FAST = 1 << 20
LINE_WRITES = 1 << 18
# A peer that needs a second for 20,000 lines gets no more than that.
SLOW = {"honcho": 1 << 14, "foreman": 1 << 13, "node-foreman": 1 << 16}
ENOUGH = 0.9

BAD = Row("lines lost, changed or mixed, fast reader", "lines", summed=True)
SENT = Row("of so many", "lines", summed=True)
SLOW_READER = Row("lines lost, changed or mixed, slow reader", "lines", summed=True)
STOPPED_READER = Row("lines lost, changed or mixed, stopped reader", "lines", summed=True)
HELD = Row("memory while the reader is stopped (PSS)", "MB")


class Case(Value):
    """How the lines are written, and where to."""

    writes: str
    producers: int
    to_file: bool = False

    @property
    def row(self) -> Row:
        """The case's line in the table."""
        number = "1 producer" if self.producers == 1 else f"{self.producers} producers"
        kind = "64 KiB writes" if self.writes == "blocks" else "a write per line"
        return Row(f"{number}, {kind}, to a {'file' if self.to_file else 'pipe'}", "lines/s")

    def lines(self, tool: Tool) -> int:
        """How many lines each producer prints for `tool`."""
        fast = FAST if self.writes == "blocks" else LINE_WRITES
        return SLOW.get(tool.name, fast) // self.producers

    def commands(self, folder: Path, lines: int) -> dict[str, str]:
        """The producers by process type."""
        return {f"p{i}": producing(self.writes, i, lines, folder) for i in range(self.producers)}


CASES = (
    Case("blocks", 1),
    Case("blocks", 4),
    Case("blocks", 1, to_file=True),
    Case("blocks", 4, to_file=True),
    Case("lines", 1),
    Case("lines", 4),
)


def to_pipe(tool: Tool, case: Case, lines: int, folder: Path, pace: Pace) -> tuple[float, Received]:
    """When the producers were let go, and what arrived at a reader of this pace."""
    words = tool.start(folder, case.commands(folder, lines))
    with Gate(folder) as gate, launched(words, folder) as process:
        assert process.stdout
        gate.wait_for(case.producers, process)
        return gate.open(), read_pipe(process.stdout.fileno(), lines * case.producers * WIDTH, pace)


def to_file(tool: Tool, case: Case, lines: int, folder: Path) -> tuple[float, Received]:
    """When the producers were let go, and what was in the file at the end."""
    words = tool.start(folder, case.commands(folder, lines))
    log = folder / "log"
    with Gate(folder) as gate, log.open("wb") as out, launched(words, folder, out) as process:
        gate.wait_for(case.producers, process)
        return gate.open(), watch_file(log, lines * case.producers * WIDTH, process)


def judged(tool: Tool, case: Case, lines: int, received: Received) -> Verdict:
    """A runner's lines are compared one by one; a filter mixes producers by its nature."""
    if isinstance(tool, Filter):
        return Verdict(arrived=lines * case.producers, lost=0, changed=0, mixed=0)
    return verify(received, case.producers, lines)


def once(tool: Tool, case: Case) -> Iterator[Sample]:
    """One tool, one case: its speed, and its mistakes if it is a runner."""
    lines = case.lines(tool)
    sent = lines * case.producers
    try:
        with workplace() as folder:
            opened, received = (
                to_file(tool, case, lines, folder)
                if case.to_file
                else to_pipe(tool, case, lines, folder, at_once)
            )
        verdict = judged(tool, case, lines, received)
        seconds = received.time_of_last(FILLER) - opened
    except (ToolError, ValueError):
        yield Sample(case.row, tool.name, None)
        return
    enough = verdict.arrived >= ENOUGH * sent
    yield Sample(case.row, tool.name, verdict.arrived / seconds if enough else None)
    if isinstance(tool, Runner):
        yield Sample(BAD, tool.name, verdict.bad)
        yield Sample(SENT, tool.name, sent)


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: every case, in each of them every tool in turn."""
    sums: list[Sample] = []
    for case in CASES:
        for tool in tools:
            if isinstance(tool, Runner | Filter):
                for sample in once(tool, case):
                    if sample.row.summed:
                        sums.append(sample)
                    else:
                        yield sample
    yield from sums


def slow(_total: int) -> None:
    """The pace of a reader that takes at most 32 MB/s."""
    time.sleep(0.002)


class Stopping:
    """The pace of a reader that stops for a second after a megabyte, looks at the tool, goes on."""

    def __init__(self) -> None:
        self.stopped = False
        self.memory = 0.0

    def __call__(self, total: int) -> None:
        """Called after each read."""
        if total > 1 << 20 and not self.stopped:
            self.stopped = True
            time.sleep(1)
            self.memory = processes.pss(processes.own(processes.marked()))


def measure_readers(tools: Sequence[Tool]) -> Iterator[Sample]:
    """procrun before a slow reader and before one that stops and goes on."""
    case = Case("blocks", 4)
    for tool in runners(tools):
        if tool.name == "procrun":
            stopping = Stopping()
            lines = {SLOW_READER: FAST >> 4, STOPPED_READER: FAST >> 3}
            for row, pace in ((SLOW_READER, slow), (STOPPED_READER, stopping)):
                with workplace() as folder:
                    _, received = to_pipe(tool, case, lines[row], folder, pace)
                verdict = verify(received, case.producers, lines[row])
                yield Sample(row, tool.name, verdict.bad)
            yield Sample(HELD, tool.name, stopping.memory)
