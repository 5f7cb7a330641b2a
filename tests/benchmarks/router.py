"""The router beside nginx and aiohttp as proxies, in front of the same server.

All share the machine with the server and with wrk: what counts is the ratio. `direct` is the server
without anything in front of it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from procrun.core.router_orders import Orders
from procrun.value import Value
from tests.benchmarks.figures import Row, Sample
from tests.benchmarks.processes import ToolError, end_all, environment, pss, workplace
from tests.benchmarks.startup import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.runners import Tool

OURS = "procrun"
DIRECT = "direct"
NAMES = (DIRECT, "nginx", "aiohttp")
SECONDS = 2
MANY = Row("requests through the router, 50 connections", "per s")
ONE = Row("requests through the router, 1 connection", "per s")
MEDIAN = Row("what that takes, p50", "ms")
ADDED = Row("what that takes more than without a proxy, p50", "ms")
FLASK = Row("requests to a Flask page, gunicorn, 50 connections", "per s")
MEMORY = Row("memory of the router after that (PSS)", "MB")

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 10000000; keepalive_timeout 600;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {server}
}}
"""
PAGE = 'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello world\\n"; }} }}'
PROXY = """
  upstream u {{ server 127.0.0.1:{to}; keepalive 64; keepalive_requests 10000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""
AIOHTTP = """
import sys
from aiohttp import ClientSession, web

async def forward(request):
    url = f"http://127.0.0.1:{sys.argv[2]}{request.rel_url}"
    async with request.app["session"].request(
        request.method, url, headers=request.headers, data=request.content
    ) as upstream:
        answer = web.StreamResponse(status=upstream.status, headers=upstream.headers)
        await answer.prepare(request)
        async for chunk in upstream.content.iter_any():
            await answer.write(chunk)
        await answer.write_eof()
        return answer

async def open_session(app):
    app["session"] = ClientSession(auto_decompress=False)

app = web.Application()
app.on_startup.append(open_session)
app.router.add_route("*", "/{path:.*}", forward)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""
APP = """
from flask import Flask
app = Flask(__name__)

@app.get("/")
def hello():
    return "hello world"
"""


class Load(Value):
    """What wrk found."""

    rate: float  # requests in a second
    median: float  # milliseconds


def missing() -> list[str]:
    """A word on each program that is needed and not here."""
    remedies = {"wrk": "apt-get install wrk", "nginx": "apt-get install nginx-light"}
    found = [f"router is skipped: {remedies[name]}" for name in remedies if not shutil.which(name)]
    if importlib.util.find_spec("aiohttp") is None:
        found.append("aiohttp is skipped: pip install aiohttp")
    return found


def load(port: int, connections: int) -> Load:
    """Ask for the same page again and again; ToolError where an answer is none."""
    words = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}", "--latency"]
    said = subprocess.run(
        [*words, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        raise ToolError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
    if not rate or not median:
        raise ToolError(said)
    return Load(float(rate[1]), float(median[1]) * {"us": 0.001, "ms": 1, "s": 1000}[median[2]])


def wait_until_open(port: int) -> None:
    """Until somebody listens there."""
    for _ in range(400):
        with socket.socket() as client:
            client.settimeout(0.05)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        subprocess.run(["sleep", "0.05"], check=True)
    raise ToolError(f"nobody listens on port {port}")


def launch(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """A server in a folder, that ends with the round."""
    with (folder / "stderr").open("ab") as errors:
        return subprocess.Popen(
            words, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=errors
        )


@contextmanager
def ours(folder: Path, port: int, to: int) -> Iterator[subprocess.Popen[bytes]]:
    """The router on a port, in front of another; its lines are read by nobody."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "control.sock"))
        listener.listen()
        words = [sys.executable, "-P", "-m", "procrun.router"]
        process = subprocess.Popen(
            words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        with process:
            assert process.stdin is not None
            process.stdin.write(Orders(str(folder), port, bind=("127.0.0.1",)).encode())
            process.stdin.flush()
            app, _ = listener.accept()
            with app:
                route = {"name": "web.1", "port": to, "state": "up"}
                app.sendall(json.dumps({"web": [route], "maintenance": False}).encode() + b"\n")
                try:
                    yield process
                finally:
                    process.stdin.close()
                    process.wait()


def nginx(folder: Path, server: str, **numbers: str) -> None:
    """An nginx of one worker."""
    folder.mkdir()
    text = NGINX.format(folder=folder, server=server.format(**numbers))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    launch(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder)
    wait_until_open(int(numbers["port"]))


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: everybody in turn, in front of the same server."""
    if OURS not in {tool.name for tool in tools} or not shutil.which("wrk"):
        return
    if not shutil.which("nginx"):
        return
    try:
        with workplace() as folder:
            yield from in_front_of_nginx(folder)
        with workplace() as folder:
            yield from in_front_of_flask(folder)
    finally:
        end_all()


def in_front_of_nginx(folder: Path) -> Iterator[Sample]:
    """What the proxies can do at most."""
    to = free_port()
    nginx(folder / "page", PAGE, port=to)
    ports = {DIRECT: int(to)}
    ports["nginx"] = int(port := free_port())
    nginx(folder / "proxy", PROXY, port=port, to=to)
    if importlib.util.find_spec("aiohttp") is not None:
        ports["aiohttp"] = int(port := free_port())
        launch([sys.executable, "-c", AIOHTTP, port, to], folder)
        wait_until_open(ports["aiohttp"])
    ports[OURS] = int(free_port())
    with ours(folder, ports[OURS], int(to)) as router:
        many = {name: load(port, 50) for name, port in ports.items()}
        one = {name: load(port, 1) for name, port in ports.items()}
        for name in ports:
            yield Sample(MANY, name, many[name].rate)
            yield Sample(ONE, name, one[name].rate)
            yield Sample(MEDIAN, name, one[name].median)
            if name != DIRECT:
                yield Sample(ADDED, name, one[name].median - one[DIRECT].median)
        yield Sample(MEMORY, OURS, pss([router.pid]))


def in_front_of_flask(folder: Path) -> Iterator[Sample]:
    """What they cost an app."""
    if importlib.util.find_spec("gunicorn") is None:
        return
    (folder / "app.py").write_text(APP, encoding="utf-8")
    to, port = free_port(), int(free_port())
    threads = ["--worker-class", "gthread", "--threads", str(2 * (os.cpu_count() or 1))]
    words = [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{to}"]
    launch([*words, *threads, "--log-level", "critical"], folder)
    wait_until_open(int(to))
    with ours(folder, port, int(to)):
        yield Sample(FLASK, DIRECT, load(int(to), 50).rate)
        yield Sample(FLASK, OURS, load(port, 50).rate)
