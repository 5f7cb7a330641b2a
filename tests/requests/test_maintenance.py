"""What is told of maintenance mode: to whoever wants it, and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.core.commands import MAINTENANCE, Request
from procrun.core.config_vars import ConfigVars
from procrun.core.policy import Policy
from procrun.core.procfile import parse
from procrun.launcher import Launcher
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.requests.maintenance import maintain
from procrun.requests.route_feed import RouteFeed
from procrun.requests.subject import Subject
from procrun.settings import resolve
from procrun.supervisor import Supervisor
from procrun.system.user import user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.core.log import Chunk
    from procrun.core.readiness import Readiness

SOON = 6.0  # seconds: longer than anybody waits for a router


class Door:
    """A router that hears of nothing."""

    routed = True
    urls = ()

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open

    def when_open(self, call: Callable[[], None]) -> None:
        """Never."""


class Client:
    """Whoever wants it."""

    def __init__(self) -> None:
        self.replies: list[Mapping[str, object]] = []

    def reply(self, fields: Mapping[str, object]) -> None:
        """Note it."""
        self.replies.append(fields)


class Lines:
    """The lines of a log, with whose they are."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    @property
    def blocked(self) -> bool:
        """It takes all."""
        return False

    def publish(self, chunk: Chunk) -> None:
        """Note one."""
        self.found.append((chunk.dyno, chunk.data.decode().rstrip()))


class App:
    """One without dynos, whose time a test has in hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log = Lines()
        self.loop = Loop(lambda: self.now)
        policy = Policy(lambda _type: False, lambda _type: True)
        hub = Hub([])
        hub.publish = self.log.publish  # type: ignore[method-assign]  # else it waits for a flush
        self._supervisor = Supervisor(
            self.loop, hub, policy, frozenset(), terminal=None, adopts=False
        )
        self._routes: RouteFeed | None = None

    def maintain(self, word: str, *, is_open: bool = True, heroku: bool = False) -> Client:
        """Have it switched; gives who asked for that."""
        client, settings = Client(), resolve({"heroku": heroku}, {})
        launcher = Launcher(
            settings, parse("web: x\n"), ConfigVars({}, {}), 5000, _no_sign, colour=False
        )
        wanted = {
            "supervisor": self._supervisor,
            "launcher": launcher,
            "loop": self.loop,
            "entrance": Door(is_open=is_open),
            "log": self.log,
        }
        others = {name: None for name in Subject._fields if name not in wanted}
        app = Subject(**wanted, **others)  # type: ignore[arg-type]  # they are not asked
        self._routes = self._routes or RouteFeed(self._supervisor, self.loop, lambda: launcher)
        maintain(Request(MAINTENANCE, (word,)), client, self._routes, app)
        return client


def _no_sign(_type: str) -> Readiness:
    raise AssertionError("nothing starts")


@pytest.fixture
def app() -> Iterator[App]:
    """An app that runs."""
    app = App()
    yield app
    app.loop.close()


@pytest.mark.parametrize(("is_open", "why"), [(False, "does not run just now"), (True, "is slow")])
def test_a_router_that_does_not_hear_of_it_is_told_about(
    app: App, *, is_open: bool, why: str
) -> None:
    """After a while; the next one is told how it is."""
    client = app.maintain("on", is_open=is_open)
    assert client.replies == []
    app.now = SOON
    app.loop.turn()

    text = f"the router {why}; it will hear of it"
    assert client.replies == [{"maintenance": True, "text": text, "last": True}]


def test_the_log_has_a_line_of_each_change(app: App) -> None:
    """Of procrun's or, as on Heroku, of the API's with who did it."""
    for word in ("off", "on", "on"):
        app.maintain(word)
    assert app.log.found == [("procrun", "maintenance mode is on")]

    app.maintain("off", heroku=True)
    app.maintain("on", heroku=True)
    assert app.log.found[1:] == [
        ("api", f"Maintenance mode disabled by user {user()}"),
        ("api", f"Maintenance mode enabled by user {user()}"),
    ]
