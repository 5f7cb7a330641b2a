"""The router as a process: its orders, its ports, and its end."""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from procrun.core.router_orders import Orders
from tests.router.sockets import OK, PATIENCE, Dyno, House, fields, headers, route
from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start routers with the orders of a test."""
    with ExitStack() as stack:
        yield lambda **orders: stack.enter_context(House(tmp_path, **orders))


def test_the_app_is_asked_for_its_routes(start: Callable[..., House]) -> None:
    """With the one verb for that."""
    assert json.loads(start().request) == {
        "version": 1,
        "verb": "routes",
        "names": [],
        "options": {"answers": True},
    }


def test_it_stops_when_its_lifeline_ends(start: Callable[..., House]) -> None:
    """At once where nothing is under way; idle connections are closed."""
    house = start()
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET)
        peer = dyno.accept()
        peer.read_until()
        peer.send(OK)
        client.answer()
        silent = house.client()
        house.let_go()

        assert house.process.wait(PATIENCE) == 0
        assert client.is_closed()
        assert peer.is_closed()
        assert silent.is_closed()


def test_a_client_that_does_not_close_after_its_tunnel_is_not_waited_for(
    start: Callable[..., House],
) -> None:
    """The dyno has closed it."""
    house = start()
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        upgrade = b"Connection: Upgrade\r\nUpgrade: x\r\n\r\n"
        client = house.ask(b"GET / HTTP/1.1\r\nHost: app\r\n" + upgrade)
        peer = dyno.accept()
        peer.read_until()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\n" + upgrade)
        client.read_until()
        peer.close()
        assert client.is_closed()
        house.let_go()

        assert house.process.wait(PATIENCE) == 0
        assert fields(house.line())["status"] == "101"


@pytest.mark.parametrize("how", ["lifeline", "SIGTERM", "app"])
def test_what_is_under_way_comes_to_its_end(start: Callable[..., House], how: str) -> None:
    """Nobody new is let in; the answer says that its connection ends."""
    house = start()
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET)
        peer = dyno.accept()
        peer.read_until()
        if how == "lifeline":
            house.let_go()
        elif how == "SIGTERM":
            house.process.send_signal(signal.SIGTERM)
        else:
            house.app.close()
        _wait_until_refused(house.ports["http"])
        peer.send(OK)

        head, body = client.answer()
        assert (headers(head)["connection"], body) == ("close", b"ok")
        assert house.process.wait(PATIENCE) == 0
        assert " status=200 " in house.line()


def _wait_until_refused(port: int) -> None:
    while True:
        with closing(socket.socket()) as client:
            client.settimeout(PATIENCE)
            if client.connect_ex(("127.0.0.1", port)):
                return


def test_who_waits_for_a_dyno_is_not_waited_for(start: Callable[..., House]) -> None:
    """When the router stops: there will be none."""
    house = start()
    house.tell(route("web.1", 1, "starting"))
    client = house.ask(GET)
    house.ask(b"GET /sync HTTP/1.1\r\n\r\n").answer()
    house.let_go()

    assert client.is_closed()
    assert house.process.wait(PATIENCE) == 0
    assert house.line(" code=H24 ")


def test_what_does_not_end_is_ended(start: Callable[..., House]) -> None:
    """After 30 s of the platform's."""
    house = start(time_scale=0.01)
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET)
        peer = dyno.accept()
        peer.read_until()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na")
        client.read_until()
        house.let_go()

        assert client.read_all() == b"a"
        assert house.process.wait(PATIENCE) == 0
        line = fields(house.line())
        assert (line["code"], line["desc"]) == ("H24", '"Forced close"')


def test_who_terminates_the_router_alone_waits_less(start: Callable[..., House]) -> None:
    """Its ports are closed meanwhile: another one is to open them soon."""
    house = start(time_scale=PATIENCE / 20 * 0.8)  # 24 s and 2.4 s
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route())
        client = house.ask(GET)
        dyno.accept().read_until()
        house.process.send_signal(signal.SIGTERM)

        assert client.is_closed()
        assert house.process.wait(PATIENCE) == 0
        assert fields(house.line())["code"] == "H24"


def test_an_interrupt_of_the_terminal_is_not_for_the_router(start: Callable[..., House]) -> None:
    """The app decides what becomes of it."""
    house = start()
    house.process.send_signal(signal.SIGINT)
    house.tell()

    assert b"H14" in house.ask(GET).answer()[1]


def test_both_families_are_listened_on(start: Callable[..., House]) -> None:
    """On the same port, where this system has both."""
    house = start(bind=("127.0.0.1", "::1"))
    house.tell()
    for address in ("127.0.0.1", "::1"):
        try:
            client = socket.create_connection((address, house.ports["http"]))
        except OSError:
            assert address == "::1"  # there is no such address here
            continue
        with closing(client):
            client.sendall(GET)
            assert client.recv(100).startswith(b"HTTP/1.1 503 ")
            assert fields(house.line())["fwd"] == f'"{address}"'


