"""Which dyno gets a request, and what a client gets where there is none."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from procrun.core.lifecycle import State
from tests.router.sockets import OK, fields, ports, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.routing import Dyno as WebDyno
    from tests.router.sockets import Dyno, House

GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
SCALE = 0.02


def serve(dyno: Dyno, answer: bytes = OK) -> None:
    """Answer one request on a new connection."""
    peer = dyno.accept()
    peer.read_until()
    peer.send(answer)


def down(name: str, state: str) -> WebDyno:
    """A dyno that is not up."""
    return route(name, 1, state)


@pytest.mark.parametrize(
    ("web", "more", "code", "status", "at"),
    [
        ([], {}, "H14", "503", "error"),
        ([down("web.1", "down")], {}, "H14", "503", "error"),
        ([down("web.1", "crashed")], {}, "H10", "503", "error"),
        ([down("web.1", "crashed"), down("web.2", "crashed")], {}, "H10", "503", "error"),
        ([down("web.1", "crashed"), down("web.2", "down")], {}, "H10", "503", "error"),
        ([down("web.1", "up")], {"maintenance": True}, "H80", "503", "info"),
        ([], {"maintenance": True}, "H80", "503", "info"),
        ([], {"deployed": False}, "H81", "502", "info"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_nobody_can_serve_there_is_a_page(
    house: House,
    web: list[WebDyno],
    more: dict[str, object],
    code: str,
    status: str,
    at: str,
) -> None:
    """At once, with the code of the reason; the connection stays open."""
    house.tell(*web, **more)
    client = house.ask(GET)

    head, body = client.answer()

    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert code.encode() in body
    line = fields(house.line(" code="))
    assert (line["code"], line["status"], line["at"], line["dyno"]) == (code, status, at, "")
    assert (line["connect"], line["service"]) == ("0ms", "0ms")
    assert line["bytes"] == str(len(body))
    client.send(b"HEAD / HTTP/1.1\r\nHost: app\r\n\r\n")
    assert client.read_until().startswith(f"HTTP/1.1 {status} ".encode())
    assert client.is_silent()


def test_requests_wait_for_a_dyno_that_is_starting(house: House, dyno: Dyno) -> None:
    """Until one is up."""
    house.tell(dyno.as_route("starting"))
    client = house.ask(GET)
    other = house.ask(b"POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 1\r\n\r\na")
    assert not dyno.has_caller()

    house.tell(dyno.as_route())

    serve(dyno)
    serve(dyno)
    assert client.answer()[1] == b"ok"
    assert other.answer()[1] == b"ok"


def test_a_request_that_waits_is_told_when_all_is_lost(house: House, dyno: Dyno) -> None:
    """As when the dyno that it waits for crashes."""
    house.tell(dyno.as_route("starting"))
    client = house.ask(GET)
    house.tell(dyno.as_route("crashed"))

    assert b"H10" in client.answer()[1]


def test_a_request_does_not_wait_forever(house: House, dyno: Dyno) -> None:
    """75 s of the platform's."""
    house.tell(dyno.as_route("starting"))
    client = house.ask(GET)

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    line = fields(house.line(" code="))
    assert (line["code"], line["desc"]) == ("H20", '"App boot timeout"')


def test_a_client_that_leaves_while_it_waits(house: House, dyno: Dyno) -> None:
    """No dyno hears of it."""
    house.tell(dyno.as_route("starting"))
    client = house.ask(GET)
    house.ask(b"GET /sync HTTP/1.1\r\n\r\n").answer()
    client.reset()

    assert fields(house.line('path="/"'))["code"] == "H27"
    house.tell(dyno.as_route())
    assert not dyno.has_caller()


def test_a_dyno_is_chosen_at_random(house: House, new_dyno: Callable[[str], Dyno]) -> None:
    """Of three, each gets about a third of 600 requests."""
    dynos = [new_dyno(f"web.{number}") for number in (1, 2, 3)]
    house.tell(*ports(dynos))
    client = house.client()
    peers = {}
    for _ in range(600):
        client.send(GET)
        peer = None
        while peer is None:
            for dyno in dynos:
                if dyno.name not in peers and dyno.has_caller():
                    peers[dyno.name] = dyno.accept()
            peer = next((each for each in peers.values() if not each.is_silent()), None)
        peer.read_until()
        peer.send(OK)
        client.answer()

    counts = Counter(fields(house.line(" status=200 "))["dyno"] for _ in range(600))
    assert counts.keys() == {"web.1", "web.2", "web.3"}
    assert min(counts.values()) >= 130  # five standard deviations below 200, and more
    assert max(counts.values()) <= 270


