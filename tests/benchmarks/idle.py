"""What a runner costs while its ten processes have nothing to say, and how fast it stops them."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import processes
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import ToolError, complaint, launched, wait_for_end, workplace
from tests.benchmarks.runners import Runner, Tool, runners
from tests.benchmarks.sinks import read_until
from tests.benchmarks.startup import SPEAK_AND_STAY, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHILDREN = 10
SECONDS = 10
SETTLING = 1.0
REPEATS = 2

MEMORY = Row("memory of an idle runner with 10 processes (PSS)", "MB")
WAKE_UPS = Row("its wake-ups in 10 s (voluntary context switches)", "times")
STOP = Row("SIGTERM with 10 obedient processes, until the runner has ended", "ms")
LEFT = Row("left behind by that", "processes")


class Started:
    """A runner whose ten processes have all spoken."""

    def __init__(self, tool: Runner, stack: ExitStack) -> None:
        folder = stack.enter_context(workplace())
        words = tool.start(folder, {f"p{i}": SPEAK_AND_STAY for i in range(CHILDREN)})
        self.name = tool.name
        self.process = stack.enter_context(launched(words, folder))
        assert self.process.stdout
        if read_until(self.process.stdout.fileno(), WORD, CHILDREN) == math.inf:
            raise ToolError(complaint(folder))

    def own(self) -> list[int]:
        """The runner's own processes."""
        return processes.own(processes.family(self.process.pid))


def switches(pids: list[int]) -> int:
    """How often the threads of these processes went to sleep of their own accord."""
    return sum(
        processes.sum_of([int(task.name)], f"task/{task.name}/status", b"voluntary_ctxt_switches")
        for pid in pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    )


def memory(tool: Runner) -> float | None:
    """MB of one runner that is alone on the machine: what two Pythons share would count half."""
    try:
        with ExitStack() as stack:
            started = Started(tool, stack)
            time.sleep(SETTLING)
            return processes.pss(started.own())
    except ToolError:
        return None


def wake_ups(tools: Sequence[Runner]) -> Iterator[Sample]:
    """All runners beside each other for ten seconds: none has anything to do, so none disturbs."""
    with ExitStack() as stack:
        before: dict[Started, int] = {}
        for tool in tools:
            try:
                before[Started(tool, stack)] = 0
            except ToolError:
                yield Sample(WAKE_UPS, tool.name, None)
        time.sleep(SETTLING)
        for started in before:
            before[started] = switches(started.own())
        time.sleep(SECONDS)
        for started, count in before.items():
            yield Sample(WAKE_UPS, started.name, switches(started.own()) - count)


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """Every runner once."""
    for tool in runners(tools):
        yield Sample(MEMORY, tool.name, memory(tool))
    yield from wake_ups(runners(tools))


def stop(tool: Runner) -> tuple[float | None, int | None]:
    """Milliseconds from the signal to the end, and how many processes were still there then."""
    try:
        with ExitStack() as stack:
            started = Started(tool, stack)
            time.sleep(SETTLING / 5)
            begun = time.monotonic()
            started.process.terminate()
            ended = wait_for_end(started.process)
            left = len(processes.marked())
            return None if ended == math.inf else (ended - begun) * 1000, left
    except ToolError:
        return None, None


def measure_stop(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: every runner in turn, twice."""
    for _ in range(REPEATS):
        for tool in runners(tools):
            milliseconds, left = stop(tool)
            yield Sample(STOP, tool.name, milliseconds)
            yield Sample(LEFT, tool.name, left)
