"""What `procrun start --watch` costs in a large repository, and how fast it notices a change."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.benchmarks import processes
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.idle import SECONDS, SETTLING, switches
from tests.benchmarks.processes import ToolError, complaint, launched, workplace
from tests.benchmarks.runners import PROCFILE, Runner, Tool, runners

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

OURS = "procrun"
PER_FOLDER = 100  # sources
SOURCES, INSTALLED = 200, 400  # folders, of which the latter have half as many files each
CHANGES = 10
WRITES = 2000
STAYS = "job: exec sleep 1000\n"

READY = Row("watching 20,000 files beside 20,000 in node_modules, until ready", "s")
MEMORY = Row("more memory for that (PSS)", "MB")
WAKE_UPS = Row("wake-ups in 10 s while nothing changes (voluntary context switches)", "times")
RESTART = Row("from a write to the beginning of the restart, p50", "ms")
SLOWEST = Row("from a write to the beginning of the restart, slowest of 10", "ms")
IN_MODULES = Row("2,000 writes in node_modules, CPU time", "s")
IN_IGNORED = Row("2,000 writes in a folder that git ignores, CPU time", "s")


def plant(root: Path) -> None:
    """An app's repository with all its files in git, except for what was installed and built."""
    for top, folders, files in (
        ("src", SOURCES, PER_FOLDER),
        ("node_modules", INSTALLED, PER_FOLDER // 2),
        ("build", 1, 1),
    ):
        for number in range(folders):
            folder = root / top / f"part{number % 20}" / f"folder{number}"
            folder.mkdir(parents=True)
            for each in range(files):
                (folder / f"file{each}.py").write_text("x = 1\n")
    (root / PROCFILE).write_text(STAYS)
    (root / ".gitignore").write_text("/node_modules/\n/build/\nstderr\n")
    for words in (("init", "--quiet", "."), ("add", "--all")):
        subprocess.run(("git", *words), cwd=root, env=processes.environment(), check=True)


class Watching:
    """procrun at work in the repository."""

    def __init__(self, tool: Runner, root: Path, stack: ExitStack, *options: str) -> None:
        words = [tool.path, "start", "-p", "0", *options]
        self.process = stack.enter_context(launched(words, root))
        assert self.process.stdout
        self._output = self.process.stdout
        self.begun = self.wait_for(b"job.1 started", root)

    def wait_for(self, words: bytes, root: Path) -> float:
        """The monotonic time at which the next line with these words came."""
        for line in self._output:
            if words in line:
                return time.monotonic()
        raise ToolError(complaint(root))

    def own(self) -> list[int]:
        """The pids of procrun's two processes."""
        return processes.own(processes.family(self.process.pid))

    def cpu(self) -> float:
        """The seconds of CPU time that both have used."""
        ticks = 0
        for pid in self.own():
            fields = processes.of_process(pid, "stat").rpartition(b")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # its own and that of the git that it asked
        return ticks / os.sysconf("SC_CLK_TCK")


def memory(tool: Runner, root: Path, *options: str) -> float:
    """MB of a procrun that has settled."""
    with ExitStack() as stack:
        started = Watching(tool, root, stack, *options)
        if options:
            started.wait_for(b"for changes", root)
        time.sleep(SETTLING)
        return processes.pss(started.own())


def restarts(watching: Watching, root: Path) -> list[float]:
    """Milliseconds from each of several writes to the line that says who restarts, ascending."""
    found: list[float] = []
    for number in range(CHANGES):
        path = root / "src" / f"part{number}" / f"folder{number}" / "file0.py"
        path.write_text(f"x = {number}\n")
        written = time.monotonic()
        found.append((watching.wait_for(b"restarting job.1", root) - written) * 1000)
        watching.wait_for(b"job.1 started", root)
    return sorted(found)


def cost_of_writes(watching: Watching, folder: Path) -> float:
    """CPU seconds of procrun while somebody writes two thousand files."""
    before = watching.cpu()
    for number in range(WRITES):
        (folder / f"new{number}.js").write_text("x\n")
    time.sleep(SETTLING)
    return watching.cpu() - before


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """procrun alone: none of its peers watches files."""
    for tool in runners(tools):
        if tool.name == OURS:
            with workplace() as root:
                plant(root)
                yield from figures(tool, root)


def figures(tool: Runner, root: Path) -> Iterator[Sample]:
    """All figures of one round."""
    yield Sample(MEMORY, OURS, memory(tool, root, "--watch") - memory(tool, root))
    with ExitStack() as stack:
        watching = Watching(tool, root, stack, "--watch")
        ready = watching.wait_for(b"for changes", root)
        yield Sample(READY, OURS, ready - watching.begun)
        time.sleep(SETTLING)
        before = switches(watching.own())
        time.sleep(SECONDS)
        yield Sample(WAKE_UPS, OURS, switches(watching.own()) - before)
        found = restarts(watching, root)
        yield Sample(RESTART, OURS, found[len(found) // 2])
        yield Sample(SLOWEST, OURS, found[-1])
        for row, name in ((IN_MODULES, "node_modules"), (IN_IGNORED, "build")):
            folder = root / name / "part0" / "folder0"
            yield Sample(row, OURS, cost_of_writes(watching, folder))
