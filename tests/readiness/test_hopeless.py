"""What will not be ready in an app of its own kind: it is told, and nobody waits for it in vain."""

from __future__ import annotations

import os
import re
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.control.client import ask
from procrun.core.commands import WAIT, AddressInUse, Request
from procrun.errors import ProcrunError
from tests.apps import STAY
from tests.readiness.test_own import is_up
from tests.readiness.test_signs import has_ipv6
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from procrun.testing import RunningApp

    Gate = Callable[[str], Callable[[], None]]
    Begin = Callable[..., RunningApp]

LONG = 60_000  # milliseconds: longer than a test may take
GUNICORN = "exec python -m gunicorn -b 127.0.0.1:$PORT"
FLASK = "import flask\napp = flask.Flask(__name__)\n"


def why_not(app: RunningApp, timeout: int = LONG) -> ProcrunError:
    """Why the app will not be ready, as who waits for it is told."""
    with pytest.raises(ProcrunError) as caught:
        list(ask(app.folder, Request(WAIT, (), (("timeout", timeout),))))
    return caught.value


@pytest.mark.parametrize(
    ("web", "listens"),
    [
        ("echo there; exec sleep 60", "nothing"),
        pytest.param("exec python silent.py 127.0.0.1 0", r"\d+", marks=processes.LINUX_ONLY),
        pytest.param("exec python silent.py sock", "/.*/web.sock", marks=processes.LINUX_ONLY),
    ],
    ids=["nothing", "another", "path"],
)
def test_where_it_listens_instead_is_told(
    owned: Begin, tmp_path: Path, web: str, listens: str
) -> None:
    """When time is up: it might have come."""
    (tmp_path / "silent.py").write_text(
        "import os, socket, sys, time\n"
        "if 'sock' in sys.argv:\n"
        "    server = socket.socket(socket.AF_UNIX)\n"
        "    server.bind(os.path.abspath('web.sock'))\n"
        "    server.listen()\n"
        "else:\n"
        "    server = socket.create_server((sys.argv[1], int(sys.argv[2])))\n"
        "print('there', flush=True)\n"
        "time.sleep(60)\n"
    )
    app = owned(web)
    app.wait_for_log("there")
    port = app.port("web")
    error = why_not(app, 300)

    said = (
        rf"not ready in time: web\.1: no answer from / yet; it listens on {listens}, PORT is {port}"
    )
    assert re.fullmatch(said, error.message)
    assert error.hint == ("" if listens == "nothing" else "Bind to $PORT in the Procfile.")


@pytest.mark.parametrize(
    ("speaks", "words"),
    [
        (r"\x15\x03\x01\x00\x02\x02F", "its port speaks TLS"),
        ("SSH-2.0-x", "what answers on its port is not HTTP"),
    ],
)
def test_a_port_that_speaks_something_else_is_told(
    owned: Begin, tmp_path: Path, speaks: str, words: str
) -> None:
    """It will hardly change its language, but may be a proxy of the real one."""
    (tmp_path / "speaking.py").write_text(
        "import os, socket\n"
        "server = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n"
        "while True:\n"
        "    client = server.accept()[0]\n"
        "    client.recv(4096)\n"
        f"    client.send(b'{speaks}')\n"
    )
    app = owned("exec python speaking.py")
    processes.eventually(lambda: app.processes[0].why == words, "it is told")


@processes.LINUX_ONLY
@pytest.mark.skipif(not has_ipv6(), reason="has no IPv6")
def test_the_other_loopback_is_not_enough(owned: Begin) -> None:
    """Who is given a URL with 127.0.0.1 would not reach it; told before the time is up."""
    app = owned("exec python server.py ::1")
    port = app.port("web")

    assert why_not(app).message == f"web.1 listens on port {port}, but only on ::1"
    assert not is_up(app)


@processes.LINUX_ONLY
def test_a_port_that_somebody_else_has_is_given_up(owned: Begin) -> None:
    """After a second, and with who it is."""
    app = owned(STAY)
    port = app.port("web")
    with socket.create_server(("127.0.0.1", port)):
        error = why_not(app)

    who = rf"\S+ \(pid {os.getpid()}\)"
    said = f"{who} answers on port {port}, which web.1 was given"
    assert re.fullmatch(said, error.message)
    assert not isinstance(error, AddressInUse)  # nothing has said so


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ("read x < go; exit 0", "web.1 exited with status 0 before it was ready"),
        ("read x < go; exit 3", "web.1 exited with status 3 before it was ready"),
        ("read x < go; kill -9 $$", "web.1 killed by SIGKILL before it was ready"),
        (
            "read x < go; (trap '' TERM; echo > set; exec sleep 60) & read x < set; exit 3",
            "web.1 exited with status 3 before it was ready",
        ),
    ],
    ids=["success", "failure", "signal", "stubborn"],
)
def test_a_web_dyno_that_ends_is_told(
    gate: Gate, owned: Begin, tmp_path: Path, web: str, said: str
) -> None:
    """At once, whatever its status is and whatever it leaves behind: it serves nobody."""
    (tmp_path / "procrun.toml").write_text("timeout = 2\n")
    os.mkfifo(tmp_path / "set")
    open_gate = gate("go")
    app = owned(web)
    open_gate()
    error = why_not(app)

    assert error.message == said
    assert not isinstance(error, AddressInUse)


