"""Both sides of a router, as raw sockets: clients, dynos, and the app that tells the routes."""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import os
import re
import select
import socket
import subprocess
import sys
import termios
import time
from contextlib import closing
from typing import TYPE_CHECKING, Self

import pytest

from procrun.core.commands import encode_reply
from procrun.core.lifecycle import State
from procrun.core.route_news import encode
from procrun.core.router_orders import Orders
from procrun.core.routing import Dyno as WebDyno
from procrun.core.routing import Routes
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATIENCE = 20.0  # seconds
END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_UNREAD_ON_MACOS = 0x1024  # SO_NWRITE


class Peer:
    """One end of a connection, that waits with a deadline."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.rest = bytearray()  # what came and was not asked for yet

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def read_until(self, end: bytes = END) -> bytes:
        """Everything up to some bytes, these included."""
        searched = 0
        while (at := self.rest.find(end, searched)) < 0:
            searched = max(0, len(self.rest) - len(end))
            self._receive()
        return self._take(at + len(end))

    def read(self, size: int) -> bytes:
        """So many bytes."""
        while len(self.rest) < size:
            self._receive()
        return self._take(size)

    def read_all(self) -> bytes:
        """Everything until the other side sends no more, be it with a reset."""
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(1 << 16):
                self.rest += data
        return self._take(len(self.rest))

    def answer(self) -> tuple[bytes, bytes]:
        """Head and body of an answer that says its length."""
        head = self.read_until()
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        return head, self.read(int(length[1])) if length else b""

    def is_silent(self) -> bool:
        """Whether nothing has come, and nothing has ended."""
        return not self.rest and not select.select([self.socket], [], [], 0)[0]

    def is_closed(self) -> bool:
        """Whether the other side closes, in time."""
        return self.read_all() == b""

    def finish(self) -> None:
        """Send no more, and read on."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a reset, as a killed process does."""
        if self.socket.fileno() < 0:
            return
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, array.array("i", [1, 0]).tobytes()
        )
        self.socket.close()

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def _take(self, size: int) -> bytes:
        found = bytes(self.rest[:size])
        del self.rest[:size]
        return found

    def _receive(self) -> None:
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            pytest.fail(f"nothing more came after {self.rest[-1000:]!r}")
        if not data:
            pytest.fail(f"it ended after {self.rest[-1000:]!r}")
        self.rest += data


class Dyno:
    """A web process that the test plays itself."""

    def __init__(self, name: str = "web.1") -> None:
        self.name = name
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self.peers: list[Peer] = []

    def accept(self) -> Peer:
        """The next connection of the router."""
        connection, _ = self._listener.accept()
        peer = Peer(connection)
        self.peers.append(peer)
        return peer

    def has_caller(self) -> bool:
        """Whether a connection of the router waits to be accepted."""
        return bool(select.select([self._listener], [], [], 0)[0])

    def as_route(self, state: str = "up") -> WebDyno:
        """What the app tells of it."""
        return route(self.name, self.port, state)

    def hang_up(self) -> None:
        """Listen no longer."""
        self._listener.close()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        for peer in self.peers:
            peer.close()


