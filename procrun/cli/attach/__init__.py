"""`procrun attach`: this terminal becomes that of a dyno of the running app."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.cli.attach.screen import Screen
from procrun.cli.attach.session import Session, receive
from procrun.cli.options import parse
from procrun.control.client import await_answer, connect, send
from procrun.core.commands import ATTACH, Request, decode_reply, refused
from procrun.core.keys import title
from procrun.errors import ProcrunError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from procrun.cli.words import Line


def attach(line: Line) -> int:
    """Attach until the user leaves or the dyno ends; the exit code.

    ProcrunError, with the terminal untouched, if there is no such dyno.
    """
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    if not given.words:
        raise UsageError("attach needs a name", "For example: procrun attach web.1")
    screen = Screen()
    size = screen.size
    request = Request(ATTACH, given.words, (("rows", size.rows), ("columns", size.columns)))
    with connect(settings.root) as client:
        send(client, request)
        await_answer(client, settings.root)
        reply, rest = _first_reply(client)
        name, has_terminal = str(reply.get("dyno")), bool(reply.get("terminal"))
        if reply.get("pid") == os.getsid(0):
            message = f"this is the terminal of {name} itself"
            raise ProcrunError(message, "Attach from another one.")
        if not (reply.get("writes") or screen.takes_keys):
            message = f"somebody else types into {name} already"
            raise ProcrunError(message, "Only one can; a terminal may look on meanwhile.")
        session = Session(client, screen, name, settings.detach_key)
        greeting = _greeting(name, title(settings.detach_key), reply)
        return session.run(greeting, rest, raw=has_terminal)


def _greeting(name: str, key: str, reply: dict[str, object]) -> str:
    if not reply.get("writes"):
        return f"attached to {name}, into which somebody else types; {key} leaves"
    if not reply.get("terminal"):
        return f"attached to {name}, which has no terminal: type whole lines; {key} leaves"
    return f"attached to {name}; {key} leaves"


def _first_reply(client: socket) -> tuple[dict[str, object], bytes]:
    """The reply that accepts the request, and what came behind it. ProcrunError for a refusal."""
    received = b""
    while b"\n" not in received:
        more = receive(client)
        if not more:
            raise ProcrunError("the app ended before it answered", "`procrun logs` says more.")
        received += more
    first, _, rest = received.partition(b"\n")
    reply = decode_reply(first)
    if refusal := refused(reply):
        raise refusal
    return reply, rest
