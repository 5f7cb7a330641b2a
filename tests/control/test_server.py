"""The app's end of the socket, with clients of every kind."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procrun.control import server as server_module
from procrun.control.client import NotRunning, ask, connect, send
from procrun.control.server import Connection, Server
from procrun.core.commands import LONGEST, PS, ROUTES, VERSION, Request, encode_request
from procrun.errors import ProcrunError
from procrun.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PS_LINE = encode_request(Request(PS))


class House:
    """A server on a loop in a thread of its own, which answers every request with its names.

    Of these some have a meaning: `large` is an answer of a megabyte, `flood` one without end,
    `later` none for now, `refuse` and `scarce` errors, and `talk` is heard until it says "end".
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        (root / ".procrun").mkdir(exist_ok=True)
        self.path = root / ".procrun" / "control.sock"
        self.loop = Loop()
        self.requests: list[Request] = []
        self.heard = b""  # what came behind a request for a `talk`
        self.waiting: list[Connection] = []
        self.asked_for_later = threading.Event()
        self.left = threading.Event()
        self._wake, self._waker = os.pipe()
        self.loop.watch(self._wake, self.loop.stop)
        self.server = Server(str(self.path), self.loop, self._handle)
        self._thread = threading.Thread(target=self.loop.run)
        self._thread.start()

    def _handle(self, request: Request, connection: Connection) -> None:
        self.requests.append(request)
        connection.closed = self.left.set
        if "refuse" in request.names:
            raise ProcrunError("not now", "Later.")
        if "scarce" in request.names:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        if "talk" in request.names:
            connection.received = self._hear
            self.waiting.append(connection)
            return
        if "later" in request.names:
            self.waiting.append(connection)
            self.asked_for_later.set()
            return
        if "large" in request.names:
            connection.reply({"text": "x" * 1_000_000})
        while "flood" in request.names and connection.open:
            connection.send(b"x" * 1_000_000)
        connection.reply({"text": " ".join(request.names), "last": True})

    def _hear(self, data: bytes) -> None:
        self.heard += data
        if b"refuse" in data:
            raise ProcrunError("not that", "This.")
        if data.endswith(b"hold"):
            self.waiting[0].hold(held=True)
        if data.endswith(b"end"):
            self.waiting.pop().finish()

    def ask(self, *names: str) -> list[dict[str, object]]:
        """What one well-behaved client gets."""
        return list(ask(self.root, Request(PS, names)))

    def is_well(self) -> bool:
        """Whether it still answers."""
        return self.ask("hello") == [{"text": "hello", "last": True}]

    def stop(self) -> None:
        """End the loop, then the server, as the app does."""
        if self._thread.is_alive():
            os.write(self._waker, b"x")
            self._thread.join()
            self.server.close()

    def close(self) -> None:
        """Let go of everything."""
        self.stop()
        self.loop.close()
        os.close(self._wake)
        os.close(self._waker)


@contextmanager
def opened(root: Path) -> Iterator[House]:
    """A house for as long as it is needed."""
    house = House(root)
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Open a server in the test's folder."""
    with opened(tmp_path) as house:
        yield house


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Open a server for many tries, all of which it must survive."""
    with opened(tmp_path_factory.mktemp("shared")) as house:
        yield house


def answer(house: House, data: bytes) -> bytes:
    """All that is answered to some bytes, until the connection is closed or we end it."""
    with connect(house.root) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(data)
        return rest_of(client)


def rest_of(client: socket.socket) -> bytes:
    """Everything until the end of the connection."""
    found = b""
    with suppress(ConnectionResetError):
        while data := client.recv(1 << 16):
            found += data
    return found


def test_a_request_is_answered_and_the_connection_closed(house: House) -> None:
    """Both, so that a client can wait for either."""
    assert json.loads(answer(house, PS_LINE)) == {"text": "", "last": True}
    assert house.requests == [Request(PS)]


def test_a_request_may_come_byte_by_byte(house: House) -> None:
    """It is complete with its newline."""
    with connect(house.root) as client:
        for byte in PS_LINE:
            client.send(bytes((byte,)))

        assert b'"last": true' in rest_of(client)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"hello\n",
        b"\x00\xff\n",
        b"[" * 100_000 + b"\n",
        b'{"verb": "ps"}\n',
        json.dumps({"version": VERSION, "verb": "eat"}).encode() + b"\n",
    ],
    ids=lambda garbage: repr(garbage[:30]),
)
def test_garbage_gets_an_error_and_an_end(house: House, garbage: bytes) -> None:
    """And nobody else notices."""
    reply = json.loads(answer(house, garbage))

    assert reply["error"]
    assert reply["last"] is True
    assert house.requests == []
    assert house.is_well()


def test_a_request_of_a_mebibyte_is_the_longest(house: House) -> None:
    """One byte more is an error that says so."""
    fits = PS_LINE[:-1].ljust(LONGEST) + b"\n"

    assert json.loads(answer(house, fits))["last"] is True
    assert "at most 1048576 bytes" in json.loads(answer(house, b" " + fits))["error"]


def test_a_client_hears_why_its_request_was_too_long(house: House) -> None:
    """Though it could not send all of it."""
    with pytest.raises(ProcrunError, match="at most 1048576 bytes"):
        house.ask("x" * 20_000_000)


def test_a_line_of_a_hundred_megabytes_is_cut_off(house: House) -> None:
    """Long before its end, and without keeping it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with connect(house.root) as client:
        part = b"x" * 1_000_000
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                client.sendall(part)
                sent += len(part)

        assert sent < 10_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB
    assert house.is_well()


