"""A client's end of the socket: one request, its replies."""

from __future__ import annotations

import socket
import time

from procrun.control.folder import SOCKET, Folder
from procrun.core.commands import decode_reply, encode_request, refused
from procrun.errors import ProcrunError
from procrun.system.descendants import is_suspended
from procrun.system.readable import is_readable
from procrun.system.socket_names import with_short_name

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from procrun.core.commands import Request


# Every request gets a first word within a second or so.
_FIRST_LOOK = 1.5  # seconds without an answer after which we look whether the app is suspended
_PATIENCE = 10.0  # seconds after that
_LEAST = 0.001  # seconds: a timeout of 0 would mean something else


class NotRunning(ProcrunError):
    """No app runs in that root."""

    def __init__(self) -> None:
        super().__init__(
            "no app is running here", "`procrun start` starts it; --root DIR names its root."
        )


class AppEnded(ProcrunError):
    """The app ended before it answered."""

    def __init__(self) -> None:
        super().__init__("the app ended before it answered", "`procrun logs` shows its last words.")


def connect(root: str) -> socket.socket:
    """A connection to the app that runs in `root`. NotRunning if none does."""
    client = socket.socket(socket.AF_UNIX)
    try:
        with_short_name(Folder(root).file(SOCKET), client.connect)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        client.close()
        raise NotRunning from error
    except OSError as error:
        client.close()
        message = f"the app cannot be reached: {error.strerror}"
        raise ProcrunError(message, "Only the user who started it can.") from error
    return client


def send(client: socket.socket, request: Request) -> None:
    """Send the request; of what is too long at least so much that the refusal can be read."""
    try:
        client.sendall(encode_request(request))
    except (BrokenPipeError, ConnectionResetError):
        pass  # what there is to read says why


def await_answer(client: socket.socket, root: str) -> None:
    """Wait for the first of the answer of the app in `root`; ProcrunError where none comes."""
    if is_readable(client, _FIRST_LOOK):
        return
    owner = Folder(root).owner
    if owner and is_suspended(owner.pid):
        message = f"the app is suspended (pid {owner.pid})"
        raise ProcrunError(message, "`fg` in its terminal continues it.")
    if not is_readable(client, _PATIENCE):
        hint = "`procrun stop` may end it all the same, `kill -9` ends it for sure."
        raise ProcrunError("the app does not answer", hint)


def ask(root: str, request: Request, patience: float | None = None) -> Iterator[dict[str, object]]:
    """Every reply to a request, until the last. ProcrunError for a refusal or a lost connection.

    TimeoutError where that takes more than so many seconds; None means that it may take for ever.
    """
    deadline = None if patience is None else time.monotonic() + patience
    with connect(root) as client, client.makefile("rb") as lines:
        send(client, request)
        await_answer(client, root)
        while line := _next_line(client, lines, deadline):
            reply = decode_reply(line)
            if refusal := refused(reply):
                raise refusal
            yield reply
            if reply.get("last"):
                return
    raise AppEnded


def _next_line(client: socket.socket, lines: BinaryIO, deadline: float | None) -> bytes:
    if deadline is not None:
        client.settimeout(max(_LEAST, deadline - time.monotonic()))
    try:
        return lines.readline()
    except ConnectionResetError:  # killed
        return b""
