"""What the app tells of its web dynos, over its socket."""

from __future__ import annotations

import asyncio
import os
import socket

from procrun.control.folder import SOCKET
from procrun.core.commands import ANSWERS, ROUTES, Request, decode_reply, encode_request, refused
from procrun.core.route_news import RELIEVED, SEEN, answer, decode, edition
from procrun.errors import ProcrunError
from procrun.system.socket_names import with_short_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from procrun.core.routing import Routes

    # Takes the routes, and calls once the dynos that are left out have no request any more.
    Changed = Callable[[Routes, Callable[[], None]], None]

_LONGEST_REPLY = 4 * 1024 * 1024


async def subscribe(folder: str, changed: Changed) -> None:
    """Call `changed` with the routes, now and whenever they change, until the app has ended.

    The app hears when that is done, and when the dynos that are left out are free.

    ProcrunError where it does not tell them.
    """
    client = socket.socket(socket.AF_UNIX)
    try:
        with_short_name(os.path.join(folder, SOCKET), client.connect)
        client.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=client, limit=_LONGEST_REPLY)
    except OSError as error:
        client.close()
        why = error.strerror
        if isinstance(error, FileNotFoundError):  # then no command reaches it either
            why = f"{folder} was deleted under it; Ctrl-C and a new start make it again"
        raise ProcrunError(f"the router cannot reach its app: {why}") from error
    try:
        writer.write(encode_request(Request(ROUTES, (), ((ANSWERS, True),))))
        async for line in reader:
            reply = decode_reply(line)
            if refusal := refused(reply):
                raise refusal
            _take(reply, changed, writer)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ProcrunError(f"the router does not understand its app: {error}") from error
    finally:
        writer.close()


def _take(reply: Mapping[str, object], changed: Changed, writer: asyncio.StreamWriter) -> None:
    number = edition(reply)
    if number is None:
        changed(decode(reply), lambda: None)
        return
    changed(decode(reply), lambda: writer.write(answer(RELIEVED, number)))
    writer.write(answer(SEEN, number))