def test_a_dyno_that_refuses_is_passed_by(house: House, new_dyno: Callable[[str], Dyno]) -> None:
    """Another one is tried, and it is left alone for a while; no client notices."""
    good, bad = new_dyno("web.1"), new_dyno("web.2")
    house.tell(good.as_route(), bad.as_route())
    bad.hang_up()
    client = house.client()
    client.send(GET)
    peer = good.accept()
    for _ in range(20):
        peer.read_until()
        peer.send(OK)
        assert client.answer()[1] == b"ok"
        client.send(GET)

    assert {fields(house.line(" status="))["dyno"] for _ in range(20)} == {"web.1"}


def test_where_all_refuse_the_client_is_told(house: House, dyno: Dyno) -> None:
    """After each was tried."""
    dyno.hang_up()
    client = house.ask(GET)

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    line = fields(house.line(" code="))
    assert (line["code"], line["desc"], line["dyno"]) == (
        "H21",
        '"Backend connection refused"',
        "web.1",
    )


def test_a_dyno_is_tried_again_after_its_quarantine(house: House, dyno: Dyno) -> None:
    """Requests that come meanwhile wait for that."""
    dyno.hang_up()
    house.ask(GET).answer()
    client = house.ask(GET)  # in quarantine by now

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    assert [fields(house.line(" code="))["code"] for _ in "12"] == ["H21", "H21"]


def test_maintenance_lets_requests_under_way_go_on(house: House, dyno: Dyno) -> None:
    """And scaling down; what is new gets the page, then a dyno again."""
    client = house.ask(GET)
    peer = dyno.accept()
    peer.read_until()

    house.tell(dyno.as_route(), maintenance=True)
    assert b"H80" in house.ask(GET).answer()[1]
    peer.send(OK)
    assert client.answer()[1] == b"ok"
    client.send(GET)
    assert b"H80" in client.answer()[1]

    house.tell(dyno.as_route())
    client.send(GET)
    peer.read_until()
    peer.send(OK)
    assert client.answer()[1] == b"ok"


def test_no_more_than_two_hundred_requests_for_a_dyno(house: House, dyno: Dyno) -> None:
    """Are under way at the same time; the next one is told so."""
    house.tell(dyno.as_route("starting"))
    for _ in range(200):
        house.ask(GET)
    client = house.ask(GET)

    assert client.answer()[0].startswith(b"HTTP/1.1 503 ")
    line = fields(house.line(" code="))
    assert (line["code"], line["desc"]) == ("H11", '"Backlog too deep"')


def test_scaling_under_load_drops_nothing(house: House) -> None:
    """Two dynos, of which one comes and goes while requests are under way."""
    with ExitStack() as stack:
        servers = [stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Page)) for _ in "12"]
        one, other = (
            route(f"web.{number}", server.server_port, "up")
            for number, server in enumerate(servers, 1)
        )
        for server in servers:
            server.daemon_threads = False
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        house.tell(one, other)
        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(statuses, house) for _ in range(4)]
            for _ in range(30):
                house.tell(one)
                house.tell(one, other.replace(state=State.STARTING))
                house.tell(one, other)
                house.tell(one.replace(state=State.STOPPING), other)
            house.tell(one, other)

        assert [set(each.result()) for each in found] == [{200}] * 4
        house.tell()  # which ends the connections that the servers' threads wait on


class Page(BaseHTTPRequestHandler):
    """A page that keeps its connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say hello."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_words: object) -> None:
        """Nothing."""


def statuses(house: House) -> list[int]:
    """Of some requests on one connection."""
    with closing(HTTPConnection("127.0.0.1", house.ports["http"], timeout=20)) as client:
        found = []
        for _ in range(100):
            client.request("GET", "/")
            answer = client.getresponse()
            answer.read()
            found.append(answer.status)
        return found
