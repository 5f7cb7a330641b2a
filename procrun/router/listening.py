"""The router's ports: plain HTTP and TLS on each of them, told apart by the first byte."""

from __future__ import annotations

import errno
import os
import resource
import socket
import ssl

from procrun.errors import ProcrunError
from procrun.router.client import Client
from procrun.router.deadline import Deadline
from procrun.router.plain import Plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from procrun.router.router import Router

_HELLO = b"\x16"  # the first byte of a ClientHello, with which no HTTP begins
_BACKLOG = 512  # connections that the kernel holds for us
_AT_ONCE = 64  # connections that are accepted before anything else happens
_BREATH = 0.1  # seconds without new clients when there are no descriptors left
_ENOUGH = 65536  # descriptors
_RESERVE = 2048  # descriptors that are not for clients but for dynos, or half of what there is
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def raise_limit() -> int:
    """Have as many descriptors as we may; gives how many clients can be served with that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            wanted = soft
    return wanted - min(_RESERVE, wanted // 2)


def tls_of(certificate: str, key: str) -> ssl.SSLContext | None:
    """What a server needs for TLS; None without a certificate. ProcrunError for a bad one."""
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is one of the former
        raise ProcrunError(f"the certificate {certificate} cannot be used: {error}") from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def open_port(addresses: Iterable[str], port: int) -> list[socket.socket]:
    """Sockets that listen on a port of some addresses, on the same one where it is 0.

    An address that this system does not have is left out, unless it is the only one. ProcrunError
    where a port cannot be had.
    """
    found: list[socket.socket] = []
    missing: OSError | None = None
    for address in addresses:
        try:
            found.append(_listen(address, found[0].getsockname()[1] if found else port))
        except OSError as error:
            if error.errno in _NOT_HERE:
                missing = error
                continue
            _close(found)
            raise _taken(address, port, error) from error
    if missing is not None and not found:
        raise _taken(", ".join(addresses), port, missing)
    return found


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setblocking(False)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _close(listeners: Iterable[socket.socket]) -> None:
    for listener in listeners:
        listener.close()


def _taken(address: str, port: int, error: OSError) -> ProcrunError:
    what = f"the router cannot listen on port {port} of {address}: {error.strerror}"
    return ProcrunError(what, "Another port is `-p PORT`.")


class Door:
    """Lets clients in through some listening sockets."""

    def __init__(
        self, router: Router, listeners: list[socket.socket], context: ssl.SSLContext | None
    ) -> None:
        self._router = router
        self._loop: asyncio.AbstractEventLoop = router.loop
        self._listeners = listeners
        self._context = context
        self._most = raise_limit()
        self._unknown: dict[socket.socket, Deadline] = {}  # those that have not said anything
        self._greeting: dict[socket.socket, None] = {}  # whose TLS begins, the longest first
        self._tasks: set[asyncio.Task[None]] = set()
        self._breath: asyncio.TimerHandle | None = None
        self._open()

    def close(self) -> None:
        """Let nobody in any more."""
        if self._breath is not None:
            self._breath.cancel()
        for listener in self._listeners:
            self._loop.remove_reader(listener)
        _close(self._listeners)
        for client in list(self._unknown):
            self._turn_away(client)

    def _open(self) -> None:
        self._breath = None
        for listener in self._listeners:
            self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            strangers = len(self._unknown) + len(self._greeting)
            if self._router.clients + strangers >= self._most:
                self._make_room()
            try:
                client, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._rest()
                return
            client.setblocking(False)
            self._look_at(client)

    def _rest(self) -> None:
        """No descriptors are left: some must go before others may come."""
        for _ in range(_AT_ONCE):
            self._make_room()
        for listener in self._listeners:
            self._loop.remove_reader(listener)
        self._breath = self._loop.call_later(_BREATH, self._open)

    def _make_room(self) -> None:
        """Turn away who has been silent for longest, rather who never said anything."""
        while self._unknown:
            client = next(iter(self._unknown))
            self._look_at(client)  # it may have said something by now
            if client in self._unknown:
                self._turn_away(client)
                return
        if self._greeting:
            self._interrupt(next(iter(self._greeting)))
        else:
            self._router.make_room()

    def _look_at(self, client: socket.socket) -> None:
        """See by its first byte what a client speaks; wait for it to say something."""
        try:
            first = client.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            if client not in self._unknown:
                deadline = Deadline(self._loop, lambda: self._turn_away(client))
                deadline.set(self._router.durations.idle_client)
                self._unknown[client] = deadline
                self._loop.add_reader(client, self._look_at, client)
            return
        except OSError:
            first = b""
        self._forget(client)
        if not first:
            client.close()
            return
        if first != _HELLO or self._context is None:
            self._let_in(client)
            return
        task = self._loop.create_task(self._let_in_by_tls(client, self._context))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, client: socket.socket) -> None:
        deadline = self._unknown.pop(client, None)
        if deadline is not None:
            deadline.close()
            self._loop.remove_reader(client)

    def _turn_away(self, client: socket.socket) -> None:
        self._forget(client)
        client.close()

    def _interrupt(self, client: socket.socket) -> None:
        """End its TLS, in whatever state that is: it sees the end, and closes."""
        del self._greeting[client]
        try:
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has left

    def _let_in(self, client: socket.socket) -> None:
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # it has left
            client.close()
        else:
            Plain(self._loop, client, Client(self._router), self._router.buffer)

    async def _let_in_by_tls(self, client: socket.socket, context: ssl.SSLContext) -> None:
        self._greeting[client] = None
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(
                lambda: Client(self._router),
                client,
                ssl=context,
                ssl_handshake_timeout=self._router.durations.handshake,
            )
        except (OSError, TimeoutError):  # it left, or does not trust us
            client.close()
        finally:
            self._greeting.pop(client, None)


def tell_ports(descriptor: int, ports: dict[str, int]) -> None:
    """Tell whoever waits for it that the ports are open."""
    import json

    try:
        os.write(descriptor, json.dumps(ports).encode() + b"\n")
    except OSError:
        pass  # nobody waits any more
    os.close(descriptor)
