"""procrun's log while many ask it for something, beside the same without them.

    20 followers    `procrun logs -t`, five of them stopped
    100 of ps       `procrun ps`, all at one time, once in the window: 100 Pythons start at once
    ps in flight    100 `procrun ps` from the beginning to the end: as many as the machine can start
    100 asking      connections that ask for `ps` over the socket, each once a second: what it costs
                    the app alone, without the clients' own start

One app floods all the time. The log's throughput in each window is divided by the mean of the
windows before and after it, in which nobody asks. On a machine of few cores the clients also take
the CPU from the app, so that its own CPU time for the same lines is told as well.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from procrun.control.client import connect, send
from procrun.core.commands import PS, Request
from procrun.value import Value
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import (
    PATIENCE,
    Gate,
    ToolError,
    environment,
    launched,
    of_process,
    producing,
    pss,
    workplace,
)
from tests.benchmarks.producer import WIDTH
from tests.benchmarks.runners import Runner, Tool, runners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 10.0
SETTLING = 0.5
FOLLOWERS = 20
STOPPED = 5
ASKING = 100
TICK = os.sysconf("SC_CLK_TCK")

PLAIN = Row("lines a second while nobody asks", "lines/s")
PLAIN_CPU = Row("the app's CPU for a million lines while nobody asks", "s")
PEAK = Row("peak memory of the app's process with all of them (RSS)", "MB")
SHARED = Row("the same, what is shared counted once (PSS)", "MB")


class Figures(Value):
    """What the app did in a window."""

    lines: float  # a second
    cpu: float  # seconds for a million of them


class App:
    """A running app with one process that floods."""

    def __init__(self, tool: Runner, folder: Path, stack: ExitStack) -> None:
        self.tool = tool
        self.folder = folder
        words = [*tool.start(folder, {"p0": producing("flood", 0, 0, folder)}), "-p", "0"]
        gate = stack.enter_context(Gate(folder))
        process = stack.enter_context(launched(words, folder))
        assert process.stdout
        # In a session of its own, as a terminal is: Linux shares the CPU out by sessions.
        reader = subprocess.Popen(
            ["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL, start_new_session=True
        )
        stack.callback(reader.wait)
        stack.callback(reader.kill)
        self.peak_pss = 0.0
        gate.wait_for(1, process)
        gate.open()
        self.pid = int(of_process(process.pid, f"task/{process.pid}/children").split()[0])

    @property
    def clients(self) -> int:
        """How many sockets the app has open, its listening one included."""
        links = (os.readlink(each) for each in Path(f"/proc/{self.pid}/fd").iterdir())
        return sum(link.startswith("socket:") for link in links)

    def status(self, field: str) -> float:
        """A size in MB from the status of the app's process."""
        for line in of_process(self.pid, "status").decode().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
        raise ToolError(field)

    def _so_far(self) -> tuple[float, int, float]:
        """The time, the bytes read from the producer, the seconds of CPU."""
        fields = of_process(self.pid, "stat").rpartition(b")")[2].split()
        read = dict(line.split(b": ") for line in of_process(self.pid, "io").splitlines())
        return time.monotonic(), int(read[b"rchar"]), sum(map(int, fields[11:13])) / TICK

    @contextmanager
    def window(self) -> Iterator[list[Figures]]:
        """Measure what the app does meanwhile; the figures come at the end."""
        found: list[Figures] = []
        begun, read, cpu = self._so_far()
        yield found
        ended, more, spent = self._so_far()
        lines = (more - read) / WIDTH
        found.append(Figures(lines / (ended - begun), (spent - cpu) / lines * 1e6))

    def alone(self) -> Figures:
        """A window in which nobody asks."""
        with self.window() as found:
            time.sleep(SECONDS / 2)
        return found[0]

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """One of procrun's commands on this app, its output thrown away."""
        return subprocess.Popen(
            [self.tool.path, *words],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def followers(app: App) -> Iterator[None]:
    """Twenty of them, five of which read no longer."""
    before = app.clients
    following = [app.command("logs", "-t") for _ in range(FOLLOWERS)]
    try:
        deadline = time.monotonic() + PATIENCE
        while app.clients < before + FOLLOWERS:
            if time.monotonic() > deadline:
                raise ToolError("not every follower came")
            time.sleep(0.01)
        time.sleep(SETTLING)
        for each in following[:STOPPED]:
            each.send_signal(signal.SIGSTOP)
        time.sleep(SETTLING)
        yield
    finally:
        for each in following:
            each.kill()
            each.wait()


def burst(app: App) -> None:
    """A hundred of `procrun ps` at one time; the rest of the window is rest."""
    end = time.monotonic() + SECONDS
    for each in [app.command("ps") for _ in range(ASKING)]:
        if each.wait():
            raise ToolError("`procrun ps` failed")
    time.sleep(max(0.0, end - time.monotonic()))


def in_flight(app: App) -> None:
    """A hundred of `procrun ps` all the time: for each that ends another begins."""
    end = time.monotonic() + SECONDS
    running = {each.pid: each for each in (app.command("ps") for _ in range(ASKING))}
    while running:
        pid = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid  # type: ignore[union-attr]  # without WNOHANG
        running.pop(pid).wait()
        if time.monotonic() < end:
            another = app.command("ps")
            running[another.pid] = another


def asking(app: App) -> None:
    """A hundred connections, each of which asks after a second and makes place for the next."""
    waiting = deque(connect(str(app.folder)) for _ in range(ASKING))
    begun = time.monotonic()
    for number in range(int(SECONDS * ASKING)):
        time.sleep(max(0.0, begun + number / ASKING - time.monotonic()))
        with waiting.popleft() as client:
            send(client, Request(PS))
            client.recv(1 << 16)
        waiting.append(connect(str(app.folder)))
    for client in waiting:
        client.close()


def rest(_app: App) -> None:
    """Only the followers are there."""
    time.sleep(SECONDS)


LOADS: dict[str, Callable[[App], None]] = {
    "20 followers, 5 of them stopped": rest,
    "the same and 100 `procrun ps` at once": burst,
    "the same and 100 `procrun ps` in flight": in_flight,
    "the same and 100 connections asking for `ps`": asking,
}


def spent_by_clients() -> float:
    """Seconds of CPU of all that was started and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def loaded(app: App, load: Callable[[App], None]) -> tuple[Figures, float]:
    """The figures of a window with clients, and the seconds of CPU of these."""
    before = spent_by_clients()
    with followers(app):
        with app.window() as found:
            load(app)
        app.peak_pss = max(app.peak_pss, pss([app.pid]))
    return found[0], spent_by_clients() - before


def compared(app: App) -> Iterator[Sample]:
    """Each load between two windows without any."""
    name = app.tool.name
    before = app.alone()
    for text, load in LOADS.items():
        figures, spent = loaded(app, load)
        after = app.alone()
        plain = (before.lines + after.lines) / 2
        yield Sample(PLAIN, name, plain)
        yield Sample(PLAIN_CPU, name, (before.cpu + after.cpu) / 2)
        yield Sample(Row(f"throughput with {text}", "%"), name, 100 * figures.lines / plain)
        yield Sample(Row(f"CPU of the app for a million lines with {text}", "s"), name, figures.cpu)
        yield Sample(Row(f"CPU of the clients: {text}", "s"), name, spent)
        before = after
    yield Sample(PEAK, name, app.status("VmHWM"))
    yield Sample(SHARED, name, app.peak_pss)


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: one app under every load in turn."""
    for tool in runners(tools):
        if tool.name == "procrun":
            with workplace() as folder, ExitStack() as stack:
                try:
                    yield from compared(App(tool, folder, stack))
                except ToolError:
                    yield Sample(PLAIN, tool.name, None)
