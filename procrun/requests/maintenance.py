"""Maintenance mode: every request gets a page of the platform, and the dynos go on."""

from __future__ import annotations

from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.commands import Request
    from procrun.requests.entrance import Entrance
    from procrun.requests.operation import Client
    from procrun.requests.route_feed import RouteFeed

_WORDS = {"on": True, "off": False}


def maintain(request: Request, client: Client, routes: RouteFeed, entrance: Entrance) -> None:
    """Switch it on or off as the request's name says; tell how it is, once the router knows.

    After a while also where it does not: the reply has a `text` then.
    """
    word = request.names[0] if request.names else ""
    if word and word not in _WORDS:
        raise UsageError(f"maintenance is on or off, not {word}", "Say which.")
    if word:
        routes.maintenance = _WORDS[word]

    def tell(seen: bool) -> None:  # noqa: FBT001 - nothing but this is told
        why = "is slow" if entrance.is_open else "does not run just now"
        late = {} if seen else {"text": f"the router {why}; it will hear of it"}
        client.reply({"maintenance": routes.maintenance, **late, "last": True})

    if word:
        routes.when_seen(tell)
    else:
        tell(True)