def test_one_connection_is_one_request(house: House) -> None:
    """What comes after it is ignored, as it comes at once or later."""
    assert answer(house, PS_LINE * 1000).count(b"\n") == 1
    with connect(house.root) as client:
        send(client, Request(PS, ("later",)))
        while not house.waiting:
            assert house.is_well()
        for _ in range(100):
            client.sendall(PS_LINE * 100)
        assert house.is_well()
        house.waiting.pop().finish()

    assert [request.names for request in house.requests].count(()) == 1


def test_what_comes_behind_a_request_is_for_who_carries_it_out(house: House) -> None:
    """With it or later, as it came."""
    with connect(house.root) as client:
        client.sendall(encode_request(Request(PS, ("talk",))) + b"one ")
        while not house.heard:
            assert house.is_well()
        client.sendall(b"two\nend")

        assert rest_of(client) == b""
    assert house.heard == b"one two\nend"


def test_what_comes_behind_a_request_may_be_refused(house: House) -> None:
    """That ends the connection, with the reason."""
    reply = json.loads(answer(house, encode_request(Request(PS, ("talk",))) + b"refuse"))

    assert (reply["error"], reply["hint"]) == ("not that", "This.")
    assert house.is_well()


def test_a_client_that_is_held_has_to_wait(house: House) -> None:
    """What it sends is neither read nor lost meanwhile."""
    with connect(house.root) as client:
        client.sendall(encode_request(Request(PS, ("talk",))) + b"hold")
        while house.heard != b"hold":
            assert house.is_well()
        client.setblocking(False)
        sent = 0
        with suppress(BlockingIOError):
            while True:
                sent += client.send(b"x" * 10_000)
        for _ in range(5):
            assert house.is_well()
        assert house.heard == b"hold"
        house.loop.later(0, lambda: house.waiting[0].hold(held=False))
        assert house.is_well()
        client.setblocking(True)
        client.sendall(b"end")

        assert rest_of(client) == b""
    assert len(house.heard) == len(b"hold") + sent + len(b"end")


def test_an_error_of_a_request_is_its_answer(house: House) -> None:
    """With its hint."""
    with pytest.raises(ProcrunError, match="not now") as raised:
        house.ask("refuse")

    assert raised.value.hint == "Later."


def test_a_large_answer_comes_whole(house: House) -> None:
    """However slowly it is read."""
    first, last = house.ask("large")

    assert first["text"] == "x" * 1_000_000
    assert last["last"] is True


@pytest.mark.parametrize("asked", ["large", "flood"])
def test_a_client_that_does_not_read_disturbs_nobody(house: House, asked: str) -> None:
    """Where too much waits for it, it loses its connection."""
    with connect(house.root) as client:
        send(client, Request(PS, (asked,)))
        for _ in range(10):
            assert house.is_well()
        if asked == "flood":
            assert house.left.wait(10)
            assert len(rest_of(client)) < 5_000_000
    assert house.is_well()


@pytest.mark.parametrize(
    "data", [b"", b'{"version"', PS_LINE, encode_request(Request(PS, ("large",)))], ids=repr
)
def test_a_client_that_leaves_disturbs_nobody(house: House, data: bytes) -> None:
    """Before, within or after its request."""
    for _ in range(20):
        with connect(house.root) as client:
            client.sendall(data)

    assert house.is_well()


