"""An app that belongs to a process ends with it, however that goes."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests import leaks
from tests.running import Starter
from tests.supervision.processes import PATIENCE, SOAK, mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Running
    from tests.testing.apps import Example

OWNER = f"""
import sys, time
import procrun.testing
print("begins", flush=True)
with procrun.testing.app(processes="web worker", pass_env=["{leaks.MARK}"]) as app:
    print("is ready", flush=True)
    {{during}}
    print("ends", flush=True)
print("has ended", flush=True)
"""
WAIT = "sys.stdin.read() or time.sleep(60)"


@pytest.fixture
def own(example: Example, tmp_path: Path) -> Iterator[Starter]:
    """Start programs that own the example; their temporary folder is `elsewhere`."""
    (tmp_path / "elsewhere").mkdir()
    with Starter((sys.executable, "-c"), example.root) as start:
        start.variables["TMPDIR"] = str(tmp_path / "elsewhere")
        yield start


def nothing_is_left(own: Starter) -> bool:
    """Whether all processes end in good time, and no file stays."""
    deadline = time.monotonic() + PATIENCE
    for process in leaks.marked(mark(), own.folder):
        if process.pid != os.getpid() and not leaks.exits(process.pid, deadline - time.monotonic()):
            return False
    return not any((own.folder / "elsewhere").iterdir())


def kill(owner: Running) -> None:
    """As nothing can be helped against."""
    owner.signal(signal.SIGKILL)
    owner.finish()


def test_an_owner_that_is_killed_leaves_nothing(own: Starter) -> None:
    """The app ends gracefully by itself."""
    owner = own(OWNER.format(during=WAIT))
    owner.wait_for("is ready")
    kill(owner)

    assert nothing_is_left(own)


@pytest.mark.parametrize(
    "during",
    [
        "app.run('sleep 60; true')",
        "app.run([sys.executable, '-c', 'import os, time; os.setsid(); time.sleep(60)'])",
        "app.scale(worker=3)",
        "app.wait_for_log('never', 60)",
        "app.stop()",
    ],
)
def test_so_does_one_that_is_killed_while_it_does_something(own: Starter, during: str) -> None:
    """A one-off ends as the app does."""
    owner = own(OWNER.format(during=f"print('doing', flush=True); {during}; {WAIT}"))
    owner.wait_for("doing")
    kill(owner)

    assert nothing_is_left(own)


def killed_at_a_random_moment(own: Starter) -> str:
    """What the owner had said by then."""
    owner = own(OWNER.format(during=""))
    owner.wait_for("begins")
    leaks.exits(owner.pid, random.uniform(0, 0.4))  # noqa: S311 - no secret
    kill(owner)
    assert nothing_is_left(own), owner.output
    return owner.output


@pytest.mark.parametrize(
    "times", [pytest.param(2, id="twice"), pytest.param(20, id="20 times", marks=SOAK)]
)
def test_at_any_moment(own: Starter, times: int) -> None:
    """While it starts the app, while that runs, while it ends."""
    for _ in range(times):
        killed_at_a_random_moment(own)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_that_end_the_owner_end_the_app(own: Starter, number: int) -> None:
    """Be it with Python's own clean-up or without."""
    owner = own(OWNER.format(during=WAIT))
    owner.wait_for("is ready")
    owner.signal(number)
    owner.finish()

    assert nothing_is_left(own)