def test_pages_of_the_app_are_shown_in_a_frame(start: Callable[..., House]) -> None:
    """The status stays."""
    house = start()
    house.tell(error_page="//cdn.test/e.html?a=1&b")
    head, body = house.ask(GET).answer()
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b'<iframe src="//cdn.test/e.html?a=1&amp;b"></iframe>' in body

    house.tell(maintenance=True, maintenance_page="https://cdn.test/m.html")
    assert b'<iframe src="https://cdn.test/m.html"></iframe>' in house.ask(GET).answer()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limit of another process")
def test_few_descriptors_are_no_reason_to_stop(start: Callable[..., House]) -> None:
    """Who has been idle for longest makes room for who comes."""
    house = start()
    limit = 128 + 64
    resource.prlimit(house.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    house.tell()
    crowd = [house.ask(GET) for _ in range(300)]

    assert b"H14" in crowd[-1].answer()[1]
    assert b"H14" in house.ask(GET).answer()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="sets the limit of another process")
def test_no_descriptors_are_not_the_fault_of_a_dyno(start: Callable[..., House]) -> None:
    """A client that is idle makes room; where there is none, the router says that it is its own."""
    house = start()
    with closing(Dyno()) as dyno:
        house.tell(dyno.as_route(), maintenance=True)
        clients = [house.ask(GET) for _ in range(3)]
        for client in clients:
            client.answer()
        house.tell(dyno.as_route())
        before = limit_descriptors(house)
        idle, lucky, other = clients
        lucky.send(GET)
        dyno.accept().read_until()
        assert idle.is_closed()

        other.send(GET)
        assert b"H99" in other.answer()[1]
        assert 'desc="Platform error"' in house.line(" code=H99 ")

        resource.prlimit(house.process.pid, resource.RLIMIT_NOFILE, before)
        other.send(GET)
        dyno.accept().read_until()  # which is in no quarantine


def limit_descriptors(house: House) -> tuple[int, int]:
    """Let it have those that it has and no more; gives its limits until now."""
    used = {int(name) for name in os.listdir(f"/proc/{house.process.pid}/fd")}
    free = next(number for number in itertools.count() if number not in used)
    before = resource.prlimit(house.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(house.process.pid, resource.RLIMIT_NOFILE, (free, before[1]))
    return before


def run(orders: bytes) -> subprocess.CompletedProcess[bytes]:
    """A router that gets some orders and then the end of its lifeline."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "procrun.router"],
        input=orders,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "orders", [b"hello\n", b"[]\n", b"{}\n", b'{"control": "/", "http": "x"}\n']
)
def test_orders_that_are_none(orders: bytes) -> None:
    """Are told in one line."""
    done = run(orders)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"procrun: these are no orders of a router: ")
    assert done.stderr.count(b"\n") == 1


def test_no_orders_at_all() -> None:
    """Whoever was about to give them has ended: there is nobody to tell."""
    done = run(b"")

    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Is told by its number."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(Orders(control=str(tmp_path), http=port).encode())

    assert done.returncode == 1
    assert f"the router cannot listen on port {port} of 127.0.0.1".encode() in done.stderr


def test_an_app_that_is_not_there(tmp_path: Path) -> None:
    """Is told, too; without its socket with what helps."""
    done = run(Orders(control=str(tmp_path), http=0).encode())

    assert done.returncode == 1
    remedy = "was deleted under it; Ctrl-C and a new start make it again"
    why = f"procrun: the router cannot reach its app: {tmp_path} {remedy}"
    assert done.stderr.startswith(why.encode())


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    """Is told before a port is opened."""
    done = run(Orders(control=str(tmp_path), http=0, certificate="/nowhere.pem").encode())

    assert done.returncode == 1
    assert done.stderr.startswith(b"procrun: the certificate /nowhere.pem cannot be used: ")


def test_an_app_that_refuses(start: Callable[..., House]) -> None:
    """Its words are passed on."""
    house = start()
    house.app.sendall(b'{"error": "unknown verb", "hint": "", "status": 1, "last": true}\n')

    assert house.process.wait(PATIENCE) == 1
    assert house.errors == "procrun: unknown verb\n"
    house.app.close()
    house._errors.truncate(0)


def test_only_the_router_is_imported(start: Callable[..., House]) -> None:
    """Nothing of the supervisor's, whose process this is not."""
    program = "import procrun.router.__main__, sys; print(*sys.modules)"
    words = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    del start

    assert "httptools" in words
    unwanted = ("supervisor", "app", "cli", "requests", "logs", "settings", "loop")
    assert not {f"procrun.{name}" for name in unwanted} & set(words)
    assert "cryptography" not in words