def test_whoever_waits_for_an_answer_may_leave(house: House) -> None:
    """Who carries out the request is told, and may still reply."""
    with connect(house.root) as client:
        send(client, Request(PS, ("later",)))
        while not house.waiting:
            assert house.is_well()
    assert house.left.wait(10)
    (connection,) = house.waiting
    connection.reply({"last": True})

    assert not connection.open
    assert house.is_well()


def test_a_hundred_clients_at_a_time_are_answered(house: House) -> None:
    """Each with its own answer."""
    clients = [connect(house.root) for _ in range(100)]
    for number, client in enumerate(clients):
        send(client, Request(PS, (str(number),)))
    answers = [json.loads(rest_of(client))["text"] for client in clients]
    for client in clients:
        client.close()

    assert answers == [str(number) for number in range(100)]


def test_beyond_the_most_clients_the_next_waits_its_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until one leaves; so that the app's descriptors are left to the app."""
    monkeypatch.setattr(server_module, "_MOST_CLIENTS", 3)
    idle = [connect(house.root) for _ in range(3)]
    for each in idle:
        send(each, Request(PS, ("later",)))
    while len(house.requests) < len(idle):
        assert not house.left.is_set()
    with connect(house.root) as late:
        send(late, Request(PS))
        late.settimeout(0.05)
        with pytest.raises(TimeoutError):
            late.recv(1)
        for each in idle:
            each.close()
        late.settimeout(10)

        assert b'"last": true' in rest_of(late)


