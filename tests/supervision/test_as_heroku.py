"""The life of a dyno as Heroku has it, with real processes and the clock of the test."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.core.launch import Launch
from procrun.core.lifecycle import Event, State
from procrun.core.log import PROCRUN
from procrun.core.memory_quota import MB
from procrun.core.names import DynoName
from procrun.core.readiness import Readiness, Sign
from procrun.core.restart import cool_off_as_heroku
from procrun.core.wording_heroku import AsHeroku
from procrun.settings import resolve
from procrun.supervisor.conduct import Conduct
from procrun.supervisor.upkeep import Cycling, Memory, attend
from procrun.system.listeners import free
from tests import leaks
from tests.supervision import processes
from tests.supervision.stage import GRACE, STAY, STUBBORN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.supervision.stage import Stage

    Make = Callable[..., Stage]

SCALE = GRACE / 30
BOOT_TIMEOUT = 60 * SCALE
AS_HEROKU = Conduct(AsHeroku(SCALE), cool_off_as_heroku, SCALE)
R12 = "Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM"
R10 = "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch"
HELD = 60 * MB
# Keeps that much, which it has written to.
GREEDY = (
    f"""exec python -c 'kept = bytearray(b"x") * {HELD}; print("ready", flush=True); input()'"""
)


@pytest.fixture
def stage(stages: Make) -> Stage:
    """A stage where all that crashes is started again."""
    found: Stage = stages(restart=("a", "b", "web"), conduct=AS_HEROKU)
    return found


def started(command: str) -> str:
    """The line of a start."""
    return f"Starting process with command `{command}`"


def become(before: str, after: str) -> str:
    """The line of a change."""
    return f"State changed from {before} to {after}"


def pid(stage: Stage, place: int = 0) -> int:
    """The pid of a dyno's process."""
    child = stage.supervisor.slots[place].child
    assert child is not None
    return child.pid


def see_end(stage: Stage, place: int = 0) -> None:
    """Wait for the end of a dyno's process, and let the supervisor take notice."""
    assert leaks.exits(pid(stage, place), processes.PATIENCE)
    stage.supervisor.reap()


def crash(stage: Stage) -> None:
    """Kill the process of the first dyno, and let the supervisor take notice."""
    os.kill(pid(stage), signal.SIGKILL)
    see_end(stage)


def test_a_dyno_lives_in_the_words_of_production(stage: Stage) -> None:
    """Started, restarted, scaled down."""
    stage.start(STAY)
    stage.wait_for("ready")
    slots = stage.supervisor.slots
    stage.supervisor.command(slots, Event.RESTART)
    see_end(stage)
    stage.wait_for("ready", times=2)
    stage.supervisor.retire(slots)
    see_end(stage)

    assert stage.log.about("a.1") == [
        started(STAY),
        become("starting", "up"),
        "Restarting",
        become("up", "starting"),
        "Stopping all processes with SIGTERM",
        "Process exited with status 143",
        started(STAY),
        become("starting", "up"),
        become("up", "down"),
        "Stopping all processes with SIGTERM",
        "Process exited with status 143",
    ]
    assert stage.log.about(PROCRUN) == []


def test_what_exits_by_itself_has_crashed(stage: Stage) -> None:
    """With status 0, too; the first time it is started again at once."""
    stage.start("exit 0")
    see_end(stage)
    stage.pass_time(0)
    see_end(stage)
    once = [
        started("exit 0"),
        become("starting", "up"),
        "Process exited with status 0",
        become("up", "crashed"),
    ]

    assert stage.log.about("a.1") == [*once, become("crashed", "starting"), *once]
    assert stage.log.about(PROCRUN) == ["a.1 starts again in 6.7 s"]
    stage.supervisor.command(stage.supervisor.slots, Event.STOP)
    assert stage.log.about("a.1")[-1] == become("crashed", "down")


