"""Where who answers must be a process of the app, on 127.0.0.1: what else is there is told."""

from __future__ import annotations

import os
import re
import socket
from typing import TYPE_CHECKING

import pytest

from tests.readiness.conftest import SERVER
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.running import Running, Starter

    Gate = Callable[[str], Callable[[], None]]

STAY = "exec sleep 60"
# Starts one that has left the session and lost its parent.
DAEMON = "(setsid python server.py 127.0.0.1 $PORT &); echo apart; exec sleep 60"


def port_of(running: Running) -> int:
    """The port that the web dyno was given."""
    line = running.wait_for(re.compile(r"web\.1 started \(pid \d+, port \d+\)"))
    return int(line.rpartition(" ")[2].rstrip(")"))


def test_an_answer_of_any_status_is_enough(procrun: Starter, owned: Callable[..., Running]) -> None:
    """Not only of those that are good."""
    running = owned("python server.py 127.0.0.1 $PORT")

    running.wait_for("web.1 is up after")
    assert procrun("wait").finish()[0] == 0


@pytest.mark.parametrize("place", ["table", "wait"])
def test_anybody_can_ask_for_one(procrun: Starter, tmp_path: Path, place: str) -> None:
    """In the settings, and of `procrun wait`."""
    (tmp_path / "server.py").write_text(SERVER)
    sign = "answer:/health" if place == "table" else "launched"
    (tmp_path / "procrun.toml").write_text(f"[types.web]\nready = '{sign}'\n")
    procrun("start", "-p", "0", procfile="web: python server.py 127.0.0.1 $PORT\n")
    arguments = ("--ready", "answer:/") if place == "wait" else ()

    assert procrun("wait", *arguments).finish()[0] == 0


def test_who_accepts_and_hangs_up_has_not_answered(
    procrun: Starter, gate: Gate, owned: Callable[..., Running], tmp_path: Path
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
    running = owned("python closing.py; read x < go; exec python server.py 127.0.0.1 $PORT")
    running.wait_for("| closed")
    assert "is up" not in running.output
    open_gate()

    assert procrun("wait").finish()[0] == 0


def test_a_descendant_that_left_counts(procrun: Starter, owned: Callable[..., Running]) -> None:
    """It is the app's, whatever it left."""
    running = owned(DAEMON)
    running.wait_for("| apart")

    assert procrun("wait").finish()[0] == 0


@processes.LINUX_ONLY
def test_somebody_else_on_the_port_is_told(
    procrun: Starter, gate: Gate, owned: Callable[..., Running]
) -> None:
    """The dyno is not up, however well the other one answers, and it is when that one is gone."""
    open_gate = gate("go")
    running = owned("read x < go; exec python server.py 127.0.0.1 $PORT")
    port = port_of(running)
    with socket.create_server(("127.0.0.1", port)):
        why = f"(pid {os.getpid()}) answers on port {port}, which web.1 was given"
        processes.eventually(lambda: why in procrun("ps", "--json").finish()[1], "it is told")
    open_gate()

    running.wait_for("web.1 is up after")
