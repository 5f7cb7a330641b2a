"""A client's end of the socket: one request, its replies."""

from __future__ import annotations

import os
import socket

from procrun.control.folder import SOCKET, Folder
from procrun.core.commands import decode_reply, encode_request
from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.core.commands import Request


class NotRunning(ProcrunError):
    """No app runs in that root."""

    def __init__(self) -> None:
        super().__init__(
            "no app is running here", "`procrun start` starts it; -d DIR names its root."
        )


def connect(root: str) -> socket.socket:
    """A connection to the app that runs in `root`. NotRunning if none does.

    The name is given relative to the root, because a socket's name has 108 bytes at most.
    """
    before = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    client = socket.socket(socket.AF_UNIX)
    try:
        os.chdir(root)
        client.connect(os.path.join(os.path.basename(Folder(root).path), SOCKET))
    except OSError as error:
        client.close()
        raise NotRunning from error
    finally:
        os.fchdir(before)
        os.close(before)
    return client


def ask(root: str, request: Request) -> Iterator[dict[str, object]]:
    """Every reply to a request, until the last. ProcrunError for a refusal or a lost connection."""
    with connect(root) as client, client.makefile("rb") as lines:
        client.sendall(encode_request(request))
        for line in lines:
            reply = decode_reply(line)
            if "error" in reply:
                raise _refused(reply)
            yield reply
            if reply.get("last"):
                return
    raise ProcrunError("the app ended before it answered", "`procrun logs` shows its last words.")


def _refused(reply: dict[str, object]) -> ProcrunError:
    status = reply.get("status")
    code = status if isinstance(status, int) else None
    return ProcrunError(str(reply["error"]), str(reply.get("hint", "")), code)
