"""From the command line to the first effect: `run`, `start`, and 200 processes at once."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import end_all, environment, launched, wait_for_end, workplace
from tests.benchmarks.runners import Python, Runner, Tool
from tests.benchmarks.sinks import read_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

REPEATS = 5
MANY = 200
WORD = b"here-i-am"
SPEAK = f"echo {WORD.decode()}"
SPEAK_AND_STAY = f"{SPEAK}; exec sleep 1000"
ENV_FILE = "DEBUG=1\nDATABASE_URL=postgres://localhost/app\nSECRET_KEY='not so secret'\n"

RUN = Row("`run true` without an env file", "ms")
RUN_ENV = Row("`run true` with a `.env`", "ms")
FIRST_LINE = Row("`start` to the first line of an `echo`", "ms")
PS = Row("`ps` of a running app; python: `import psutil`", "ms")
TOGETHER = Row(f"{MANY} processes, until each has printed a line", "ms")


def free_port() -> str:
    """A port for the web process, so that nothing of this machine is in its way."""
    with socket.create_server(("", 0)) as server:
        return str(server.getsockname()[1])


def run_true(tool: Runner | Python, env_file: str = "") -> float:
    """Seconds from the start of the tool to its end."""
    with workplace() as folder:
        if env_file:
            (folder / ".env").write_text(env_file)
        return _seconds(tool.run("true"), folder)


def first_line(tool: Runner | Python) -> float:
    """Seconds from the start of the tool to its process' first line."""
    if isinstance(tool, Python):
        return run_true(tool)
    with workplace() as folder:
        words = tool.start(folder, {"web": SPEAK})
        port = {"PORT": free_port()}
        begun = time.monotonic()
        with launched(words, folder, extra=port) as process:
            assert process.stdout
            return read_until(process.stdout.fileno(), WORD) - begun


def ps(tool: Runner | Python) -> float:
    """Seconds from the start of `ps` to its end; of Python, of what it can't do without."""
    with workplace() as folder:
        if isinstance(tool, Python):
            return _seconds([tool.path, "-c", "import psutil"], folder)
        words = tool.start(folder, {"one": SPEAK_AND_STAY, "two": SPEAK_AND_STAY})
        with launched(words, folder) as process:
            assert process.stdout
            read_until(process.stdout.fileno(), WORD, 2)
            return _seconds([tool.path, "ps"], folder)


def _seconds(words: list[str], folder: Path) -> float:
    begun = time.monotonic()
    with launched(words, folder, subprocess.DEVNULL) as process:
        ended = wait_for_end(process)
        return ended - begun if process.returncode == 0 else math.inf


def together(tool: Runner | Python) -> float:
    """Seconds from the start of the tool to the first line of the last process."""
    if isinstance(tool, Python):
        return bare_together()
    with workplace() as folder:
        words = tool.start(folder, {f"p{i}": SPEAK_AND_STAY for i in range(MANY)})
        begun = time.monotonic()
        with launched(words, folder) as process:
            assert process.stdout
            return read_until(process.stdout.fileno(), WORD, MANY) - begun


def bare_together() -> float:
    """The same without a runner: subprocess.Popen 200 times, all on one pipe."""
    reader, writer = os.pipe()
    children: list[subprocess.Popen[bytes]] = []
    try:
        surroundings = environment()
        begun = time.monotonic()
        children.extend(
            subprocess.Popen(["sh", "-c", SPEAK_AND_STAY], stdout=writer, env=surroundings)
            for _ in range(MANY)
        )
        return read_until(reader, WORD, MANY) - begun
    finally:
        end_all()
        for child in children:
            child.wait()
        os.close(reader)
        os.close(writer)


def each(
    row: Row, tools: Sequence[Tool], seconds_of: Callable[[Runner | Python], float]
) -> Iterator[Sample]:
    """The row's figure of every tool in turn."""
    for tool in tools:
        if isinstance(tool, Runner | Python):
            seconds = seconds_of(tool)
            yield Sample(row, tool.name, None if seconds == math.inf else seconds * 1000)


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: `run` and `start` of one process, every tool in turn, a few times over."""
    for _ in range(REPEATS):
        yield from each(RUN, tools, run_true)
        yield from each(RUN_ENV, tools, lambda tool: run_true(tool, ENV_FILE))
        yield from each(FIRST_LINE, tools, first_line)
        able = [tool for tool in tools if isinstance(tool, Python) or tool.name == "procrun"]
        yield from each(PS, able, ps)


def measure_together(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: 200 processes, every tool in turn."""
    yield from each(TOGETHER, tools, together)
