"""Clients that never stop asking, and note every answer that is not the one they want."""

from __future__ import annotations

import secrets
import socket
import threading
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.running import Running

PATIENCE = 20.0  # seconds
_ASKED_PER_CONNECTION = 20


def port_of(app: Running) -> int:
    """The port for http of the router of an app that was just started."""
    line = app.wait_for("the app is at ")
    return int(line.rpartition("http://127.0.0.1:")[2].partition(" ")[0])


def ask(port: int, path: str = "/", method: str = "GET") -> tuple[int, bytes]:
    """Status and body of one answer, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Crowd:
    """Some clients, each with a connection that it keeps for a while. Every other one posts."""

    def __init__(self, port: int, clients: int) -> None:
        self.failures: list[str] = []
        self.allowed = {200}  # statuses
        self._port = port
        self._answers = [0] * clients
        self._changed = threading.Condition()
        self._over = False
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(clients)]

    def await_answers(self, more: int = 5) -> None:
        """Wait until every client has had so many answers more."""
        with self._changed:
            wanted = [answers + more for answers in self._answers]
            assert self._changed.wait_for(
                lambda: all(map(int.__ge__, self._answers, wanted)), PATIENCE
            ), self.failures

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over = True
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        method = "POST" if number % 2 else "GET"
        while not self._over:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            try:
                for _ in range(_ASKED_PER_CONNECTION):
                    if not self._over:
                        self._exchange(connection, method)
                        self._note(number)
            except (OSError, HTTPException) as error:
                self.failures.append(f"{method}: {error!r}")
                self._note(number)
            finally:
                connection.close()

    def _exchange(self, connection: HTTPConnection, method: str) -> None:
        connection.request(method, "/", body=b"a=1" if method == "POST" else None)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in self.allowed:
            self.failures.append(f"{method}: {answer.status} {body[:300]!r}")

    def _note(self, number: int) -> None:
        with self._changed:
            self._answers[number] += 1
            self._changed.notify_all()


def unused_port() -> int:
    """A port that is free just now, as is the one 443 above it.

    Neither is of those that the system gives to whoever asks for any.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        try:
            for number in (port, port + 443):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return port
