"""One line of 64 MB that does not end: how long it takes, and what memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from tests.benchmarks import processes
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import Gate, ToolError, launched, producing, workplace
from tests.benchmarks.producer import FILLER
from tests.benchmarks.runners import Filter, Runner, Tool
from tests.benchmarks.sinks import Received, read_pipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LENGTH = 64 << 20
SECONDS = Row("a line of 64 MB without an end", "s")
LOST = Row("bytes of it lost", "bytes", summed=True)
PSS = Row("peak memory meanwhile (PSS)", "MB")
RSS = Row("peak memory meanwhile (RSS)", "MB")


class MemoryPeak:
    """Looks every 10 ms at the memory of a tool's own processes while the `with` block runs."""

    def __init__(self, pid: int) -> None:
        self.pss = 0.0
        self.rss = 0.0
        self._own = processes.own(processes.family(pid))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._end.wait(0.01):
            self.pss = max(self.pss, processes.pss(self._own))
            peaks = processes.sum_of(self._own, "status", b"VmHWM") / 1024
            self.rss = max(self.rss, peaks)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end.set()
        self._thread.join()


def swallow(tool: Tool) -> tuple[float, Received, MemoryPeak]:
    """When the line began, what arrived of it, and the tool's memory."""
    with workplace() as folder, Gate(folder) as gate:
        words = tool.start(folder, {"p0": producing("endless", 0, LENGTH, folder)})
        with launched(words, folder) as process:
            assert process.stdout
            gate.wait_for(1, process)
            with MemoryPeak(process.pid) as peak:
                opened = gate.open()
                received = read_pipe(process.stdout.fileno(), LENGTH)
    return opened, received, peak


def once(tool: Tool) -> Iterator[Sample]:
    """The figures of one tool; its memory only if it is a runner, as a filter has next to none."""
    try:
        opened, received, peak = swallow(tool)
        seconds = received.time_of_last(FILLER) - opened
    except (ToolError, ValueError):
        yield Sample(SECONDS, tool.name, None)
        return
    lost = LENGTH - sum(part.count(FILLER) for part in received.segments())
    yield Sample(SECONDS, tool.name, None if lost > LENGTH // 10 else seconds)
    if isinstance(tool, Runner):
        yield Sample(LOST, tool.name, lost)
        yield Sample(PSS, tool.name, peak.pss)
        yield Sample(RSS, tool.name, peak.rss)


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: every tool in turn."""
    for tool in tools:
        if isinstance(tool, Runner | Filter):
            yield from once(tool)