def test_each_crash_in_a_row_rests_as_on_heroku(stage: Stage) -> None:
    """Not a moment less; a minute of Heroku's time makes the earlier ones forgotten."""
    stage.start(STAY)
    rests = [0.0, 20.0, 40.0, 60.0, 180.0, 320.0, 320.0]
    for crashes, seconds in enumerate(rests, 1):
        crash(stage)
        stage.pass_time(seconds * SCALE - 0.01 * bool(seconds))
        assert stage.supervisor.slots[0].starts == crashes + (not seconds)
        stage.pass_time(0.02)
        assert stage.supervisor.slots[0].starts == crashes + 1
    stage.pass_time(60 * SCALE)
    crash(stage)
    stage.pass_time(0)

    assert stage.supervisor.slots[0].starts == len(rests) + 2


@pytest.mark.parametrize("event", [Event.RESTART, Event.START])
def test_whoever_starts_a_dyno_has_its_crashes_forgotten(stage: Stage, event: Event) -> None:
    """By hand or by a new release."""
    stage.start(STAY)
    for _ in range(3):
        crash(stage)
        stage.pass_time(0 if stage.supervisor.slots[0].crashes == 1 else 40 * SCALE)
    crash(stage)
    assert stage.supervisor.slots[0].crashes == 4
    stage.supervisor.command(stage.supervisor.slots, event)
    crash(stage)
    stage.pass_time(0)

    assert stage.supervisor.slots[0].dyno.state is State.UP


def test_who_is_late_is_killed_with_all_that_is_left(stage: Stage) -> None:
    """R12, after the grace; a process below the first one is reason enough."""
    stage.start(STUBBORN, f"({STUBBORN}) & echo here; exec sleep 60")
    stage.wait_for("ready", times=2)
    stage.wait_for("here")
    stage.supervisor.stop()
    see_end(stage, 1)
    stage.pass_time(GRACE - 0.1)
    assert R12 not in stage.log.lines
    stage.pass_time(0.2)
    see_end(stage, 0)

    ends = [become("up", "down"), "Stopping all processes with SIGTERM"]
    late = [R12, "Stopping remaining processes with SIGKILL"]
    assert stage.log.about("a.1")[2:] == [*ends, *late, "Process exited with status 137"]
    assert stage.log.about("b.1")[2:] == [*ends, "Process exited with status 143", *late]


def web(port: int, command: str = STAY) -> Launch:
    """What launches a web dyno that must bind its port in time."""
    environment = {**os.environ, "PORT": str(port)}
    ready = Readiness(Sign.PORT, routed=True)
    return Launch(
        DynoName("web", 1),
        command,
        environment,
        port,
        GRACE,
        signal.SIGTERM,
        ready,
        boot_timeout=BOOT_TIMEOUT,
    )


def test_web_that_does_not_bind_its_port_in_time_has_crashed(stage: Stage) -> None:
    """R10, and the reason; whoever only listens on ::1 is reached by no router."""
    with socket.socket(socket.AF_INET6) as server:
        try:
            server.bind(("::1", 0))
        except OSError:
            pytest.skip("has no IPv6")
        server.listen()
        stage.launch(web(server.getsockname()[1]))
        stage.wait_for("ready")
        stage.pass_time(BOOT_TIMEOUT - 0.1)
        assert R10 not in stage.log.lines
        stage.pass_time(0.2)
        see_end(stage)

    assert stage.log.about("web.1")[1:] == [
        R10,
        "Stopping process with SIGKILL",
        "Process exited with status 137",
        become("starting", "crashed"),
    ]
    slot = stage.supervisor.slots[0]
    assert slot.crashes == 1
    assert slot.incarnation.code == 137
    why = f"its port is not open yet; it listens on nothing, PORT is {slot.launch.port}"
    assert stage.log.about(PROCRUN)[-1] == f"web.1 is not up: {why}"
    stage.pass_time(0)
    assert stage.log.about("web.1")[-2] == become("crashed", "starting")
    stage.pass_time(BOOT_TIMEOUT)
    see_end(stage)
    assert stage.log.about(PROCRUN)[-1] == "web.1 starts again in 6.7 s"


