"""What the tests of `procrun attach` and of `--focus` share."""

from __future__ import annotations

import http.client
import os
import re
import termios
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.running import Running, Terminal

LEAVE = "\x1c"
STAY = "echo ready; exec sleep 60"
PROMPT = re.compile(r"\(Pdb\) $")


def modes(terminal: Terminal) -> list[int | list[bytes | int]]:
    """How the terminal is set, as far as its child decides."""
    return termios.tcgetattr(terminal.child.child_fd)


def usual_modes() -> list[int | list[bytes | int]]:
    """How a terminal is set that nobody has touched."""
    near, far = os.openpty()
    try:
        return termios.tcgetattr(near)
    finally:
        os.close(near)
        os.close(far)


class Visit:
    """A request to a web process, which may take its time."""

    def __init__(self, port: int, path: str = "/") -> None:
        self._port = port
        self._path = path
        self.answer = ""
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with suppress(OSError, http.client.HTTPException):
            client.request("GET", self._path)
            self.answer = client.getresponse().read().decode()
        client.close()

    def finish(self) -> str:
        """What was answered."""
        self._thread.join()
        return self.answer


def port_of(running: Running, name: str) -> int:
    """The port that the log tells."""
    line = running.wait_for(f"{name} started")
    return int(line.partition("port ")[2].rstrip(")"))