def test_a_fork_that_lives_on_does_not_keep_the_app(own: Starter) -> None:
    """As multiprocessing makes them: it has let go of the lifeline."""
    during = """
    import os
    if os.fork() == 0:
        print("fork", os.getpid(), flush=True)
        time.sleep(60)
    time.sleep(60)
    """
    owner = own(OWNER.format(during=during))
    fork = int(owner.wait_for("fork ").split()[1])
    app = [each for each in leaks.marked(mark(), own.folder) if each.pid not in (owner.pid, fork)]
    assert len(app) >= 3  # web, worker and at least one of the host's
    os.kill(owner.pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE

    assert all(leaks.exits(process.pid, deadline - time.monotonic()) for process in app)
    os.kill(fork, signal.SIGKILL)
    owner.finish()


def test_an_owner_may_have_more_files_open_than_select_takes(own: Starter) -> None:
    """As a suite under coverage, with a browser and its sockets, may."""
    many = """
import os, resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
first = os.open(os.devnull, os.O_RDONLY)
assert max(os.dup(first) for _ in range(1100)) > 1024
"""
    during = "assert app.run('echo x').stdout == 'x\\n'; app.restart(); app.wait_for_log('begins')"
    owner = own(many + OWNER.format(during=during))

    status, output = owner.finish()
    assert (status, output.splitlines()[-1]) == (0, "has ended")


def test_the_host_may_be_killed_itself(own: Starter) -> None:
    """Its other process ends the app, and the owner is told."""
    during = """
    import os, signal
    from procrun.testing import AppFailed
    os.kill(app.pid, signal.SIGKILL)
    os.waitid(os.P_PID, app.pid, os.WEXITED | os.WNOWAIT)
    try:
        while True: app.processes
    except AppFailed as error:
        print("told:", error, flush=True)
    """
    owner = own(OWNER.format(during=during))
    owner.wait_for("told: the process that ran the app (pid ")
    owner.wait_for("has ended", times=2)
    assert owner.finish()[0] == 0

    assert nothing_is_left(own)


def test_a_host_that_says_nothing_is_killed(own: Starter) -> None:
    """As one that somebody has suspended; what it ran is ended, and the end is unknown."""
    during = """
    import psutil
    from procrun.testing import host
    host._LEAST_PATIENCE = 0.1
    psutil.Process(app.pid).suspend()
    inner, = psutil.Process(app.pid).children()
    inner.suspend()
    report = app.stop()
    assert not report.is_known
    assert not report.graceful
    """
    (own.folder / "procrun.toml").write_text("timeout = 0.2\n", encoding="utf-8")
    owner = own(OWNER.format(during=during))

    assert owner.finish()[0] == 0
    assert nothing_is_left(own)


def test_the_folder_goes_when_owner_and_host_are_killed(own: Starter) -> None:
    """The guardian is left, and removes it."""
    owner = own(OWNER.format(during=f"print('host', app.pid, flush=True); {WAIT}"))
    guardian = int(owner.wait_for("host ").split()[1])
    hosts = [each for each in leaks.marked(mark(), own.folder) if each.ppid() == guardian]
    for host in hosts:
        host.kill()
    owner.signal(signal.SIGKILL)
    owner.finish()

    assert len(hosts) == 1
    assert nothing_is_left(own)


def test_a_folder_that_cannot_be_written_is_told(own: Starter) -> None:
    """With the place, the reason and what to do."""
    (own.folder / "no folder").write_text("", encoding="utf-8")
    program = """
import procrun.testing
from procrun.errors import ProcrunError
from procrun.testing import starting
found = starting.order_of
starting.order_of = lambda setup: found(setup).replace(folder="no folder/app")
try:
    with procrun.testing.app():
        pass
except ProcrunError as error:
    print("told:", error, error.problems[0].hint)
"""
    status, output = own(program).finish()

    assert status == 0
    assert "told: no folder/app can't be written: Not a directory" in output
    assert "TMPDIR says where" in output


def test_a_host_that_hangs_keeps_nobody_waiting(own: Starter) -> None:
    """Be it in the middle of the start; all that it ran is ended, and its folder removed."""
    script = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(60)\n"
    (own.folder / "web.py").write_text(script, encoding="utf-8")
    (own.folder / "procrun.toml").write_text("timeout = 0.2\n", encoding="utf-8")
    program = f"""
import procrun.testing
from procrun.control import client
from procrun.testing import host, log_reading, reach
host._LEAST_PATIENCE = reach._MORE_PATIENCE = client._PATIENCE = log_reading._PATIENCE = 0.1
try:
    with procrun.testing.app(timeout=0.3, pass_env=["{leaks.MARK}"]):
        pass
except procrun.testing.AppFailed as error:
    print("told:", error.reason)
"""
    status, output = own(program).finish()

    assert status == 0
    assert re.search("told: the (app|process that runs the app .*) does not answer", output)
    assert nothing_is_left(own)


def test_an_interrupted_stop_goes_on_at_the_next(own: Starter) -> None:
    """As a timeout, or Ctrl-C, interrupts it; others who stop it meanwhile get the same report."""
    during = """
    import signal
    from concurrent.futures import ThreadPoolExecutor
    app.wait_for_log("deaf")
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        app.stop()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    with ThreadPoolExecutor() as threads:
        reports = list(threads.map(lambda _: app.stop(), range(3)))
    assert reports[0] is reports[1] is reports[2]
    print(reports[0].is_known, reports[0].forced, "deaf" in app.logs(), flush=True)
    """
    deaf = "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    (own.folder / "worker.py").write_text(f"{deaf}while True: signal.pause()\n", encoding="utf-8")
    (own.folder / "procrun.toml").write_text("timeout = 2\n", encoding="utf-8")
    status, output = own(OWNER.format(during=during)).finish()

    assert status == 0
    assert "interrupted" in output
    assert "True ('worker.1',) True" in output
    assert nothing_is_left(own)