def test_web_that_is_up_in_time_has_no_more_to_fear(stage: Stage) -> None:
    """However long it runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stage.launch(web(server.getsockname()[1]))
        while become("starting", "up") not in stage.log.lines:
            stage.pass_time(0.01)
    stage.pass_time(BOOT_TIMEOUT * 2)

    assert R10 not in stage.log.lines
    assert stage.supervisor.slots[0].dyno.state is State.UP


@pytest.mark.parametrize(
    ("quota", "ends"),
    [
        pytest.param(HELD * 2, None, id="enough"),
        pytest.param(HELD * 3 // 4, "Error R14 (Memory quota exceeded)", id="R14"),
        pytest.param(HELD // 2, "Error R15 (Memory quota vastly exceeded)", id="R15"),
    ],
)
def test_who_needs_more_memory_than_it_may_is_told(
    stage: Stage, quota: int, ends: str | None
) -> None:
    """At each look; who needs twice as much is killed, and has crashed."""
    Memory(stage.supervisor, stage.loop, lambda _type: quota, 20 * SCALE)
    stage.start(GREEDY)
    stage.wait_for("ready")
    stage.pass_time(20 * SCALE - 0.1)
    before = len(stage.log.about("a.1"))
    stage.pass_time(0.2)
    if ends and "R15" in ends:
        see_end(stage)
    told = stage.log.about("a.1")[before:]

    assert told[1:2] == ([ends] if ends else [])
    assert all(line.startswith("Process running mem=") for line in told[:1])
    killed = ["Stopping process with SIGKILL", "Process exited with status 137"]
    assert told[2:] == ([*killed, become("up", "crashed")] if ends and "R15" in ends else [])


def test_a_dyno_is_restarted_once_a_day(stage: Stage) -> None:
    """A day after its last start, whoever brought that about."""
    Cycling(stage.supervisor, stage.loop, lambda: 100.0)
    stage.start(STAY)
    stage.wait_for("ready")
    stage.pass_time(60)
    stage.supervisor.command(stage.supervisor.slots, Event.RESTART)
    see_end(stage)
    stage.wait_for("ready", times=2)
    stage.pass_time(99)
    assert "Cycling" not in stage.log.lines
    stage.pass_time(2)
    see_end(stage)

    cycling = ["Cycling", become("up", "starting"), "Stopping all processes with SIGTERM"]
    assert stage.log.about("a.1")[-6:-3] == cycling
    assert stage.supervisor.slots[0].starts == 3
    stage.supervisor.retire(stage.supervisor.slots)
    see_end(stage)
    assert stage.supervisor.slots == []


def test_whoever_asks_for_it_has_dynos_looked_after(stage: Stage) -> None:
    """As the settings say: a day, faster here, and up to 216 minutes more."""
    scale = 0.01
    settings = resolve({"heroku": True, "cycle": True, "time_scale": str(scale)}, {})
    attend(settings, stage.supervisor, stage.loop)
    stage.start(STAY)
    stage.wait_for("ready")
    stage.pass_time(24 * 3600 * scale - 1)
    assert "Cycling" not in stage.log.lines
    stage.pass_time(216 * 60 * scale + 2)

    assert "Cycling" in stage.log.lines


def test_what_helps_at_a_desk_is_procruns(stages: Make) -> None:
    """And not Heroku's: what one waits for."""
    stage: Stage = stages(conduct=AS_HEROKU)
    (port,) = free(1)
    late = Launch(
        DynoName("b", 1), STAY, dict(os.environ), 0, GRACE, signal.SIGTERM, after=("web",)
    )
    stage.launch(web(port), late)

    assert stage.log.about(PROCRUN) == ["b.1 waits for web"]
    assert stage.log.about("b.1") == []
