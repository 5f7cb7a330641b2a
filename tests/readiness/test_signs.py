"""When a dyno is up: its port, a path, a line, a command."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.apps import Example
    from tests.running import Starter

    Gate = Callable[[str], Callable[[], None]]
    States = Callable[[], dict[str, tuple[str, str]]]

STAY = "exec sleep 60"
SILENT = "its port is not open yet"
SERVER = "read x < go; exec python -m http.server --bind {} $PORT"
# Serves one after the other, after longer than a port is waited for, or with 100 first.
LATE = """import os, socket, sys, time
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    client = server.accept()[0]
    if not client.recv(4096):
        continue
    print("asked", flush=True)
    if sys.argv[1] == "slow":
        time.sleep(5.5)
    else:
        client.send(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
    client.send(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    client.close()
"""


def has_ipv6() -> bool:
    """Whether this machine can listen on ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="has no IPv6")),
    ],
)
def test_web_is_up_when_its_port_accepts(
    procrun: Starter, gate: Gate, states: States, address: str
) -> None:
    """Until then it is starting; on the one address or on the other."""
    open_gate = gate("go")
    running = procrun("start", "-p", "0", procfile=f"web: {SERVER.format(address)}\n")
    running.wait_for("web.1 started")
    before = states()
    open_gate()
    line = running.wait_for("web.1 is up after")

    assert before == {"web.1": ("starting", SILENT)}
    assert re.search(r"web\.1 is up after [\d.]+ m?s: http://localhost:\d+$", line)
    assert states() == {"web.1": ("up", "")}


def test_others_are_up_when_they_are_launched(procrun: Starter, states: States) -> None:
    """And nothing is said of it."""
    running = procrun("start", procfile=f"worker: echo ready; {STAY}\n")
    running.wait_for("| ready")

    assert states() == {"worker.1": ("up", "")}
    assert "is up" not in running.output


@pytest.mark.parametrize("place", ["table", "variable"])
def test_a_type_has_a_sign_of_its_own(
    procrun: Starter, states: States, tmp_path: Path, place: str
) -> None:
    """In the settings file, or all of them in the environment."""
    text = '[types.web]\nready = "launched"\n' if place == "table" else ""
    (tmp_path / "procrun.toml").write_text(text)
    variables = {"PROCRUN_READY": "launched"} if place == "variable" else {}
    running = procrun("start", procfile=f"web: echo ready; {STAY}\n", env=variables)
    running.wait_for("| ready")

    assert states() == {"web.1": ("up", "")}


def test_a_path_is_to_answer(procrun: Starter, states: States, example: Example) -> None:
    """With neither an error of the client nor of the server."""
    example.write("procrun.toml", '[types.web]\nready = "http:/there/health"\n')
    running = procrun("start", "-p", "0", procfile="web: python server.py\n")
    running.wait_for("web.1 started")
    before = states()
    example.write("health", "")
    running.wait_for("web.1 is up after")

    assert before == {"web.1": ("starting", "no good answer from /there/health yet")}


@pytest.mark.parametrize("manner", ["slow", "provisional"])
def test_a_path_may_answer_late_or_in_two_steps(
    procrun: Starter, tmp_path: Path, manner: str
) -> None:
    """One request is enough for a server that takes its time, or says something else first."""
    (tmp_path / "server.py").write_text(LATE)
    (tmp_path / "procrun.toml").write_text('[types.web]\nready = "http:/health"\n')
    running = procrun("start", "-p", "0", procfile=f"web: python server.py {manner}\n")
    running.wait_for("web.1 is up after", timeout=30)

    assert running.output.count("| asked") == 1


def test_a_line_is_to_be_written(
    procrun: Starter, gate: Gate, states: States, tmp_path: Path
) -> None:
    """Any that the expression is found in; every line comes out all the same."""
    open_gate = gate("go")
    (tmp_path / "procrun.toml").write_text("[types.db]\nready = 'log:(?i)accept(s|ing) conn'\n")
    command = f"echo accept; read x < go; echo now ACCEPTING connections; echo last; {STAY}"
    running = procrun("start", procfile=f"db: {command}\n")
    running.wait_for("| accept")
    before = states()
    open_gate()
    running.wait_for("db.1 is up after")
    running.wait_for("| last")

    assert before == {"db.1": ("starting", "no line matches (?i)accept(s|ing) conn yet")}
    assert states() == {"db.1": ("up", "")}
    assert running.output.count("ACCEPTING") == 1


