"""What a change of the config vars does to an app that runs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.running import Starter
from tests.supervision.processes import FREE_PORTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running

SHOW = 'echo "A=$A ready"; exec sleep 60'
TWO = f"web: {SHOW}\nworker: {SHOW}\n"
# procrun with a gate that lets pass what has a file by its name.
GATED = """
import os, sys
from procrun.requests.subject import NoReleases
def gate(change, prepared, asker):
    asker.doing("looking")
    asker.tell(f"{change.name} would have A={prepared.launcher.config.values['A']}")
    asker.decide(os.path.exists(f"pass-{change.version}"))
NoReleases.gate = staticmethod(gate)
from procrun.cli import main
sys.exit(main(sys.argv[1:]))
"""
RESTARTED = re.compile(r"^(web|worker)\.1 restarted \(pid \d+\)$", re.MULTILINE)


@pytest.fixture
def app(procrun: Starter) -> Callable[..., Running]:
    """Start an app and wait until its dynos are ready."""
    procrun.variables.update({**FREE_PORTS, "PROCRUN_READY": "launched"})

    def start(procfile: str = TWO, *options: str, env_file: str | None = "A=one\n") -> Running:
        running = procrun("start", "--no-timestamp", *options, procfile=procfile, env_file=env_file)
        for number in range(procfile.count("\n")):
            running.wait_for("ready", times=number + 1)
        if "--watch" in options:
            running.wait_for("for changes")
        return running

    return start


def test_it_restarts_with_the_new_values(
    procrun: Starter, app: Callable[..., Running], tmp_path: Path
) -> None:
    """The answer is that of `restart`; in the log are names, never values."""
    running = app()

    changing = procrun("config", "set", "A=secret", apart=True)

    status, output = changing.finish()
    assert (status, changing.errors) == (
        0,
        f"Setting A and restarting ⬢ {tmp_path.name}... done, v2\n",
    )
    assert output.splitlines()[0] == "A: secret"
    assert sorted(RESTARTED.findall(output)) == ["web", "worker"]
    running.wait_for("procrun  | release v2: A; restarting web.1, worker.1")
    running.wait_for("A=secret ready", times=2)


def test_unset_and_rollback_restart_it_too(procrun: Starter, app: Callable[..., Running]) -> None:
    """Each is one release and one restart."""
    running = app()

    assert len(RESTARTED.findall(procrun("config", "unset", "A").finish()[1])) == 2
    running.wait_for("A= ready", times=2)
    assert len(RESTARTED.findall(procrun("rollback").finish()[1])) == 2
    running.wait_for("A=one ready", times=4)
    assert running.output.count("ready") == 6


def test_an_app_that_is_watched_restarts_once(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Though it sees the file change as well, perhaps even before."""
    running = app(TWO, "--watch")

    procrun("config", "set", "A=two").finish()
    running.wait_for("A=two ready", times=2)
    (procrun.folder / "app.py").touch()  # what the watcher sees now comes after the file
    running.wait_for("app.py changed: restarting")
    running.wait_for("A=two ready", times=4)

    assert running.output.count("A=two ready") == 4


def test_what_was_stopped_by_hand_stays_down(procrun: Starter, app: Callable[..., Running]) -> None:
    """And has the new values when it is started."""
    running = app()
    procrun("stop", "worker").finish()

    output = procrun("config", "set", "A=two").finish()[1]

    assert RESTARTED.findall(output) == ["web"]
    procrun("start", "worker.1").finish()
    running.wait_for("A=two ready", times=2)


def test_the_procfile_is_not_read_again(procrun: Starter, app: Callable[..., Running]) -> None:
    """A change of the config vars is no deployment."""
    running = app()
    (procrun.folder / "Procfile").write_text("web: broken\nnonsense\n", encoding="utf-8")

    assert procrun("config", "set", "A=two").finish()[0] == 0

    running.wait_for("A=two ready", times=2)


