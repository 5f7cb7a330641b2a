"""What a router is told over the socket, and what waits for its answers."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Self

from procrun.control.folder import SOCKET
from procrun.core.commands import Request as Asked
from procrun.core.commands import encode_request
from procrun.core.routing import Routes
from procrun.requests.route_feed import Subscriber as Listener
from procrun.system.socket_names import with_short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.running import Starter

PATIENCE = 20.0  # seconds
# Its input ends when it is asked to end, before it does.
WEB = 'web: trap "echo asked to end; exit" TERM; echo here; while :; do sleep 0.01; done\n'
START = ("start", "-p", "0", "--no-timestamp")
AT_ONCE = {"PROCRUN_READY": "launched"}


class Subscriber:
    """A router that answers when the test wants it to."""

    def __init__(self, folder: Path, *, answers: bool = True) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        with_short_name(str(folder / ".procrun" / SOCKET), self._socket.connect)
        options = (("answers", True),) if answers else ()
        self._socket.sendall(encode_request(Asked("routes", (), options)))
        self._lines = self._socket.makefile("rb")

    def hear(self) -> dict[str, object]:
        """What it is told next; {} at the end."""
        line = self._lines.readline()
        found: dict[str, object] = json.loads(line) if line else {}
        return found

    def states(self) -> Iterator[str]:
        """The states of the web dynos, whenever they are told."""
        while told := self.hear():
            web = told["web"]
            assert isinstance(web, list)
            yield " ".join(f"{dyno['name']}={dyno['state']}" for dyno in web)

    def say(self, word: str, edition: object) -> None:
        """Answer."""
        self._socket.sendall(f"{word} {edition}\n".encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._lines.close()
        self._socket.close()


def test_every_change_is_told_once(procrun: Starter, tmp_path: Path) -> None:
    """At first how it is; and until the app ends."""
    app = procrun(*START, procfile=WEB + "worker: sleep 60\n", env=AT_ONCE)
    app.wait_for("here")
    with Subscriber(tmp_path, answers=False) as router:
        first = router.hear()
        states = router.states()
        assert first["maintenance"] is False
        assert first["error_page"] == ""
        assert "edition" not in first
        assert first["web"] == [
            {"name": "web.1", "port": int(_port(procrun)), "state": "up"},
        ]
        procrun("restart", "worker").finish()
        procrun("stop", "web").finish()
        assert [next(states), next(states)] == ["web.1=stopping", "web.1=down"]
        procrun("scale", "web=2").finish()
        assert next(states) == "web.1=down web.2=up"
        procrun("stop").finish()
        assert next(states) == "web.1=down web.2=stopping"
        assert set(states) <= {"web.1=down web.2=down"}
    app.finish()


def _port(procrun: Starter) -> str:
    rows = json.loads(procrun("ps", "--json").finish()[1])
    return str(next(row["port"] for row in rows if row["type"] == "web"))


def test_a_dyno_is_asked_to_end_when_the_router_says_that_it_has_no_requests(
    procrun: Starter, tmp_path: Path
) -> None:
    """Not before."""
    app = procrun(*START, procfile=WEB, env=AT_ONCE)
    app.wait_for("here")
    with Subscriber(tmp_path) as router:
        first = router.hear()
        router.say("seen", first["edition"])
        router.say("relieved", first["edition"])
        restart = procrun("restart", "web")
        stopping = router.hear()
        assert "asked to end" not in app.output
        router.say("seen", stopping["edition"])
        router.say("relieved", stopping["edition"])
        app.wait_for("asked to end")
        assert restart.finish()[0] == 0
        assert procrun("stop").finish()[0] == 0  # for which nobody is waited for
    app.finish()


def test_a_router_that_does_not_answer_is_not_waited_for_long(
    procrun: Starter, tmp_path: Path
) -> None:
    """Nor one that leaves, or that talks nonsense."""
    app = procrun(*START, procfile=WEB, env=AT_ONCE)
    app.wait_for("here")
    with Subscriber(tmp_path) as silent, Subscriber(tmp_path) as leaving:
        silent.hear()
        leaving.hear()
        restart = procrun("restart", "web")
        leaving.hear()
        leaving.say("nonsense", 1)
        for _ in leaving.states():
            pass  # until the connection ends
        assert restart.finish()[0] == 0
        app.wait_for("asked to end")
    assert procrun("stop").finish()[0] == 0
    app.finish()


class Client:
    """A connection whose other end may be too slow."""

    def __init__(self) -> None:
        self.pending = 0
        self.is_closed = False
        self.told: list[object] = []
        self.closed: Callable[[], None] = lambda: None
        self.drained: Callable[[], None] = lambda: None
        self.received: Callable[[bytes], None] = lambda _data: None

    def reply(self, fields: Mapping[str, object]) -> None:
        """Take what it is told."""
        self.told.append(fields["error_page"])

    def close(self) -> None:
        """Leave."""
        self.is_closed = True


def test_who_does_not_read_is_told_the_newest_alone() -> None:
    """Nothing else is kept for it."""
    client = Client()
    router = Listener(client, lambda: None, answers=True)
    router.offer(1, Routes(error_page="first"))
    client.pending = 1
    for edition in range(2, 50):
        router.offer(edition, Routes(error_page=str(edition)))
    assert client.told == ["first"]

    client.pending = 0
    client.drained()
    client.drained()
    assert client.told == ["first", "49"]
    client.received(b"seen 1\nrelieved 1\nsee")
    assert (router.seen, router.is_relieved(1)) == (1, False)  # nobody knows, with 49 under way
    client.received(b"n 49\nrelieved 49\n")
    assert (router.seen, router.is_relieved(49), router.is_relieved(50)) == (49, True, False)


def test_an_answer_without_an_end_is_the_last() -> None:
    """Whatever stands behind what is too much."""
    client = Client()
    router = Listener(client, lambda: None, answers=True)
    router.offer(5, Routes(error_page="first"))
    client.received(b"x" * 4096)
    assert not client.is_closed
    client.received(b"seen 5")

    assert client.is_closed
    assert router.seen == -1
