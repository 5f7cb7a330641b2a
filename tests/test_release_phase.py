"""The release command as a gate: of a start, and of what changes the app while it runs."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.supervision.processes import FREE_PORTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Running, Starter

WEB = 'web: echo "web A=$A"; exec sleep 60\n'
# Fails if A is bad, and waits while there is a file.
MIGRATE = (
    'echo "migrating A=$A PORT=$PORT"; while [ -e wait ]; do sleep 0.02; done; [ "$A" != bad ]'
)
PROCFILE = f"{WEB}release: {MIGRATE}\n"
NAME = re.compile(r"release\.\d{1,4}")


@pytest.fixture
def app(procrun: Starter) -> Callable[..., Running]:
    """Start an app with a release phase."""
    procrun.variables.update({**FREE_PORTS, "PROCRUN_READY": "launched", "PROCRUN_ROUTER": "false"})

    def start(*options: str, procfile: str = PROCFILE, value: str = "one") -> Running:
        words = ("start", "--release", "--no-timestamp", *options)
        return procrun(*words, procfile=procfile, env_file=f"A={value}\n")

    return start


def statuses(procrun: Starter) -> list[str]:
    """Each release with its status, newest first."""
    rows = procrun("releases").finish()[1].splitlines()[2:]
    return [" ".join(row.partition("  20")[0].split()[:-1]) for row in rows]


def said(procrun: Starter, *words: str) -> list[str]:
    """The log without its times, and with one name for every release dyno."""
    lines = procrun("logs", *words).finish()[1].splitlines()
    return [NAME.sub("release.N", line.partition(" ")[2]) for line in lines]


def test_an_app_lives_through_its_releases(procrun: Starter, app: Callable[..., Running]) -> None:
    """What passes restarts it, what fails leaves it as it was, and the API tells of all of it."""
    running = app("--heroku")
    running.wait_for("web A=one")

    status, output = procrun("config", "set", "A=bad").finish()
    assert status == 1
    assert re.search(r"\.\.\. running release\.\d+\.\.\. failed, v3\nmigrating A=bad PORT=", output)
    assert re.search(r"\nrelease\.\d+ exited with status 1; `procrun releases output v3`", output)
    procrun("restart", "web").finish()
    running.wait_for("web A=one", times=2)
    status, output = procrun("config", "set", "A=two", "B=secret").finish()
    assert (status, "exited with" in output, "migrating" in output) == (0, False, False)
    running.wait_for("web A=two")
    assert procrun("rollback", "v2").finish()[0] == 0
    running.wait_for("web A=one", times=3)
    procrun("scale", "web=2").finish()

    user = procrun("releases", "info").finish()[1].partition("By:")[2].split()[0]
    command = f"Starting process with command `{MIGRATE}` by user {user}"
    expected = [
        "Initial release",
        "Release v1 created",
        "Deploy",
        "Running release v2 commands",
        "Release v2 created",
        "Set A config vars",
        "Running release v3 commands",
        "Set A, B config vars",
        "Running release v4 commands",
        "Release v4 created",
        "Rollback to v2",
        "Running release v5 commands",
        "Release v5 created",
        "Scaled to web@2:Eco",
    ]
    lines = said(procrun, "-s", "app", "-d", "api")
    assert [line for line in lines if command not in line] == [
        f"app[api]: {line} by user {user}" for line in expected
    ]
    assert lines.count(f"app[api]: {command}") == 4
    assert said(procrun, "-p", "release", "-s", "app")[1].startswith(
        "app[release.N]: migrating A=bad PORT="
    )
    assert "secret" not in "".join(said(procrun))
    assert statuses(procrun) == [
        "v5 Rollback to v2",
        "v4 Set A, B config vars",
        "v3 Set A config vars release command failed",
        "v2 Deploy",
        "v1 Initial release",
    ]
    assert procrun("releases", "output", "v3").finish()[1].startswith("migrating A=bad PORT=")
    assert procrun("releases:output").finish()[1].startswith("migrating A=one PORT=")
    status, output = procrun("releases", "output", "v1").finish()
    assert (status, "there is no output of v1" in output) == (1, True)
    procrun("stop").finish()
    running.finish()


@pytest.mark.parametrize("options", [(), ("-D",)], ids=str)
def test_where_the_command_fails_nothing_starts(
    procrun: Starter, app: Callable[..., Running], options: tuple[str, ...]
) -> None:
    """The exit status is its own."""
    procfile = f"{WEB}release: echo no; exit 7\n"

    status, output = app(*options, procfile=procfile).finish()

    assert status == 7
    assert "web.1" not in output
    assert re.search(r"stopped because release\.\d+ exited with status 7: the release comm", output)
    assert statuses(procrun)[0] == "v2 Deploy release command failed"
    assert procrun("releases", "output").finish() == (0, "no\n")


def test_meanwhile_others_can_see_it_and_must_wait(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """Nothing starts before, and one that nobody wants any more does not start at all."""
    wait = procrun.folder / "wait"
    wait.touch()
    running = app(procfile=f"{PROCFILE}worker: echo worker; exec sleep 60\n")
    running.wait_for("migrating")

    rows = procrun("ps").finish()[1].splitlines()
    assert re.search(r"^web\.1 +down \(waits for release\.\d+\)", rows[1])
    assert re.search(r"^release\.\d+ +up ", rows[3])
    for words in (("restart",), ("scale", "web=2"), ("start", "web")):
        status, output = procrun(*words).finish()
        assert (status, "nothing starts before it has succeeded" in output) == (1, True), output
    procrun("stop", "worker").finish()
    ready = procrun("wait")
    setting = procrun("config", "set", "A=two")
    setting.wait_for("... waiting for another release...", open_line=True)
    wait.unlink()

    assert ready.finish()[0] == 0
    status, output = setting.finish()
    assert status == 0
    assert re.search(r"another release\.\.\. running release\.\d+\.\.\. done, v3\n", output)
    running.wait_for("web A=two")
    assert "worker" not in running.output.replace("worker.1 ", "")
    assert statuses(procrun)[:2] == ["v3 Set A config vars", "v2 Deploy"]
    procrun("stop").finish()
    running.finish()


def test_it_can_be_stopped(procrun: Starter, app: Callable[..., Running]) -> None:
    """The release has failed then; nothing starts."""
    (procrun.folder / "wait").touch()
    running = app()
    running.wait_for("migrating")
    procrun("stop").finish()
    assert running.finish()[0] == 0
    assert statuses(procrun)[0] == "v2 Deploy release command failed"
    assert "web.1" not in running.output


def test_an_edited_file_has_to_pass(procrun: Starter, app: Callable[..., Running]) -> None:
    """As if it had been set; and what was set is not released twice because it was seen, too."""
    running = app("--watch")
    running.wait_for("web A=one")
    running.wait_for("for changes")

    (procrun.folder / ".env").write_text("A=bad\n", encoding="utf-8")
    running.wait_for("; the app goes on as it was")
    (procrun.folder / ".env").write_text("A=two\n", encoding="utf-8")
    running.wait_for("web A=two")
    procrun("config", "set", "A=three").finish()
    running.wait_for("web A=three")
    (procrun.folder / "Procfile").write_text(f"{PROCFILE}more: echo more; exec sleep 60\n")
    running.wait_for("more.1  ")

    assert running.output.count("web A=") == 3
    assert statuses(procrun)[:4] == [
        "v6 Edit Procfile (more)",
        "v5 Set A config vars",
        "v4 Edit .env (A)",
        "v3 Edit .env (A) release command failed",
    ]
    procrun("stop").finish()
    running.finish()


def test_what_passes_is_what_its_command_has_seen(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """An edit meanwhile has its own turn; one that failed has another where it is made again."""
    wait, env = procrun.folder / "wait", procrun.folder / ".env"
    running = app("--watch")
    running.wait_for("web A=one")
    running.wait_for("for changes")

    wait.touch()
    env.write_text("A=good\n", encoding="utf-8")
    running.wait_for("migrating A=good")
    env.write_text("A=bad\n", encoding="utf-8")
    wait.unlink()
    running.wait_for("web A=good")
    running.wait_for("release v4 failed")
    env.write_text("A=good\n", encoding="utf-8")
    running.wait_for(".env changed: nothing that matters")
    env.write_text("A=bad\n", encoding="utf-8")
    running.wait_for("release v5 failed")

    assert "web A=bad" not in running.output
    assert statuses(procrun)[:3] == [
        "v5 Edit .env (A) release command failed",
        "v4 Edit .env (A) release command failed",
        "v3 Edit .env (A)",
    ]
    procrun("stop").finish()
    running.finish()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_who_gives_up_waiting_ends_the_command(
    procrun: Starter, app: Callable[..., Running], number: signal.Signals
) -> None:
    """The app goes on as it was, the release has failed, and its values do not seem to count."""
    running = app()
    running.wait_for("web A=one")
    (procrun.folder / "wait").touch()
    setting = procrun("config", "set", "A=two")
    running.wait_for("migrating A=two")

    setting.signal(number)
    status, output = setting.finish()
    running.wait_for("was stopped; the app goes on as it was")

    assert "web A=two" not in running.output
    note = "release expired" if number == signal.SIGKILL else "release command failed"
    if number != signal.SIGKILL:
        assert status == 130
        assert "failed, v3\nprocrun: v3 does not count: it was interrupted\n" in output
    assert statuses(procrun)[0] == f"v3 Set A config vars {note}"
    status, output = procrun("config", "set", "A=two").finish()
    assert (status, "nothing changed, v3\nprocrun: v3, which has" in output) == (1, True)
    assert f"does not count: {note}\n  The processes go on as they were." in output
    (procrun.folder / "wait").unlink()
    procrun("releases", "retry").finish()
    running.wait_for("web A=two")
    assert statuses(procrun)[:2] == [
        "v4 Retry of v3: Set A config vars",
        f"v3 Set A config vars {note}",
    ]
    procrun("stop").finish()
    running.finish()


def test_without_a_command_a_start_is_a_release_all_the_same(
    procrun: Starter, app: Callable[..., Running]
) -> None:
    """And the same start once more is none."""
    for _ in range(2):
        running = app("--heroku", procfile=WEB)
        running.wait_for("web A=one")
        procrun("stop").finish()
        running.finish()

    assert statuses(procrun) == ["v2 Deploy", "v1 Initial release"]
    assert not list(procrun.folder.glob(".procrun/releases/*.output"))