def test_an_app_in_another_folder_keeps_its_paths(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """They were relative to where it was started."""
    (procrun.folder / "app").mkdir()
    (procrun.folder / "app" / "x.env").write_text("A=one\n", encoding="utf-8")
    running = app(TWO, "-d", "app", "-f", "Procfile", "-e", "app/x.env", env_file=None)

    procrun("config", "set", "-d", "app", "-e", "app/x.env", "A=two").finish()

    running.wait_for("A=two ready", times=2)


@pytest.mark.parametrize(
    ("options", "words", "expected"),
    [
        (("-E", "A=mine"), ("set", "A=two"), "release v2: nothing that matters to what runs\n"),
        (("-e", "x.env"), ("set", "A=two"), "/.env: nothing changes for it\n"),
        ((), ("set", "A=one"), ""),
    ],
    ids=str,
)
def test_where_nothing_is_different_nothing_restarts(
    procrun: Starter,
    app: Callable[..., Running],
    options: tuple[str, ...],
    words: tuple[str, ...],
    expected: str,
) -> None:
    """A line says why."""
    (procrun.folder / "x.env").touch()
    running = app(TWO, *options)

    status, output = procrun("config", *words).finish()

    assert status == 0
    assert expected in output
    assert "restarted" not in output
    assert running.output.count("ready") == 2


def test_a_process_that_does_not_like_its_value_is_told(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """The status is 1; the release has succeeded all the same."""
    worker = f'worker: [ "$A" = one ] || exit 3; {SHOW}\n'
    app(f"web: {SHOW}\n{worker}", "--can-die", "worker")

    status, output = procrun("config", "set", "A=two").finish()

    assert (status, "worker.1 exited with status 3\n" in output) == (1, True), output
    assert "Current: v2" in procrun("releases").finish()[1]


def test_another_file_with_mistakes_is_told_and_nothing_changes(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """The app goes on as it was."""
    (procrun.folder / "b").touch()
    running = app(TWO, "-e", ".env,b")
    (procrun.folder / "b").write_text("mistake\n", encoding="utf-8")

    status, output = procrun("config", "set", "A=two").finish()

    assert (status, "b:1: there is no `=` after the name" in output) == (78, True), output
    assert "release expired" in procrun("releases").finish()[1]
    assert running.output.count("ready") == 2
    (procrun.folder / "b").write_text("B=1\n", encoding="utf-8")
    status, output = procrun("releases", "retry").finish()
    assert (status, len(RESTARTED.findall(output))) == (0, 2)
    assert "... done, v3\n" in output
    running.wait_for("A=two ready", times=2)


def test_what_the_gate_refuses_leaves_the_app_as_it_was(procrun: Starter) -> None:
    """The file is the new one, the release has failed, and a retry may pass."""
    procrun.variables.update({**FREE_PORTS, "PROCRUN_READY": "launched"})
    with Starter((sys.executable, "-c", GATED), procrun.folder) as gated:
        gated.variables = procrun.variables
        running = gated("start", "--no-timestamp", procfile=TWO, env_file="A=one\n")
        running.wait_for("A=one ready", times=2)

        failing = procrun("config", "set", "A=two", apart=True)
        assert failing.finish() == (1, "v2 would have A=two\n")
        assert failing.errors.endswith(
            "... looking... failed, v2\n"
            "procrun: v2 does not count: its release command failed\n"
            "  The processes go on as they were. `procrun releases retry` tries it again,"
            " `procrun rollback` gives the values back.\n"
        )
        assert (procrun.folder / ".env").read_text(encoding="utf-8") == "A=two\n"
        assert "Current: v1" in procrun("releases").finish()[1]
        procrun("restart", "web").finish()
        running.wait_for("A=one ready", times=3)

        (procrun.folder / "pass-3").touch()
        output = procrun("releases", "retry", apart=True).finish()[1]
        assert output.splitlines()[0] == "v3 would have A=two"
        running.wait_for("A=two ready", times=2)
        procrun("stop").finish()
        running.finish()