class House:
    """A router at work, and the app whose router it is."""

    def __init__(self, folder: Path, **orders: object) -> None:
        """Start it; `orders` are fields of Orders."""
        self._listener = socket.socket(socket.AF_UNIX)
        path = folder / "control.sock"
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.settimeout(PATIENCE)
        ready, tell = os.pipe()
        self._errors = (folder / "errors").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "procrun.router"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(),
            pass_fds=(tell,),
        )
        os.close(tell)
        fields = {"control": str(folder), "http": 0, "bind": ("127.0.0.1",), **orders}
        assert self.process.stdin is not None
        self.process.stdin.write(Orders(ready=tell, **fields).encode())  # type: ignore[arg-type]  # by name
        self.process.stdin.flush()
        with open(ready, "rb") as answer:
            line = answer.readline()
        if not line:
            self.process.wait()
            pytest.fail(f"the router ended: {self.errors}")
        self.ports: dict[str, int] = json.loads(line)
        self.app, _ = self._listener.accept()
        self.request = Peer(self.app).read_until(b"\n")
        self._lines = b""
        self._peers: list[Peer] = []
        self._tests = 0

    @property
    def errors(self) -> str:
        """What it wrote to standard error."""
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode()

    def tell(self, *web: WebDyno, **more: object) -> None:
        """Tell the routes, and wait until the router has read them."""
        routes = Routes(web, **more)  # type: ignore[arg-type]  # by name
        self.app.sendall(encode_reply(encode(routes)))
        deadline = time.monotonic() + PATIENCE
        while _unread(self.app):
            assert time.monotonic() < deadline, "the router does not read its routes"

    def client(self, port: str = "http") -> Peer:
        """A connection to the router."""
        peer = Peer(socket.create_connection(("127.0.0.1", self.ports[port])))
        self._peers.append(peer)
        return peer

    def ask(self, request: bytes = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n") -> Peer:
        """A new connection that has sent something."""
        client = self.client()
        client.send(request)
        return client

    def line(self, wanted: str = " status=") -> str:
        """The next line of a request that holds a text: those of earlier tests may come late."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        while True:
            while b"\n" not in self._lines:
                if not select.select([descriptor], [], [], PATIENCE)[0]:
                    pytest.fail(f"no line of the router with {wanted}")
                data = os.read(descriptor, 1 << 16)
                assert data, f"the router ended: {self.errors}"
                self._lines += data
            line, _, self._lines = self._lines.partition(b"\n")
            if wanted in line.decode():
                return line.decode()

    def forget(self) -> None:
        """End all connections of a test, and read the lines of its requests."""
        for peer in self._peers:
            peer.reset()
        self._peers.clear()
        self._tests += 1
        with closing(self.client()) as last:
            last.send(b"GET /after-%d HTTP/1.1\r\n\r\n" % self._tests)
            last.answer()
        self._peers.clear()
        self.line(f"/after-{self._tests}")

    def let_go(self) -> None:
        """Close the lifeline: the router is to stop."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> str:
        """Stop it for good; what it wrote to standard error."""
        self.let_go()
        for peer in self._peers:
            peer.close()
        try:
            self._read_the_rest()
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.app.close()
            self._listener.close()
            errors = self.errors
            self._errors.close()
        return errors

    def _read_the_rest(self) -> None:
        """Its last lines, or it waits for somebody who does."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        deadline = time.monotonic() + PATIENCE
        while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not os.read(descriptor, 1 << 16):
                break

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_exception: object) -> None:
        errors = self.close()
        if kind is None:
            assert errors == ""


def fields(line: str) -> dict[str, str]:
    """The keys of a router's line and their values, in order."""
    return dict(re.findall(r'(\w+)=("[^"]*"|\S*)', line))


def headers(head: bytes) -> dict[str, str]:
    """The headers of a head by their names in small letters; the first line as "".

    Of a name that comes twice, both values with a comma between them.
    """
    first, *lines = head.removesuffix(END).decode("latin-1").split("\r\n")
    found = {"": first}
    for line in lines:
        name, _, value = line.partition(": ")
        known = found.get(name.lower())
        found[name.lower()] = value if known is None else f"{known},{value}"
    return found


def route(name: str, port: int = 1, state: str = "starting") -> WebDyno:
    """What an app tells of a dyno."""
    return WebDyno(name, port, State(state))


def ports(dynos: Sequence[Dyno]) -> list[WebDyno]:
    """The routes to some dynos that are up."""
    return [dyno.as_route() for dyno in dynos]


def _unread(app: socket.socket) -> int:
    if sys.platform == "linux":
        pending = array.array("i", [0])
        fcntl.ioctl(app, termios.TIOCOUTQ, pending)
        return pending[0]
    return app.getsockopt(socket.SOL_SOCKET, _UNREAD_ON_MACOS)