def test_a_command_is_to_succeed(procrun: Starter, states: States, tmp_path: Path) -> None:
    """It has the dyno's environment, and its output is nowhere."""
    sign = 'command:echo asking; test -e "healthy.$PS"'
    (tmp_path / "procrun.toml").write_text(f"[types.db]\nready = '{sign}'\n")
    running = procrun("start", procfile=f"db: {STAY}\n")
    running.wait_for("db.1 started")
    before = states()
    (tmp_path / "healthy.db.1").touch()
    running.wait_for("db.1 is up after")

    assert before["db.1"][0] == "starting"
    assert "asking" not in running.output


def test_a_command_that_never_ends_is_ended_with_its_dyno(procrun: Starter, tmp_path: Path) -> None:
    """Nothing is left of it."""
    (tmp_path / "procrun.toml").write_text(
        "[types.db]\nready = 'command:echo $$ > asked; sleep 60'\n"
    )
    running = procrun("start", procfile=f"db: {STAY}\n")
    processes.eventually((tmp_path / "asked").exists, "the command was run")
    assert procrun("stop", "db").finish()[0] == 0
    assert procrun("stop").finish()[0] == 0

    assert running.finish()[0] == 0


def test_a_command_that_has_ended_leaves_nothing_behind(procrun: Starter, tmp_path: Path) -> None:
    """Each look would leave one more."""
    (tmp_path / "procrun.toml").write_text(
        "[types.db]\nready = 'command:sleep 60 & echo $! >> left; exit 1'\n"
    )
    running = procrun("start", procfile=f"db: {STAY}\n")
    left = tmp_path / "left"
    processes.eventually(lambda: left.exists() and len(left.read_text().split()) > 2, "looks")
    first = int(left.read_text().split()[0])
    processes.eventually(lambda: not psutil.pid_exists(first), "what the first left is gone")
    assert procrun("stop").finish()[0] == 0

    assert running.finish()[0] == 0


def test_a_dyno_that_crashes_before_it_is_up_starts_again(
    procrun: Starter, states: States, tmp_path: Path
) -> None:
    """And is looked at anew."""
    command = f"test -e again || {{ touch again; exit 3; }}; echo second; {STAY}"
    (tmp_path / "procrun.toml").write_text("[types.db]\nready = 'log:second'\n")
    running = procrun("start", "--restart", "all", procfile=f"db: {command}\n")
    running.wait_for("db.1 exited with status 3")
    running.wait_for("db.1 is up after")

    assert states() == {"db.1": ("up", "")}


@pytest.mark.parametrize(
    ("text", "reason"), [("'http:health'", "a path begins with a slash"), ("'soon'", "")]
)
def test_a_sign_that_is_none_is_an_error(
    procrun: Starter, tmp_path: Path, text: str, reason: str
) -> None:
    """With its line, before anything starts."""
    (tmp_path / "procrun.toml").write_text(f"[types.web]\nready = {text}\n")
    status, output = procrun("start", procfile=f"web: {STAY}\n").finish()

    assert status == 78
    assert output.startswith("procrun: procrun.toml:2: ready takes ")
    assert reason in output


def test_restarting_what_never_listens_is_answered(procrun: Starter, states: States) -> None:
    """Within its grace, with what is missing."""
    running = procrun("start", "-p", "0", "-t", "0.6", procfile=f"web: echo ready; {STAY}\n")
    running.wait_for("| ready")
    status, output = procrun("restart", "web").finish()

    assert status == 0
    what = rf"web\.1 restarted \(pid \d+\), but {SILENT}; it listens on nothing, PORT is \d+"
    assert re.search(f"^{what}$", output, re.MULTILINE)
    assert states() == {"web.1": ("starting", SILENT)}


def test_restart_waits_until_it_is_up(procrun: Starter, gate: Gate) -> None:
    """And says meanwhile what for."""
    open_gate = gate("go")
    command = f"echo here; {SERVER.format('127.0.0.1')}"
    running = procrun("start", "-p", "0", "-t", "30", procfile=f"web: {command}\n")
    running.wait_for("| here")
    open_gate()
    running.wait_for("web.1 is up after")
    restart = procrun("restart", "web")
    restart.wait_for(f"waiting for web.1: {SILENT}")
    open_gate()
    status, output = restart.finish()

    assert status == 0
    assert re.search(r"^web\.1 restarted \(pid \d+\)$", output, re.MULTILINE)
