"""An app for a test: what it costs to start and stop it, and how soon a test hears of it.

Beside it, as `python`: the same web process started with Popen by who knows when it is ready, and
stopped with SIGTERM. What is above that is the price.
"""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import procrun.testing
from procrun.testing import AppFailed
from tests.apps import STAY, Example, script
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import environment, workplace
from tests.benchmarks.startup import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.runners import Tool

REPEATS = 5
START = Row("an app of two processes for a test, until its test begins", "ms")
STOP = Row("the same, from the end of the test until it is gone", "ms")
NOTICED = Row("from the bind of its port until its test begins", "ms")
SLOWLY_NOTICED = Row("the same of an app that takes 2 s to bind", "ms")
DEATH = Row("an app that dies at import, until its test fails", "ms")


def with_app(folder: Path) -> tuple[float, float, float]:
    """Seconds to start an app and to stop it, and from its bind until it was there."""
    begun = time.monotonic()
    with procrun.testing.app(folder, "web worker") as app:
        started, now = time.monotonic() - begun, time.time()
        bound = float(app.logs("web")[0].split()[1])
        begun = time.monotonic()
    return started, time.monotonic() - begun, now - bound


def with_popen(web: str) -> tuple[float, float]:
    """The same without procrun: the web process alone, ready when it says so."""
    begun = time.monotonic()
    process = subprocess.Popen(
        ["sh", "-c", web], stdout=subprocess.PIPE, env=environment({"PORT": free_port()})
    )
    with process:
        assert process.stdout
        process.stdout.readline()
        started = time.monotonic() - begun
        begun = time.monotonic()
        process.terminate()
        process.wait()
    return started, time.monotonic() - begun


def until_told(folder: Path) -> float:
    """Seconds from the start of an app that dies until its test knows."""
    begun = time.monotonic()
    try:
        with procrun.testing.app(folder, "web"):
            raise AssertionError("it was to die")
    except AppFailed:
        return time.monotonic() - begun


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: the app and the bare process in turn, a few times over."""
    ours = {tool.name for tool in tools} & {"procrun"}
    os.environ.update(environment())  # what an app inherits finds its processes
    for _ in range(REPEATS if ours else 0):
        yield from _round()


def _round() -> Iterator[Sample]:
    with workplace() as folder:
        example = Example(folder)
        web = script(f"{folder}/server.py", "127.0.0.1", "$PORT", "bound")
        example.procfile(web=web, worker=STAY)
        started, stopped, noticed = with_app(folder)
        bare_start, bare_stop = with_popen(web)
        for row, ours, bare in ((START, started, bare_start), (STOP, stopped, bare_stop)):
            yield Sample(row, "procrun", ours * 1000)
            yield Sample(row, "python", bare * 1000)
        yield Sample(NOTICED, "procrun", noticed * 1000)
        example.procfile(web=f"sleep 2; {web}", worker=STAY)
        yield Sample(SLOWLY_NOTICED, "procrun", with_app(folder)[2] * 1000)
        example.procfile(web=script("-c", "'import nothing'"))
        yield Sample(DEATH, "procrun", until_told(folder) * 1000)
