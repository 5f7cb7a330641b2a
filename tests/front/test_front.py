"""The router as a part of the app: its start, its lines, its end, and what it is told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.front.crowd import PATIENCE, ask, port_of, unused_port
from tests.supervision.processes import LINUX_ONLY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Running, Starter

SERVER = """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            print("asked", flush=True)
            while not os.path.exists("go"):
                time.sleep(0.01)
        body = bytes(3000000) if self.path == "/last" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/last":
            os._exit(0)

    def log_message(self, *_arguments):
        pass

signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else signal.SIG_DFL)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
WEB = "web: exec python server.py\n"
START = ("start", "-p", "0", "--router", "--no-timestamp")


@pytest.fixture(autouse=True)
def server(tmp_path: Path) -> None:
    """The web process of these tests."""
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")


def router_of(app: Running) -> psutil.Process:
    """The process of an app's router."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for process in psutil.Process(app.pid).children(recursive=True):
            if process.cmdline()[-2:] == ["-m", "procrun.router"]:
                return process
    pytest.fail("there is no router")


def test_an_app_behind_its_router(procrun: Starter) -> None:
    """Its address and its lines, how it is looked at, maintenance, and an end."""
    app = procrun(*START, procfile=WEB)
    told = app.wait_for("the app is at ")
    port = port_of(app)
    urls, untrusted, _ = told.partition("at ")[2].partition(" (browsers: `procrun ca trust`)")
    assert re.fullmatch(r"(https://\S+\.localhost:\d+ and )?http://127\.0\.0\.1:\d+", urls)
    assert not untrusted or urls.startswith("https:")
    assert "http://" not in app.wait_for("web.1 is up after")

    assert ask(port) == (200, b"ok")
    line = app.wait_for("router  | at=info method=GET")
    assert " dyno=web.1 " in line
    assert procrun("wait").finish() == (0, "the app is ready\n")
    assert f"router: {urls}\n" in procrun("ps").finish()[1]
    for words in (("-d", "router"), ("-s", "heroku"), ()):
        code, log = procrun("logs", *words).finish()
        assert code == 0
        assert " heroku[router]: at=info method=GET " in log
    entry = json.loads(procrun("logs", "-d", "router", "--json").finish()[1].splitlines()[-1])
    assert (entry["source"], entry["dyno"], entry["type"]) == ("heroku", "router", "line")

    assert procrun("maintenance").finish() == (0, "off\n")
    code, said = procrun("maintenance", "on").finish()
    assert (code, said.startswith("Enabling maintenance mode for ⬢ ")) == (0, True)
    assert said.endswith("... done\n")
    app.wait_for("procrun | maintenance mode is on")
    status, page = ask(port)
    assert (status, b"Offline for Maintenance" in page) == (503, True)
    assert "; maintenance mode is on\n" in procrun("ps").finish()[1]
    assert procrun("maintenance:off").finish()[1].startswith("Disabling maintenance mode for ⬢ ")
    assert ask(port) == (200, b"ok")

    assert procrun("stop").finish() == (0, "the app has stopped\n")
    assert app.finish()[0] == 0
    assert procrun("logs", "-d", "router").finish()[1].count("at=info") == 3


@LINUX_ONLY
def test_the_app_that_has_the_port_of_a_router_is_named(procrun: Starter, tmp_path: Path) -> None:
    """By the folder, which is where it can be stopped."""
    app = procrun(*START, procfile=WEB)
    port = port_of(app)
    other = tmp_path / "other"
    other.mkdir()
    (other / "Procfile").write_text(WEB, encoding="utf-8")
    code, output = procrun("start", "--root", str(other), "-p", str(port), "--router").finish()

    holder = f"the router of the app in {tmp_path} (procrun, pid {router_of(app).pid})"
    assert (code, f"for http, is taken by {holder}" in output) == (1, True), output
    assert procrun("stop").finish()[0] == 0


def test_a_router_that_ends_is_started_again(procrun: Starter) -> None:
    """On the same port, with what is so by now."""
    app = procrun(*START, procfile=WEB)
    port = port_of(app)
    procrun("maintenance", "on").finish()
    router_of(app).kill()
    app.wait_for("the router was killed by SIGKILL after")
    code, _ = procrun("wait").finish()

    assert code == 0
    assert ask(port)[0] == 503
    assert procrun("stop").finish()[0] == 0


def test_pages_of_the_config_vars(procrun: Starter) -> None:
    """From the start on, and whenever they change."""
    app = procrun(*START, procfile=WEB, env_file="MAINTENANCE_PAGE_URL=https://a.test/m\n")
    port = port_of(app)
    procrun("maintenance", "on").finish()
    assert b'<iframe src="https://a.test/m">' in ask(port)[1]

    procrun("config", "set", "MAINTENANCE_PAGE_URL=https://b.test/m").finish()
    procrun("maintenance", "on").finish()
    assert b'<iframe src="https://b.test/m">' in ask(port)[1]
    assert procrun("stop").finish()[0] == 0


def test_requests_under_way_come_to_their_end(procrun: Starter, tmp_path: Path) -> None:
    """When the app is stopped, as long as the web process goes on; a second signal kills both."""
    app = procrun(*START, "-t", "60", procfile="web: exec python server.py stubborn\n")
    port = port_of(app)
    client = socket.create_connection(("127.0.0.1", port), PATIENCE)
    with closing(client):
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        app.wait_for("asked")
        app.signal(signal.SIGTERM)
        _wait_until_refused(port)
        (tmp_path / "go").touch()
        assert client.makefile("rb").read().endswith(b"ok")
    app.wait_for("at=info")
    app.signal(signal.SIGINT)
    assert app.finish()[0] == 143


def _wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with closing(socket.socket()) as client:
            if client.connect_ex(("127.0.0.1", port)):
                return
    pytest.fail(f"port {port} is open still")


def test_an_app_that_has_ended_by_itself_takes_no_more_commands(procrun: Starter) -> None:
    """While its router waits for a client that does not read; its exit code stays 0."""
    app = procrun(*START, "--can-die", "web", procfile=WEB)
    port = port_of(app)
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
        app.wait_for("waiting for the router, which has requests still; Ctrl-C kills at once")
        code, output = procrun("restart", "web.1").finish()
        app.signal(signal.SIGINT)
        assert app.finish()[0] == 0
    assert (code, "restarted" in output) == (1, False)
    assert app.output.count("web.1 started") == 1


@pytest.mark.parametrize("victim", ["outer", "inner"])
def test_nothing_is_left_of_an_app_that_is_killed(procrun: Starter, victim: str) -> None:
    """Whichever of its processes."""
    app = procrun(*START, procfile=WEB)
    port = port_of(app)
    (inner,) = psutil.Process(app.pid).children()
    router = router_of(app)
    os.kill(app.pid if victim == "outer" else inner.pid, signal.SIGKILL)

    app.finish()
    assert psutil.wait_procs([inner, router], PATIENCE)[1] == []
    _wait_until_refused(port)


@pytest.mark.parametrize("which", ["http", "https"])
def test_a_port_that_somebody_has(procrun: Starter, which: str) -> None:
    """Nothing starts; the holder is named."""
    base = unused_port()
    taken = base if which == "http" else base + 443
    with closing(socket.create_server(("127.0.0.1", taken))):
        app = procrun("start", "-p", str(base), "--router", procfile=WEB)
        code, output = app.finish()

    assert code == 1
    assert f"port {taken} of the router, for {which}, is taken by " in output
    assert f"(pid {os.getpid()})" in output
    assert "started" not in output


def test_a_port_that_is_taken_after_all_stops_the_app(procrun: Starter) -> None:
    """Of an address that was not looked at."""
    with socket.socket(socket.AF_INET6) as other:
        other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            other.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
        other.listen()
        port = other.getsockname()[1]
        arguments = ("-p", str(port), "--port-tls", "0", "--router", "--bind", "::1")
        code, output = procrun("start", *arguments, procfile=WEB).finish()

    assert code == 1
    assert f"stopped because the router cannot listen on port {port} of ::1" in output


def test_ports_that_cannot_be(procrun: Starter) -> None:
    """Are told before anything starts."""
    code, output = procrun("start", "-p", "65300", "--router", procfile=WEB).finish()
    assert (code, "port for https would be 65743, above 65535" in output) == (78, True)

    arguments = ("-p", "6000", "--port-tls", "6000", "--router")
    code, output = procrun("start", *arguments).finish()
    assert (code, "port 6000 both for http and for https" in output) == (78, True)


@pytest.mark.parametrize(
    ("address", "status", "why"),
    [
        ("", 2, "--bind: bind takes a list of addresses such as 127.0.0.1 or ::1, not ''"),
        ("a.test", 2, "not 'a.test' (a.test is no address)"),
        ("203.0.113.7", 1, "the router cannot listen on 203.0.113.7: "),
    ],
)
def test_an_address_that_cannot_be(procrun: Starter, address: str, status: int, why: str) -> None:
    """Is told before the release command runs."""
    arguments = ("start", "-p", "0", "--heroku", "--bind", address)
    code, output = procrun(*arguments, procfile=f"{WEB}release: echo released\n").finish()

    assert (code, why in output) == (status, True), output
    assert "released" not in output


def test_an_app_without_a_folder_has_no_router(procrun: Starter, tmp_path: Path) -> None:
    """It would not learn of any web process."""
    (tmp_path / ".procrun").touch()
    code, output = procrun(*START, procfile=WEB).finish()

    assert code == 1
    assert "the router needs the app's folder" in output
    assert "started" not in output


def test_maintenance_needs_a_router(procrun: Starter) -> None:
    """And an app."""
    code, output = procrun("maintenance", "on").finish()
    assert (code, "no app is running here" in output) == (1, True)
    code, output = procrun("maintenance", "maybe").finish()
    assert (code, "maintenance is on or off, not maybe" in output) == (2, True)

    app = procrun("start", procfile="worker: echo here; sleep 60\n")
    app.wait_for("here")
    code, output = procrun("maintenance", "on").finish()
    assert code == 1
    assert "... failed\nprocrun: the app runs without a router" in output
    assert "--heroku" in output
    assert procrun("stop").finish()[0] == 0


def test_a_start_in_the_background_tells_where_the_router_is(procrun: Starter) -> None:
    """And not where the web process itself is."""
    code, output = procrun("start", "-D", *START[1:], procfile=WEB).finish()
    assert code == 0
    assert re.search(
        r"in the background \(pid \d+\), at .*http://127\.0\.0\.1:\d+$", output, re.MULTILINE
    )
    assert "port" not in output
    assert procrun("stop").finish()[0] == 0


def test_another_process_does_not_get_the_port_of_the_router(procrun: Starter) -> None:
    """Though it would be its own by its place in the Procfile."""
    base = unused_port()
    procfile = f"worker: echo PORT=$PORT; sleep 60\n{WEB}"
    app = procrun("start", "-p", str(base), "--router", procfile=procfile)

    assert app.wait_for(re.compile(r"PORT=\d+")).rpartition("=")[2] != str(base)
    assert port_of(app) == base
    assert procrun("stop").finish()[0] == 0
