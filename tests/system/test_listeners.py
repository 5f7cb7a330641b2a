"""What processes listen on, and whose a port is."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from procrun.system import listeners
from procrun.system.listeners import holder, listened_on, places, stranger
from tests.readiness.test_signs import has_ipv6
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 2**30  # higher than any pid


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A socket of ours that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_places_are_those_of_the_processes(server: socket.socket) -> None:
    """Of each that is asked about, and of no other."""
    port = server.getsockname()[1]

    assert ("127.0.0.1", port) in (places([os.getpid()]) or ())
    assert places([NOBODY]) == []


@pytest.mark.skipif(not has_ipv6(), reason="has no IPv6")
def test_an_address_of_ipv6_is_read() -> None:
    """And one of IPv4 in its form is one of IPv4."""
    with socket.socket(socket.AF_INET6) as own, socket.socket(socket.AF_INET6) as mapped:
        mapped.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for listener, address in ((own, "::1"), (mapped, "::ffff:127.0.0.1")):
            listener.bind((address, 0))
            listener.listen()
        found = places([os.getpid()]) or []

        assert ("::1", own.getsockname()[1]) in found
        assert ("127.0.0.1", mapped.getsockname()[1]) in found


@processes.LINUX_ONLY
def test_a_unix_socket_is_told_by_its_path(tmp_path: Path) -> None:
    """Beside the number that none has."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        assert (path, 0) in (places([os.getpid()]) or ())


@processes.LINUX_ONLY
def test_addresses_of_a_port_are_told_whoever_has_them(server: socket.socket) -> None:
    """Those that anybody listens on."""
    port = server.getsockname()[1]

    assert listened_on(port) == {"127.0.0.1"}
    server.close()
    assert listened_on(port) == set()


@processes.LINUX_ONLY
def test_who_is_not_ours_is_named(server: socket.socket) -> None:
    """With its pid."""
    port = server.getsockname()[1]

    assert stranger(port, NOBODY).endswith(f" (pid {os.getpid()})")
    assert stranger(port, os.getpid()) == ""
    assert stranger(port, os.getppid()) == ""


@processes.LINUX_ONLY
def test_whoever_holds_a_port_is_named(server: socket.socket) -> None:
    """Ours or not."""
    port = server.getsockname()[1]

    assert holder(port) == stranger(port, NOBODY)
    server.close()
    assert holder(port) == ""


def test_nobody_is_no_stranger(server: socket.socket) -> None:
    """What is gone can't be told."""
    port = server.getsockname()[1]
    server.close()

    assert stranger(port, NOBODY) == ""


@processes.LINUX_ONLY
def test_who_cannot_be_looked_into_may_be_ours(
    server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a server that has changed its user."""

    def refuse(_path: str) -> list[str]:
        raise PermissionError

    monkeypatch.setattr("os.listdir", refuse)

    assert stranger(server.getsockname()[1], NOBODY) == ""


class TestElsewhere:
    """Where there is no /proc, psutil says it."""

    @pytest.fixture(autouse=True)
    def _no_proc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "LINUX", False)

    def test_places_are_told(self, server: socket.socket) -> None:
        """Of processes that there are."""
        place = ("127.0.0.1", server.getsockname()[1])

        assert place in (places([os.getpid(), NOBODY]) or ())
        assert places([NOBODY]) == []

    def test_ours_is_no_stranger(self, server: socket.socket) -> None:
        """And whoever else is one, where the system tells."""
        port = server.getsockname()[1]

        assert stranger(port, os.getpid()) == ""
        assert stranger(port, NOBODY) in ("", holder(port))

    def test_addresses_are_not_looked_for(self, server: socket.socket) -> None:
        """That takes rights which users do not have."""
        assert listened_on(server.getsockname()[1]) == set()
