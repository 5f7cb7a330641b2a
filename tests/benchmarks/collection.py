"""What the pytest plugin costs a suite that does not use it: the time to collect its tests."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import ToolError, workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.runners import Tool

OURS = "procrun"
FILES, PER_FILE = 50, 20
PAIRS = 9
# Of the plugins only ours is loaded, so that nothing else is in the figures.
COLLECT = (sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider")
OTHERS = "hypothesispytest randomly timeout xdist xdist.looponfail".split()

WITHOUT = Row("collecting 1,000 tests with pytest, without the plugin, CPU time", "ms")
RATIO = Row("the same with the plugin installed, divided by that", "x")


def plant(root: Path) -> None:
    """A suite of a thousand tests with a fixture each, and marks on some."""
    for number in range(FILES):
        tests = [
            f"@pytest.mark.skipif(False, reason='')\ndef test_{each}(tmp_path):\n    pass\n"
            for each in range(PER_FILE)
        ]
        text = "import pytest\n\n" + "\n".join(tests)
        (root / f"test_part{number}.py").write_text(text, encoding="utf-8")


def seconds(root: Path, *words: str) -> float:
    """The CPU time of a pytest that collects it all: it waits for nothing."""
    others = [word for name in OTHERS for word in ("-p", f"no:{name}")]
    begin = _of_children()
    done = subprocess.run(
        [*COLLECT, *others, *words], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode or f"{FILES * PER_FILE} tests collected" not in done.stdout:
        raise ToolError(done.stdout + done.stderr)
    return _of_children() - begin


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """Both in turn, several times; the median of all pairs."""
    del tools
    with workplace() as root:
        plant(root)
        seconds(root)  # compiles
        without, ratios = [], []
        for number in range(PAIRS):
            runs = [("-p", "no:procrun"), ("-p", "no:another")]
            first, second = (seconds(root, *words) for words in runs[:: 1 - number % 2 * 2])
            alone, beside = (first, second) if number % 2 == 0 else (second, first)
            without.append(alone * 1000)
            ratios.append(beside / alone)
    yield Sample(WITHOUT, OURS, statistics.median(without))
    yield Sample(RATIO, OURS, statistics.median(ratios))
