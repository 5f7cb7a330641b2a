"""What the app tells of its web dynos, over its socket."""

from __future__ import annotations

import asyncio
import os
import socket

from procrun.control.folder import SOCKET
from procrun.core.commands import Request, decode_reply, encode_request, refused
from procrun.core.router_orders import ROUTES, routes
from procrun.errors import ProcrunError
from procrun.system.socket_names import with_short_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.routing import Routes

_LONGEST_REPLY = 4 * 1024 * 1024


async def subscribe(folder: str, changed: Callable[[Routes], None]) -> None:
    """Call `changed` with the routes, now and whenever they change, until the app has ended.

    ProcrunError where it does not tell them.
    """
    client = socket.socket(socket.AF_UNIX)
    try:
        with_short_name(os.path.join(folder, SOCKET), client.connect)
        client.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=client, limit=_LONGEST_REPLY)
    except OSError as error:
        client.close()
        raise ProcrunError(f"the router cannot reach its app: {error.strerror}") from error
    try:
        writer.write(encode_request(Request(ROUTES)))
        async for line in reader:
            reply = decode_reply(line)
            if refusal := refused(reply):
                raise refusal
            changed(routes(reply))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ProcrunError(f"the router does not understand its app: {error}") from error
    finally:
        writer.close()
