"""The router's clients from within: what it keeps of them."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

from procrun.core.lifecycle import State
from procrun.core.router_orders import Orders
from procrun.core.routing import Dyno, Routes
from procrun.router.client import Client
from procrun.router.router import Router
from tests.router.sockets import PATIENCE, Peer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

GET = b"GET / HTTP/1.1\r\nHost: app\r\n\r\n"
MANY = 1500
A_LITTLE = 100_000  # bytes, more than asyncio takes before it says that it is too much


def with_router(story: Callable[[Router], Awaitable[None]]) -> None:
    """Tell a story of a router that has no ports, in its own loop."""

    async def told() -> None:
        router = Router(Orders(control="", http=0, log=log), asyncio.get_running_loop())
        async with asyncio.timeout(PATIENCE):
            await story(router)
            await router.stop()
        router.close()

    log = os.open(os.devnull, os.O_WRONLY)
    try:
        asyncio.run(told())
    finally:
        os.close(log)


async def connected(router: Router) -> tuple[Peer, Client]:
    """A client's end of a connection, and the router's."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    client = Client(router)
    await router.loop.connect_accepted_socket(lambda: client, ours)
    return Peer(theirs), client


def test_a_client_that_resets_within_an_answer_is_forgotten() -> None:
    """It does not take the place of those that are idle."""

    async def story(router: Router) -> None:
        loop = router.loop
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            routes = Routes(web=(Dyno("web.1", listener.getsockname()[1], State.UP),))
            router.update(routes)
            peer, _ = await connected(router)
            with closing(peer):
                peer.send(GET)
                dyno, _ = await loop.sock_accept(listener)
                with closing(dyno):
                    await loop.sock_recv(dyno, 1 << 16)
                    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
                    await loop.sock_sendall(dyno, begun)
                    peer.socket.setblocking(False)
                    await loop.sock_recv(peer.socket, 1)
                    peer.close()  # with bytes that were not read, which is a reset
                    await router._quiet.wait()
            assert len(router.idle) == 0

    with_router(story)


def test_requests_wait_until_the_answers_before_them_are_read() -> None:
    """Those of the router itself, too: who sends many and reads nothing costs no memory."""

    async def story(router: Router) -> None:
        router.update(Routes(maintenance=True))
        peer, client = await connected(router)
        with closing(peer):
            peer.socket.setblocking(False)
            await router.loop.sock_sendall(peer.socket, GET * MANY)
            for _ in range(2 * MANY):
                await asyncio.sleep(0)
            assert client.is_full
            assert client._transport.get_write_buffer_size() < A_LITTLE

            found = b""
            while found.count(b"HTTP/1.1 503 ") < MANY or not found.endswith(b"</html>\n"):
                found += await router.loop.sock_recv(peer.socket, 1 << 16)
            assert found.count(b"HTTP/1.1 503 ") == MANY

    with_router(story)
