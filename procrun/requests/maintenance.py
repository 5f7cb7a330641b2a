"""Maintenance mode: every request gets a page of the platform, and the dynos go on."""

from __future__ import annotations

from procrun.core.api_lines import maintenance
from procrun.errors import UsageError
from procrun.requests.api_log import tell
from procrun.system.user import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.commands import Request
    from procrun.requests.operation import Client
    from procrun.requests.route_feed import RouteFeed
    from procrun.requests.subject import Subject

_WORDS = {"on": True, "off": False}


def maintain(request: Request, client: Client, routes: RouteFeed, app: Subject) -> None:
    """Switch it on or off as the request's name says; tell how it is, once the router knows.

    After a while also where it does not: the reply has a `text` then. The log has a line of it.
    """
    word = request.names[0] if request.names else ""
    if word and word not in _WORDS:
        raise UsageError(f"maintenance is on or off, not {word}", "Say which.")
    if word and routes.maintenance is not _WORDS[word]:
        routes.maintenance = _WORDS[word]
        _narrate(app, on=routes.maintenance)

    def answer(seen: bool) -> None:  # noqa: FBT001 - nothing but this is told
        why = "is slow" if app.entrance.is_open else "does not run just now"
        late = {} if seen else {"text": f"the router {why}; it will hear of it"}
        client.reply({"maintenance": routes.maintenance, **late, "last": True})

    if word:
        routes.when_seen(answer)
    else:
        answer(True)


def _narrate(app: Subject, *, on: bool) -> None:
    """Have the log tell of it: Heroku's API, where it does, else procrun."""
    if app.launcher.settings.heroku:
        tell(app.log, maintenance(on=on), user())
    else:
        app.supervisor.say(f"maintenance mode is {'on' if on else 'off'}")
