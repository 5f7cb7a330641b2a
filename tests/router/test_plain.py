"""The router's own connections, at their edges; what they carry is tried by the other tests."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from procrun.router.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

_MUCH = b"x" * (8 << 20)  # more than the kernel holds for anybody


class Watcher(asyncio.BufferedProtocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.ended = asyncio.Event()
        self.on_bytes: Callable[[], None] = lambda: None
        self.on_room: Callable[[], None] = lambda: None

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        self.told.append(f"{nbytes} bytes")
        self.on_bytes()

    def eof_received(self) -> bool:
        """The other side sends no more."""
        self.told.append("its end")
        return False

    def pause_writing(self) -> None:
        """Too much waits."""
        self.told.append("stop")

    def resume_writing(self) -> None:
        """It was sent."""
        self.told.append("go on")
        self.on_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self.told.append(f"the end: {exc}")
        self.ended.set()


async def connection() -> tuple[Plain, Watcher, socket.socket]:
    """A connection, who is told of it, and its other side."""
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    watcher = Watcher()
    plain = Plain(asyncio.get_running_loop(), ours, watcher, memoryview(bytearray(1024)))
    return plain, watcher, theirs


async def read_all(theirs: socket.socket) -> int:
    """How many bytes come until the end."""
    size = 0
    while data := await asyncio.get_running_loop().sock_recv(theirs, 1 << 20):
        size += len(data)
    return size


def test_what_waits_is_sent_after_a_close_and_the_end_is_told_once() -> None:
    """Who closes has said all, and the other side gets all of it."""

    async def story() -> None:
        plain, watcher, theirs = await connection()
        with theirs:
            plain.write(_MUCH)
            plain.close()
            plain.close()
            assert plain.is_closing()

            assert await read_all(theirs) == len(_MUCH)
            await watcher.ended.wait()

        assert watcher.told == ["stop", "go on", "the end: None"]

    asyncio.run(story())


def test_one_direction_ends_once_all_of_it_is_sent() -> None:
    """The other direction stays open, and is read."""

    async def story() -> None:
        plain, watcher, theirs = await connection()
        with theirs:
            plain.write(_MUCH)
            plain.write_eof()
            plain.write(b"too late")
            assert await read_all(theirs) == len(_MUCH)
            theirs.send(b"abc")
            theirs.shutdown(socket.SHUT_WR)
            await watcher.ended.wait()

        assert watcher.told == ["stop", "go on", "3 bytes", "its end", "the end: None"]

    asyncio.run(story())


def test_an_abort_drops_what_waits() -> None:
    """Nobody is kept waiting by a side that does not read."""

    async def story() -> None:
        plain, watcher, theirs = await connection()
        with theirs:
            plain.write(_MUCH)
            plain.abort()
            plain.write(b"too late")
            await watcher.ended.wait()
            assert plain.get_write_buffer_size() == 0
            assert 0 < await read_all(theirs) < len(_MUCH)

        assert watcher.told == ["stop", "the end: None"]

    asyncio.run(story())


def test_a_mistake_in_the_handling_of_one_connection_ends_that_one() -> None:
    """It is told to the loop, which goes on."""

    async def story() -> None:
        told: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: told.append(context["exception"]))
        plain, watcher, theirs = await connection()
        slow, of_slow, reads_late = await connection()
        mistake = KeyError("x")

        def fail() -> None:
            raise mistake

        watcher.on_bytes = of_slow.on_room = fail
        with theirs, reads_late:
            theirs.send(b"abc")
            await watcher.ended.wait()
            assert await read_all(theirs) == 0
            slow.write(_MUCH)
            slow.close()
            await read_all(reads_late)
            await of_slow.ended.wait()

        assert plain.is_closing()
        assert told == [mistake, mistake]
        assert watcher.told == ["3 bytes", f"the end: {mistake}"]
        assert of_slow.told == ["stop", "go on", f"the end: {mistake}"]

    asyncio.run(story())