def test_who_stays_leaves_room_for_commands(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many want to stay; those who may not are told so."""
    monkeypatch.setattr(server_module, "_MOST_CLIENTS", 16)
    followers = [connect(house.root) for _ in range(15)]
    for each in followers:
        send(each, Request(ROUTES, ("later",)))
    while len(house.requests) < len(followers):
        assert not house.left.is_set()
    for _ in range(3):
        with pytest.raises(ProcrunError, match="too many clients follow the app already"):
            list(ask(house.root, Request(ROUTES)))

    assert house.is_well()
    for each in followers:
        each.close()


def test_where_it_is_full_who_asked_nothing_makes_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to come is the first to go."""
    monkeypatch.setattr(server_module, "_MOST_CLIENTS", 3)
    silent = [connect(house.root) for _ in range(10)]

    assert house.is_well()
    assert [rest_of(each) for each in silent[:-2]] == [b""] * 8
    send(silent[-1], Request(PS))
    assert b'"last": true' in rest_of(silent[-1])
    for each in silent:
        each.close()


def test_few_descriptors_are_shared_with_the_dynos(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of them are for clients."""
    monkeypatch.setattr(os, "sysconf", {"SC_OPEN_MAX": 8}.__getitem__)
    silent = [connect(house.root) for _ in range(10)]

    assert house.is_well()
    assert [rest_of(each) for each in silent[:-3]] == [b""] * 7
    for each in silent:
        each.close()


@pytest.mark.parametrize("data", [b"", PS_LINE[:-5]], ids=["nothing", "a part"])
def test_who_does_not_ask_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    """The connection is closed; of those that asked none is."""
    monkeypatch.setattr(server_module, "_PATIENCE", 0.05)
    with connect(house.root) as waits, connect(house.root) as silent:
        send(waits, Request(PS, ("later",)))
        silent.sendall(data)

        assert rest_of(silent) == b""
        house.loop.later(0, lambda: house.waiting[0].reply({"last": True}))
        assert house.is_well()
        assert b'"last": true' in rest_of(waits)


def test_an_app_without_descriptors_says_so(house: House) -> None:
    """Whoever asks learns that it is no mistake of ours."""
    with pytest.raises(ProcrunError, match="can't do that now: Too many open files") as raised:
        house.ask("scarce")

    assert raised.value.exit_code == 1


def test_the_socket_of_a_killed_run_is_taken_over(tmp_path: Path) -> None:
    """Whatever lies there, but a folder."""
    (tmp_path / ".procrun").mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / ".procrun" / "control.sock"))
    with opened(tmp_path) as house:
        assert house.is_well()


def test_a_socket_that_cannot_be_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """The app runs without it then."""
    loop = Loop()
    with pytest.raises(FileNotFoundError):
        Server(str(tmp_path / "nowhere" / "socket"), loop, lambda _request, _connection: None)
    loop.close()


def test_the_end_of_the_app_waits_for_who_reads(house: House) -> None:
    """But not for an answer that is still to come."""
    with connect(house.root) as reader, connect(house.root) as waiter:
        send(waiter, Request(PS, ("later",)))
        send(reader, Request(PS, ("large",)))
        while len(house.requests) < 2:
            assert house.is_well()
        ending = threading.Thread(target=house.stop)
        ending.start()

        assert len(rest_of(reader)) > 1_000_000
        assert rest_of(waiter) == b""
        ending.join()


@pytest.mark.parametrize("most", [2, 3])
def test_the_end_of_the_app_may_come_to_a_full_house(
    house: House, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Of those who ask, and of those who do not."""
    monkeypatch.setattr(server_module, "_MOST_CLIENTS", most)
    clients = [connect(house.root) for _ in range(2)]
    for each in clients:
        send(each, Request(PS, ("later",)))
    while len(house.requests) < 2:
        assert not house.left.is_set()
    clients.append(connect(house.root))
    house.stop()
    for each in clients:
        assert rest_of(each) == b""
        each.close()


def test_the_end_of_the_app_does_not_wait_long_for_who_does_not_read(house: House) -> None:
    """It ends, and the rest is lost."""
    with connect(house.root) as client:
        send(client, Request(PS, ("large",)))
        while not house.requests:
            assert house.is_well()
        house.stop()

        assert 0 < len(rest_of(client)) < 1_000_000


class Reading:
    """A clock on which a tick passes at each look, and a client reads some of its answer."""

    def __init__(self, tick: float, at_once: int) -> None:
        self.client: socket.socket | None = None
        self.read = 0
        self._time = 1000.0
        self._tick = tick
        self._at_once = at_once

    def __call__(self) -> float:
        """The time."""
        if self.client is not None:
            with suppress(BlockingIOError):
                self.read += len(self.client.recv(self._at_once, socket.MSG_DONTWAIT))
            self._time += self._tick
        return self._time


@pytest.mark.parametrize(
    ("tick", "at_once", "whole"),
    [(0.0002, 16_000, True), (0.002, 16_000, False), (0.0002, 4_000, False)],
    ids=["reads for long", "reads too slowly", "reads for too long"],
)
def test_the_end_of_the_app_waits_as_long_as_somebody_reads_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tick: float,
    at_once: int,
    whole: bool,  # noqa: FBT001 - pytest gives it
) -> None:
    """Within reason."""
    monkeypatch.setattr(server_module, "_LAST_WORDS", 0.01)
    monkeypatch.setattr(server_module, "_LAST_WORDS_AT_MOST", 0.06)
    (tmp_path / ".procrun").mkdir()
    clock, answer = Reading(tick, at_once), b"x" * 2_000_000
    loop = Loop(clock)

    def handle(_request: Request, connection: Connection) -> None:
        connection.send(answer)
        loop.stop()

    server = Server(str(tmp_path / ".procrun" / "control.sock"), loop, handle)
    with connect(str(tmp_path)) as client:
        send(client, Request(PS))
        loop.run()
        clock.client = client
        server.close()
        clock.client = None
        rest = rest_of(client)
    loop.close()

    assert (clock.read + len(rest) == len(answer)) is whole


def test_an_app_that_ends_leaves_its_client_with_an_error(house: House) -> None:
    """One that says where to look."""
    replies = ask(house.root, Request(PS, ("later",)))
    ending = threading.Thread(target=lambda: end_when_asked(house))
    ending.start()
    with pytest.raises(ProcrunError, match="the app ended before it answered"):
        next(replies)
    ending.join()


def end_when_asked(house: House) -> None:
    """Stop as soon as the first request came."""
    house.asked_for_later.wait(10)  # without asking: a client changes the folder for a moment
    house.stop()


@pytest.mark.parametrize("left", ["nothing", "a folder", "a file", "a dead socket"])
def test_where_no_app_runs_there_is_none(tmp_path: Path, left: str) -> None:
    """Whatever an earlier one left; where we are does not change."""
    folder = tmp_path / ".procrun"
    if left == "a file":
        folder.touch()
    elif left != "nothing":
        folder.mkdir()
    if left == "a dead socket":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(folder / "control.sock"))
    before = os.getcwd()
    with pytest.raises(NotRunning):
        connect(str(tmp_path))

    assert os.getcwd() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.binary(max_size=200)
        | st.sampled_from([PS_LINE, PS_LINE[:-5], b"\n", b"{", b"x" * 100_000]),
        max_size=5,
    ),
    st.booleans(),
)
def test_no_bytes_stop_the_server(shared_house: House, parts: list[bytes], reads: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whoever sends them, and whether or not the answer is read."""
    with connect(shared_house.root) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                client.sendall(part)
            client.shutdown(socket.SHUT_WR)
        if reads:
            rest_of(client)

    assert shared_house.is_well()
