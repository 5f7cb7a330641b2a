"""Maintenance mode: every request gets a page of the platform, and the dynos go on."""

from __future__ import annotations

from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.requests.routes import Routes

_WORDS = {"on": True, "off": False}


def maintain(request: Request, connection: Connection, routes: Routes) -> None:
    """Switch it on or off as the request's name says; tell how it is, once the router knows."""
    word = request.names[0] if request.names else ""
    if word and word not in _WORDS:
        raise UsageError(f"maintenance is on or off, not {word}", "Say which.")
    if word:
        routes.maintenance = _WORDS[word]

    def tell() -> None:
        connection.reply({"maintenance": routes.maintenance, "last": True})

    if word:
        routes.when_seen(tell)
    else:
        tell()
