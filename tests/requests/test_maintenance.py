"""What is told of maintenance mode where no router answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.core.commands import MAINTENANCE, Request
from procrun.core.policy import Policy
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.requests.maintenance import maintain
from procrun.requests.route_feed import RouteFeed
from procrun.supervisor import Supervisor
from tests.requests.test_reconfigure import LAUNCHER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


@pytest.mark.parametrize(("is_open", "why"), [(False, "does not run just now"), (True, "is slow")])
def test_a_router_that_does_not_hear_of_it_is_told_about(*, is_open: bool, why: str) -> None:
    """After a while; the next one is told how it is."""
    now = [0.0]
    loop = Loop(lambda: now[0])
    policy = Policy(lambda _type: False, lambda _type: True)
    supervisor = Supervisor(loop, Hub([]), policy, frozenset(), terminal=None, adopts=False)
    routes, client = RouteFeed(supervisor, loop, lambda: LAUNCHER), Client()
    maintain(Request(MAINTENANCE, ("on",)), client, routes, Door(is_open=is_open))
    assert client.replies == []
    now[0] = SOON
    loop.turn()
    loop.close()

    text = f"the router {why}; it will hear of it"
    assert client.replies == [{"maintenance": True, "text": text, "last": True}]
