"""Types that are started after others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Starter

    Gate = Callable[[str], Callable[[], None]]
    States = Callable[[], dict[str, tuple[str, str]]]

STAY = "exec sleep 60"
DB = f"read x < go; echo serving; {STAY}"
AFTER = "[types.db]\nready = 'log:serving'\n[types.web]\nready = 'launched'\nafter = ['db']\n"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings file; web comes after db."""
    path = tmp_path / "procrun.toml"
    path.write_text(AFTER)
    return path


@pytest.mark.usefixtures("settings")
def test_a_type_waits_for_another(procrun: Starter, gate: Gate, states: States) -> None:
    """It says so, in the log and in `ps`, and starts when the other is up."""
    open_gate = gate("go")
    running = procrun("start", procfile=f"web: {STAY}\ndb: {DB}\n")
    running.wait_for("web.1 waits for db")
    running.wait_for("db.1 started")
    before = states()
    _, table = procrun("ps").finish()
    open_gate()
    running.wait_for("web.1 started")

    assert before == {"web.1": ("down", "waits for db"), "db.1": ("starting", before["db.1"][1])}
    assert re.search(r"web\.1 +down \(waits for db\) ", table)
    assert states() == {"web.1": ("up", ""), "db.1": ("up", "")}


def test_all_wait_for_what_is_named_for_all(
    procrun: Starter, gate: Gate, states: States, tmp_path: Path
) -> None:
    """Except for those that are waited for."""
    open_gate = gate("go")
    (tmp_path / "procrun.toml").write_text("after = ['db']\n[types.db]\nready = 'log:serving'\n")
    running = procrun("start", procfile=f"clock: {STAY}\nworker: {STAY}\ndb: {DB}\n")
    running.wait_for("db.1 started")
    waiting = [name for name, (_state, why) in states().items() if why == "waits for db"]
    open_gate()
    running.wait_for("clock.1 started")
    running.wait_for("worker.1 started")

    assert waiting == ["clock.1", "worker.1"]


def test_a_chain_starts_in_order(procrun: Starter, tmp_path: Path) -> None:
    """Each when the one before it is up."""
    (tmp_path / "procrun.toml").write_text(
        "[types.c]\nafter = ['b']\n[types.b]\nafter = ['a']\nready = 'log:two'\n"
        "[types.a]\nready = 'command:true'\n"
    )
    running = procrun("start", procfile=f"c: {STAY}\nb: echo two; {STAY}\na: {STAY}\n")
    running.wait_for("c.1 started")
    started = re.findall(r"([abc])\.1 started", running.output)

    assert started == ["a", "b", "c"]


@pytest.mark.usefixtures("settings")
def test_every_dyno_of_a_type_is_waited_for(procrun: Starter, gate: Gate, states: States) -> None:
    """One that is up is not enough."""
    open_first, open_second = gate("db.1"), gate("db.2")
    procfile = f"web: {STAY}\ndb: {DB.replace('go', '$PS')}\n"
    running = procrun("start", "-c", "db=2", procfile=procfile)
    running.wait_for("db.2 started")
    open_first()
    running.wait_for("db.1 is up")
    before = states()["web.1"]
    open_second()
    running.wait_for("web.1 started")

    assert before == ("down", "waits for db")


@pytest.mark.usefixtures("settings")
def test_what_is_not_started_is_not_waited_for(procrun: Starter) -> None:
    """A line says so, as it may be a mistake."""
    running = procrun("start", "-x", "db", procfile=f"web: {STAY}\ndb: {DB}\n")
    running.wait_for("web does not wait for db, which is not started")

    running.wait_for("web.1 started")


@pytest.mark.parametrize(("status", "goes_on"), [(0, True), (3, False)])
def test_what_has_done_its_work_counts_as_ready(
    procrun: Starter, settings: Path, status: int, *, goes_on: bool
) -> None:
    """If it succeeded; else nothing that waits for it can ever start, and the app ends."""
    settings.write_text(
        "[types.web]\nready = 'launched'\nafter = ['setup']\n[types.setup]\nready = 'log:never'\n"
    )
    procfile = f"setup: sleep 0.2; exit {status}\nweb: echo serving; {STAY}\n"
    running = procrun("start", "--can-die", "setup", procfile=procfile)
    if goes_on:
        running.wait_for("| serving")
    else:
        assert running.finish()[0] == 3
        assert "serving" not in running.output


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("verb", ["restart", "stop"])
def test_a_dyno_that_waits_does_what_it_is_told(
    procrun: Starter, gate: Gate, states: States, verb: str
) -> None:
    """Whoever starts it by hand knows better; stopped, it stays down when the other is up."""
    open_gate = gate("go")
    running = procrun("start", procfile=f"web: {STAY}\ndb: {DB}\n")
    running.wait_for("db.1 started")
    assert procrun(verb, "web").finish()[0] == 0
    first = states()["web.1"]
    open_gate()
    running.wait_for("db.1 is up")

    assert first == ("up" if verb == "restart" else "down", "")
    assert states()["web.1"] == first


@pytest.mark.usefixtures("settings")
def test_scaled_up_dynos_wait_too(procrun: Starter, gate: Gate, states: States) -> None:
    """Whoever scaled is told within the grace, not left waiting."""
    open_gate = gate("go")
    running = procrun("start", "-t", "0.3", procfile=f"web: {STAY}\ndb: {DB}\n")
    running.wait_for("db.1 started")
    status, output = procrun("scale", "web=2").finish()
    before = states()["web.2"]
    open_gate()
    running.wait_for("web.2 started")

    assert status == 0
    assert "web.2 waits for db\n" in output
    assert before == ("down", "waits for db")


@pytest.mark.parametrize("verb", ["start", "check"])
def test_a_circle_is_an_error(procrun: Starter, settings: Path, verb: str) -> None:
    """That names all that wait for each other."""
    settings.write_text("[types.web]\nafter = ['db']\n[types.db]\nafter = ['web']\n")
    status, output = procrun(verb, procfile=f"web: {STAY}\ndb: {STAY}\n").finish()

    assert status == (78 if verb == "start" else 1)
    assert output.startswith("procrun: procrun.toml: web after db after web is a circle\n  Take")


def test_check_tells_of_a_type_that_there_is_not(procrun: Starter, settings: Path) -> None:
    """As a warning: the settings may be of another Procfile."""
    settings.write_text("[types.web]\nafter = ['dbb']\n")
    status, output = procrun("check", procfile="web: true\ndb: true\n").finish()

    assert status == 0
    assert "procrun.toml: " in output
    assert "dbb" in output


@pytest.mark.usefixtures("settings")
def test_what_is_scaled_away_is_waited_for_no_longer(procrun: Starter, gate: Gate) -> None:
    """Nobody else could ever make it ready."""
    gate("go")
    running = procrun("start", procfile=f"web: {STAY}\ndb: {DB}\n")
    running.wait_for("db.1 started")
    assert procrun("scale", "db=0").finish()[0] == 0

    running.wait_for("web.1 started")
