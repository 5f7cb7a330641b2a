"""A web process that never listens on its port: nothing but its readiness suffers from that."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Running, Starter

STARTING = "starting"
SILENT = "trap 'echo usr1' USR1; trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"


@pytest.fixture
def app(procrun: Starter) -> Running:
    """Start an app whose web process does not listen."""
    running = procrun(
        *("start", "-p", "0", "-t", "1", "--no-timestamp"), procfile=f"web: {SILENT}\n"
    )
    running.wait_for(re.compile(r"web\.1 +\| ready$"))
    return running


def rows(procrun: Starter) -> list[dict[str, object]]:
    """What `ps --json` prints."""
    status, output = procrun("ps", "--json").finish()
    assert status == 0, output
    found: list[dict[str, object]] = json.loads(output)
    return found


def ps(procrun: Starter, app: Running) -> None:
    """It has a pid, a port and a state."""
    (row,) = rows(procrun)
    status, table = procrun("ps").finish()

    assert row["state"] == STARTING
    assert row["pid"] == processes.leader(app, "web.1")
    assert row["port"]
    assert status == 0
    assert re.search(r"^web\.1 +starting \(its port is not open yet\) ", table, re.MULTILINE)


def logs(procrun: Starter, _app: Running) -> None:
    """What it writes is there."""
    status, output = procrun("logs", "-d", "web.1").finish()

    assert status == 0
    assert output.rstrip().endswith("app[web.1]: ready")


def restart(procrun: Starter, app: Running) -> None:
    """It gets a new process."""
    before = rows(procrun)[0]["pid"]
    status, output = procrun("restart", "web").finish()
    (row,) = rows(procrun)
    app.wait_for("| ready", times=2)

    assert (status, row["restarts"]) == (0, 1), output
    assert row["state"] == STARTING
    assert row["pid"] != before


def stop(procrun: Starter, _app: Running) -> None:
    """It goes down and stays there, and starts again by name."""
    assert procrun("stop", "web").finish() == (0, "web.1 stopped\n")
    assert rows(procrun)[0]["state"] == "down"
    assert procrun("restart", "web").finish()[0] == 0
    assert rows(procrun)[0]["state"] == STARTING


def scale(procrun: Starter, app: Running) -> None:
    """More of it come, and go."""
    status, output = procrun("scale", "web=3").finish()
    app.wait_for("| ready", times=3)

    assert status == 0, output
    assert [row["name"] for row in rows(procrun)] == ["web.1", "web.2", "web.3"]
    assert {row["state"] for row in rows(procrun)} == {STARTING}
    assert procrun("scale", "web=1").finish()[0] == 0
    assert [row["name"] for row in rows(procrun)] == ["web.1"]


def kill(procrun: Starter, app: Running) -> None:
    """It gets any signal."""
    status, output = procrun("kill", "-s", "USR1", "web").finish()
    app.wait_for("| usr1")

    assert (status, output) == (0, "web.1 was sent SIGUSR1\n")


def stop_all(procrun: Starter, app: Running) -> None:
    """The app ends."""
    assert procrun("stop").finish() == (0, "the app has stopped\n")
    assert app.finish()[0] == 0


def interrupt(_procrun: Starter, app: Running) -> None:
    """So it does by Ctrl-C."""
    app.signal(signal.SIGINT)
    assert app.finish()[0] == 130


@pytest.mark.parametrize(
    "works",
    [ps, logs, restart, stop, scale, kill, stop_all, interrupt],
    ids=lambda works: works.__name__,
)
def test_while_a_web_process_does_not_listen_everything_works(
    procrun: Starter, app: Running, works: Callable[[Starter, Running], None]
) -> None:
    """Whether it is shown as starting or as up."""
    works(procrun, app)
