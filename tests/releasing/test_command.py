"""The release command with real processes and the clock of the test."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from procrun.core.config_vars import ConfigVars
from procrun.core.launch import Launch
from procrun.core.lifecycle import Event
from procrun.core.names import DynoName
from procrun.core.policy import Policy
from procrun.core.procfile import parse
from procrun.core.readiness import LAUNCHED, usual
from procrun.launcher import Launcher
from procrun.releasing.command import ReleaseCommand, Result, launch_of
from procrun.releasing.output import Output
from procrun.settings import resolve
from tests.supervision.stage import Stage, named

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 3600.0
STAY = "echo ready; exec sleep 60"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a supervisor of nothing."""
    made = Stage(Policy(named(), named()))
    yield made
    made.close()


def run(stage: Stage, command: str) -> tuple[ReleaseCommand, list[Result]]:
    """Run a release command; how it ended will be in the list."""
    results: list[Result] = []
    release = ReleaseCommand(stage.supervisor, stage.loop, Output(), LIMIT)
    name = DynoName("release", 7)
    launch = Launch(name, command, dict(os.environ), 5000, 10.0, signal.SIGTERM)
    release.run(launch, results.append)
    return release, results


@pytest.mark.parametrize(
    ("command", "code", "end"),
    [
        ("true", 0, "exited with status 0"),
        ("exit 3", 3, "exited with status 3"),
        ("kill -9 $$", 137, "killed by SIGKILL"),
    ],
)
def test_it_passes_with_status_0_alone(stage: Stage, command: str, code: int, end: str) -> None:
    """Once; then it is forgotten."""
    release, results = run(stage, command)
    assert release.runs

    stage.see_end("release.7")

    assert results == [Result(code == 0, code, f"release.7 {end}", b"")]
    assert not release.runs
    assert stage.supervisor.slots == []


def test_it_has_a_limit(stage: Stage) -> None:
    """Then it is killed with all it has started, and asked nothing."""
    _release, results = run(stage, f"trap '' TERM; setsid sh -c '{STAY}' & exec sleep 60")
    stage.wait_for("ready")
    stage.pass_time(LIMIT - 1)
    assert results == []

    stage.pass_time(1)
    stage.see_end("release.7")
    while not results:  # pytest's own limit ends it
        stage.pass_time(0.06)  # so often the supervisor looks for what is left

    words = "release.7 did not end within 1 h"
    assert results == [Result(passed=False, code=137, words=words, output=b"")]


def test_who_stops_it_makes_it_fail(stage: Stage) -> None:
    """Though it may take that well."""
    _release, results = run(stage, "trap 'exit 0' TERM; echo ready; read nothing")
    stage.wait_for("ready")

    stage.supervisor.command(list(stage.supervisor.slots), Event.STOP)
    stage.see_end("release.7")

    words = "release.7 was stopped"
    assert results == [Result(passed=False, code=1, words=words, output=b"")]


def test_it_is_launched_as_a_dyno_that_waits_for_nobody() -> None:
    """On the port of its type, whatever its number, with up to four digits."""
    procfile = parse("web: true\nrelease: migrate\n", "Procfile")
    settings = resolve({"after": "web", "ready": "port"}, {})
    config = ConfigVars({"A": "1"}, {})
    launcher = Launcher(settings, procfile, config, 5000, usual, colour=False)

    launch = launch_of(launcher)

    assert 0 < launch.name.number < 10000
    assert (launch.port, launch.environment["PORT"], launch.environment["A"]) == (5100, "5100", "1")
    assert (launch.command, launch.after, launch.ready) == ("migrate", (), LAUNCHED)