def test_a_web_dyno_that_was_up_and_ended_is_told(owned: Begin) -> None:
    """It is not ready any more."""
    app = owned("timeout -s KILL 60 python server.py & wait; exit 0")
    app.wait_until_ready()
    (server,) = processes.below(app.processes[0].pid or 0)[:1]
    os.kill(server, 9)
    processes.eventually(lambda: app.processes[0].crashed, "it has ended")

    assert why_not(app).message == "web.1 exited with status 0"


def test_who_accepts_and_never_answers_is_told_apart(owned: Begin, tmp_path: Path) -> None:
    """From one that never listens."""
    (tmp_path / "mute.py").write_text(
        "import os, socket, time\n"
        "server = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n"
        "print('there', flush=True)\n"
        "time.sleep(60)\n"
    )
    app = owned("exec python mute.py")
    app.wait_for_log("there")
    what = "web.1: its port is open, but / has not answered yet"
    processes.eventually(lambda: what in why_not(app, 100).message, "it is told")


@pytest.mark.parametrize(
    ("module", "hook", "how"),
    [
        ("import os\nos._exit(1)\n", "", "exited with code 1"),
        (FLASK, "import os\ndef post_fork(server, worker): os._exit(7)\n", "exited with code 7"),
        (
            FLASK,
            "import os\ndef post_fork(server, worker): os.kill(os.getpid(), 9)\n",
            "was sent SIGKILL",
        ),
    ],
    ids=["import", "fork", "killed"],
)
def test_workers_of_gunicorn_that_die_are_told(
    owned: Begin,
    tmp_path: Path,
    module: str,
    hook: str,
    how: str,
) -> None:
    """Its master starts them for ever, and accepts connections meanwhile."""
    (tmp_path / "service.py").write_text(module)
    (tmp_path / "gunicorn.conf.py").write_text(hook)
    app = owned(f"{GUNICORN} service:app", XDG_RUNTIME_DIR=str(tmp_path))
    why = why_not(app).message

    said = rf"web\.1: gunicorn's workers die again and again \(\d+ so far, the last: {how}\)"
    assert re.fullmatch(said, why)
    assert not is_up(app)


@pytest.mark.parametrize("module", ["raise RuntimeError('no database')\n", "x = 1\n"])
def test_a_gunicorn_that_gives_up_itself_is_told_so(
    owned: Begin, tmp_path: Path, module: str
) -> None:
    """Its worker failed to boot, for want of an app; the status is 3, or 1 with many workers."""
    (tmp_path / "service.py").write_text(module)
    app = owned(f"{GUNICORN} -w 4 service:app", XDG_RUNTIME_DIR=str(tmp_path))
    why = why_not(app).message

    assert re.fullmatch(r"web\.1 exited with status [134] before it was ready", why)


@processes.LINUX_ONLY
@pytest.mark.parametrize(
    "web",
    [
        f"{GUNICORN} service:app",
        "exec python -m flask --app service run --port $PORT",
        "exec python server.py",
        pytest.param(
            "exec node -e 'require(\"http\").createServer().listen(process.env.PORT)'",
            marks=pytest.mark.needs("node"),
        ),
        pytest.param(
            "exec ruby -rsocket -e 'TCPServer.new(ENV[\"PORT\"].to_i)'",
            marks=pytest.mark.needs("ruby"),
        ),
    ],
    ids=["gunicorn", "flask", "http.server", "node", "ruby"],
)
def test_an_address_in_use_is_told(gate: Gate, owned: Begin, tmp_path: Path, web: str) -> None:
    """Before gunicorn has tried it five times, and in a form that programs understand."""
    (tmp_path / "service.py").write_text(FLASK)
    open_gate = gate("go")
    app = owned(f"read x < go; {web}", XDG_RUNTIME_DIR=str(tmp_path))
    with socket.create_server(("127.0.0.1", app.port("web"))):
        open_gate()
        app.wait_for_log("(?i)in use", timeout=30)
        error = why_not(app)

    assert isinstance(error, AddressInUse)
    assert re.match(r"web\.1 (can't listen on|exited with)|\S+ \(pid", error.message)
