"""The router beside nginx and aiohttp as proxies, in front of the same server.

All share the machine with the server and with wrk: what counts is the ratio. `direct` is the server
without anything in front of it. nginx proxies as Debian has it: a line in its log for each request,
as the router writes one, and the headers of its `proxy_params`.

Each asks the same gunicorn for Flask's pages: one process of some threads, which keeps connections
open; wrk has as many connections to it as to the proxies. One page is a template with twenty rows
of a database, as pages are; the other is two words, where a request costs least and a proxy shows
most. An app also has to read the headers that a router adds, whatever the router costs itself:
`direct` is asked once more with these.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from procrun.core.commands import encode_reply
from procrun.core.lifecycle import State
from procrun.core.route_news import encode
from procrun.core.router_orders import Orders
from procrun.core.routing import Dyno, Routes
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
FLASK = {
    "/": Row("requests to a Flask page (template, SQLite), gunicorn, 50 connections", "per s"),
    "/hello": Row("requests to a Flask page of two words, gunicorn, 50 connections", "per s"),
}
LONGER = Row("the same, asked with the headers that a router adds", "per s")
MEMORY = Row("memory of the router after that (PSS)", "MB")

ADDED_HEADERS = (
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Port: 80",
    "X-Request-Start: 1763836800000",
    "Via: 1.1 heroku-router",
    "X-Request-Id: 2e97c191-3b3f-4d41-9cf1-d30e9a7b34c5",
)

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
  server {{ listen 127.0.0.1:{port}; access_log access.log; location / {{
    proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme; }} }}
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
import sqlite3
from flask import Flask, render_template_string

app = Flask(__name__)
PAGE = '''<!doctype html><title>{{ title }}</title><ul>
{% for number, name, text in rows %}<li><a href="/{{ number }}">{{ name }}</a> {{ text }}</li>
{% endfor %}</ul>'''

with sqlite3.connect("posts.db") as made:
    made.execute("create table posts (id integer primary key, name text, text text)")
    rows = [(f"Post {number}", "words " * 10) for number in range(100)]
    made.executemany("insert into posts (name, text) values (?, ?)", rows)
made.close()

@app.get("/")
def posts():
    database = sqlite3.connect("posts.db")
    rows = database.execute("select id, name, text from posts order by id desc limit 20").fetchall()
    database.close()
    return render_template_string(PAGE, title="Posts", rows=rows)

@app.get("/hello")
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


def load(port: int, connections: int, path: str = "/", headers: Sequence[str] = ()) -> Load:
    """Ask for the same page again and again; ToolError where an answer is none."""
    words = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}", "--latency"]
    words += [word for header in headers for word in ("-H", header)]
    said = subprocess.run(
        [*words, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
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


@contextmanager
def serving(words: list[str], folder: Path, port: str) -> Iterator[None]:
    """A server in a folder, from when it listens; nginx hides the mark by which all are ended."""
    with (
        (folder / "stderr").open("ab") as errors,
        subprocess.Popen(
            words, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=errors
        ) as process,
    ):
        try:
            wait_until_open(int(port))
            yield
        finally:
            process.terminate()


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
                routes = Routes((Dyno("web.1", to, State.UP),))
                app.sendall(encode_reply(encode(routes)))
                try:
                    yield process
                finally:
                    process.stdin.close()
                    process.wait()


@contextmanager
def nginx(folder: Path, server: str, **numbers: str) -> Iterator[int]:
    """An nginx of one worker; its port."""
    folder.mkdir()
    text = NGINX.format(folder=folder, server=server.format(**numbers))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    words = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with serving(words, folder, numbers["port"]):
        yield int(numbers["port"])


def measure(tools: Sequence[Tool]) -> Iterator[Sample]:
    """A round: everybody in turn, in front of the same server."""
    if OURS not in {tool.name for tool in tools} or not shutil.which("wrk"):
        return
    if not shutil.which("nginx"):
        return
    try:
        with workplace() as folder, ExitStack() as servers:
            yield from in_front_of_nginx(folder, servers)
        with workplace() as folder, ExitStack() as servers:
            yield from in_front_of_flask(folder, servers)
    finally:
        end_all()


def in_front_of_nginx(folder: Path, servers: ExitStack) -> Iterator[Sample]:
    """What the proxies can do at most."""
    to = free_port()
    ports = {DIRECT: servers.enter_context(nginx(folder / "page", PAGE, port=to))}
    proxy = nginx(folder / "proxy", PROXY, port=free_port(), to=to)
    ports["nginx"] = servers.enter_context(proxy)
    if importlib.util.find_spec("aiohttp") is not None:
        port = free_port()
        servers.enter_context(serving([sys.executable, "-c", AIOHTTP, port, to], folder, port))
        ports["aiohttp"] = int(port)
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


def in_front_of_flask(folder: Path, servers: ExitStack) -> Iterator[Sample]:
    """What they cost an app."""
    if importlib.util.find_spec("gunicorn") is None:
        return
    (folder / "app.py").write_text(APP, encoding="utf-8")
    to, port = free_port(), int(free_port())
    threads = ["--worker-class", "gthread", "--threads", str(2 * (os.cpu_count() or 1))]
    words = [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{to}"]
    servers.enter_context(serving([*words, *threads, "--log-level", "critical"], folder, to))
    proxy = nginx(folder / "proxy", PROXY, port=free_port(), to=to)
    ports = {DIRECT: int(to), "nginx": servers.enter_context(proxy), OURS: port}
    with ours(folder, port, int(to)):
        for path, row in FLASK.items():
            for name, where in ports.items():
                yield Sample(row, name, load(where, 50, path).rate)
        yield Sample(LONGER, DIRECT, load(int(to), 50, "/hello", ADDED_HEADERS).rate)
