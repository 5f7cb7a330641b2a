"""Where who answers must be a process of the app, on 127.0.0.1: what else is there is told."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import ask
from procrun.core.commands import WAIT, Request
from procrun.errors import ProcrunError
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from procrun.testing import RunningApp
    from tests.apps import Example
    from tests.running import Starter

    Gate = Callable[[str], Callable[[], None]]
    Begin = Callable[..., RunningApp]

# Starts one that has left the session and lost its parent.
DAEMON = "(setsid python server.py &); echo apart; exec sleep 60"


def is_up(app: RunningApp) -> bool:
    """Whether it says of any dyno that it is."""
    return any(" is up after " in line for line in app.logs(source=None))


def test_an_answer_of_any_status_is_enough(owned: Begin) -> None:
    """Not only of those that are good."""
    app = owned("python server.py")
    app.wait_until_ready()

    assert is_up(app)


@pytest.mark.parametrize("place", ["table", "wait"])
def test_anybody_can_ask_for_one(procrun: Starter, example: Example, place: str) -> None:
    """In the settings, and of `procrun wait`."""
    sign = "answer:/status/500" if place == "table" else "launched"
    example.write("procrun.toml", f"[types.web]\nready = '{sign}'\n")
    procrun("start", "-p", "0", procfile="web: python server.py\n")
    arguments = ("--ready", "answer:/") if place == "wait" else ()

    assert procrun("wait", *arguments).finish()[0] == 0


def test_who_accepts_and_hangs_up_has_not_answered(
    gate: Gate, owned: Begin, tmp_path: Path
) -> None:
    """As the master of a server whose workers do not live."""
    open_gate = gate("go")
    (tmp_path / "closing.py").write_text(
        "import os, socket\n"
        "server = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n"
        "for _ in range(3):\n"
        "    server.accept()[0].close()\n"
        "server.close()\n"
        "print('closed', flush=True)\n"
    )
    app = owned("python closing.py; read x < go; exec python server.py")
    app.wait_for_log("closed")
    assert not is_up(app)
    open_gate()

    app.wait_until_ready()


def test_a_descendant_that_left_counts(owned: Begin) -> None:
    """It is the app's, whatever it left."""
    app = owned(DAEMON)
    app.wait_for_log("apart")

    app.wait_until_ready()


@processes.LINUX_ONLY
def test_somebody_else_on_the_port_is_told(gate: Gate, owned: Begin) -> None:
    """The dyno is not up, however well the other one answers, and it is when that one is gone."""
    open_gate = gate("go")
    app = owned("read x < go; exec python server.py")
    port = app.port("web")
    with socket.create_server(("127.0.0.1", port)):
        why = f"(pid {os.getpid()}) answers on port {port}, which web.1 was given"
        processes.eventually(lambda: why in app.processes[0].why, "it is told")
    open_gate()

    app.wait_until_ready()


def test_a_dyno_that_ended_by_itself_says_so_before_all_of_it_is_gone(
    gate: Gate, owned: Begin
) -> None:
    """As a server does whose first process was killed and whose others take their time."""
    open_gate = gate("go")
    app = owned("(trap '' TERM; read x < go) & exec python server.py")
    app.wait_until_ready()
    app.kill("web", "KILL")
    processes.eventually(lambda: app.processes[0].crashed, "its end is told")
    ending = app.processes[0]
    assert (ending.state, ending.why, ending.end) == ("up", "killed by SIGKILL", "SIGKILL")
    open_gate()
    processes.eventually(lambda: app.processes[0].state == "crashed", "all of it is gone")
    assert app.processes[0].since == ending.since


def test_who_names_dynos_waits_for_those_alone(owned: Begin) -> None:
    """Whatever became of the others."""
    app = owned("python server.py")
    app.kill("worker", "KILL")
    processes.eventually(lambda: any(each.crashed for each in app.processes), "its end is told")
    *_, last = ask(app.folder, Request(WAIT, ("web",)))

    assert last == {"text": "all of them are ready", "last": True}
    with pytest.raises(ProcrunError, match=r"worker\.1 killed by SIGKILL"):
        list(ask(app.folder, Request(WAIT)))
    with pytest.raises(ProcrunError, match="nothing is called 'wbe'"):
        list(ask(app.folder, Request(WAIT, ("wbe",))))
