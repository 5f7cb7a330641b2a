"""`procrun wait`, beside real apps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import await_answer, connect, send
from procrun.core.commands import WAIT, Request
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Starter

    Gate = Callable[[str], Callable[[], None]]

STAY = "exec sleep 60"
SERVER = "read x < go; exec python -m http.server --bind 127.0.0.1 $PORT"


def test_it_waits_until_every_dyno_is_up(procrun: Starter, gate: Gate) -> None:
    """It says what for, and ends with status 0."""
    open_gate = gate("go")
    running = procrun("start", "-p", "0", procfile=f"web: {SERVER}\nworker: {STAY}\n")
    running.wait_for("worker.1 started")
    wait = procrun("wait")
    wait.wait_for("waiting for web.1: its port is not open yet")
    open_gate()

    status, output = wait.finish()
    assert status == 0
    assert output.endswith("the app is ready\n")


def test_it_waits_for_an_app_that_is_yet_to_start(procrun: Starter) -> None:
    """As a script does that starts one in the background."""
    wait = procrun("wait")
    wait.wait_for("no app is running here yet; waiting for its start")
    running = procrun("start", procfile=f"worker: {STAY}\n")
    running.wait_for("started")

    assert wait.finish()[0] == 0


def test_no_app_comes(procrun: Starter) -> None:
    """It gives up in time, and says how to start one."""
    status, output = procrun("wait", "--timeout", "0.2").finish()

    assert status == 1
    assert "procrun: no app was started here within 0.2 s\n  `procrun start` starts it" in output


def test_it_gives_up_with_the_reason_and_the_end_of_the_log(procrun: Starter) -> None:
    """After the time that was given."""
    running = procrun("start", "-p", "0", procfile=f"web: echo no luck; {STAY}\n")
    running.wait_for("| no luck")
    status, output = procrun("wait", "--timeout", "0.3").finish()

    assert status == 1
    assert re.search(r"app\[web\.1\]: no luck$", output, re.MULTILINE)
    why = "not ready in time: web.1: its port is not open yet; it listens on nothing, PORT is "
    assert f"procrun: {why}" in output


def test_a_dyno_that_ends_will_never_be_ready(procrun: Starter, gate: Gate) -> None:
    """Nobody has to wait until time is up."""
    open_gate = gate("go")
    procfile = f"web: {STAY}\nworker: read x < go; echo oops; exit 3\n"
    running = procrun("start", "-p", "0", "--can-die", "worker", procfile=procfile)
    running.wait_for("worker.1 started")
    wait = procrun("wait")
    wait.wait_for("waiting for web.1")
    open_gate()
    status, output = wait.finish()

    assert status == 1
    assert "oops" in output
    assert "\nprocrun: worker.1 exited with status 3\n" in output


def test_the_app_ends_meanwhile(procrun: Starter, gate: Gate) -> None:
    """Status 1 and its last words."""
    open_gate = gate("go")
    running = procrun("start", "-p", "0", procfile="web: read x < go; echo oops; exit 3\n")
    running.wait_for("web.1 started")
    wait = procrun("wait")
    wait.wait_for("waiting for web.1")
    open_gate()
    status, output = wait.finish()

    assert running.finish()[0] == 3
    assert status == 1
    assert "oops" in output
    assert "\nprocrun: the app has ended: web.1 exited with status 3\n" in output


@pytest.mark.parametrize(
    "sign", ["port", "http:/health", "log:all .*well", 'command:test "$PS" = web.1 -a -e health']
)
def test_one_sign_more_can_be_asked_for(
    procrun: Starter, gate: Gate, tmp_path: Path, sign: str
) -> None:
    """Of each web dyno, however it became up."""
    open_gate = gate("go")
    command = f"read x < go; touch health; echo all is well; {SERVER.partition('; ')[2]}"
    running = procrun(
        "start", "-p", "0", procfile=f"web: {command}\n", env={"PROCRUN_READY": "launched"}
    )
    running.wait_for("web.1 started")
    wait = procrun("wait", "--ready", sign)
    wait.wait_for("waiting for web.1: ")
    assert not (tmp_path / "health").exists()
    open_gate()

    assert wait.finish()[0] == 0


def test_a_line_that_came_before_counts(procrun: Starter) -> None:
    """It is in the log."""
    running = procrun(
        "start", procfile=f"web: echo listening; {STAY}\n", env={"PROCRUN_READY": "launched"}
    )
    running.wait_for("| listening")

    assert procrun("wait", "--ready", "log:listening").finish()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (("--ready", "soon"), 2, "'soon' can't be waited for\n"),
        (("--ready", "http:x"), 2, "'http:x' can't be waited for: a path begins with a slash\n"),
        (("--ready", "log:("), 2, "'log:(' can't be waited for: not a regular expression: "),
        (("--ready", r"log:\u2713"), 2, "not a regular expression: bad escape"),
        (("--ready", "log:\udcff"), 2, "no process can be given that text\n"),
        (("--timeout", "soon"), 2, "soon is no number of seconds to wait\n"),
        (("--timeout", "-1"), 2, "-1 is no number of seconds to wait\n"),
        (("--timeout", "nan"), 2, "nan is no number of seconds to wait\n"),
        (("--timeout", "1e20"), 2, "1e20 is no number of seconds to wait\n"),
        (("--ready", "port"), 1, "there is no web process to wait for\n"),
    ],
)
def test_what_cannot_be_waited_for_is_told(
    procrun: Starter, arguments: tuple[str, ...], status: int, what: str
) -> None:
    """At once."""
    running = procrun("start", procfile=f"worker: {STAY}\n")
    running.wait_for("started")
    code, output = procrun("wait", *arguments).finish()

    assert code == status
    assert "procrun: " in output
    assert what in output
    assert procrun("ps").finish()[0] == 0


def test_who_stopped_waiting_is_forgotten(procrun: Starter) -> None:
    """The app goes on, and others can ask."""
    running = procrun("start", "-p", "0", procfile=f"web: {STAY}\n")
    running.wait_for("web.1 started")
    wait = procrun("wait", "--ready", "command:sleep 60")
    wait.wait_for("waiting for web.1")
    wait.close()

    assert procrun("ps").finish()[0] == 0
    assert procrun("stop").finish()[0] == 0
    assert running.finish()[0] == 0


@pytest.mark.parametrize(
    "options", [{"timeout": 10**400}, {"ready": "command:\0"}], ids=["huge", "nul"]
)
def test_no_request_to_wait_ends_the_app(
    procrun: Starter, options: dict[str, str | int | bool]
) -> None:
    """However odd."""
    running = procrun("start", "-p", "0", procfile=f"web: {STAY}\n")
    running.wait_for("web.1 started")
    processes.eventually(lambda: procrun("ps").finish()[0] == 0, "the app listens")
    with connect(str(procrun.folder)) as client:
        send(client, Request(WAIT, (), tuple(options.items())))
        await_answer(client, str(procrun.folder))

    assert procrun("ps").finish()[0] == 0


def test_a_line_is_waited_for_of_every_dyno(procrun: Starter, gate: Gate) -> None:
    """Also where the first of them have written it already."""
    open_gate = gate("web.2")
    command = f'test "$PS" = web.1 || read x < $PS; echo listening; {STAY}'
    running = procrun(
        *("start", "web=2"), procfile=f"web: {command}\n", env={"PROCRUN_READY": "launched"}
    )
    running.wait_for("| listening")
    wait = procrun("wait", "--ready", "log:listening")
    wait.wait_for("waiting for web.2: no line matches listening")
    open_gate()

    assert wait.finish()[0] == 0


def test_a_line_of_an_earlier_process_does_not_count(procrun: Starter, gate: Gate) -> None:
    """After a restart the new one has to write it."""
    open_gate = gate("go")
    command = f"echo here; read x < go; echo listening; {STAY}"
    running = procrun("start", procfile=f"web: {command}\n", env={"PROCRUN_READY": "launched"})
    running.wait_for("| here")
    open_gate()
    running.wait_for("| listening")
    assert procrun("restart", "web").finish()[0] == 0
    wait = procrun("wait", "--ready", "log:listening")
    wait.wait_for("waiting for web.1: no line matches listening")
    open_gate()

    assert wait.finish()[0] == 0


@pytest.mark.parametrize("place", ["table", "wait"])
def test_an_expression_that_takes_years_is_given_up(
    procrun: Starter, place: str, tmp_path: Path
) -> None:
    """Whoever waits hears so, and the app can be asked and stopped as ever."""
    sign = "log:(a+)+$"
    ready = sign if place == "table" else "launched"
    (tmp_path / "procrun.toml").write_text(f"[types.web]\nready = '{ready}'\n")
    running = procrun("start", procfile=f"web: echo {'a' * 60}b; {STAY}\n")
    running.wait_for("web.1 started")
    status, output = procrun("wait", *(("--ready", sign) if place == "wait" else ())).finish()

    assert status == 1
    assert "web.1: the expression '(a+)+$' takes too long on its log" in output
    assert procrun("stop").finish()[0] == 0
    assert "web.1 stopped" in "".join(running.finish()[1])
