"""What processes listen on, and whose process listens on a port.

On Linux out of /proc: importing psutil takes longer than a server takes to notice that it is up.
Elsewhere psutil says it, of processes of the same user.
"""

from __future__ import annotations

import os

# The C module under `socket`, which itself takes 4 ms to import: a tenth of a start.
from _socket import AF_INET, AF_INET6, inet_ntop

from procrun.core.diagnosis import WILDCARDS, is_reached_by
from procrun.system.descendants import LINUX, descendants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    # An address and a port; the path of a unix socket, and 0.
    Place = tuple[str, int]

_LISTEN = b"0A"  # the state, in /proc/net/tcp
_ACCEPTS = b"00010000"  # the flag of a unix socket that listens, in /proc/net/unix
_SOCKET = "socket:["
_MAPPED = "::ffff:"  # an address of IPv4 as IPv6 has it
_SOMEBODY = "another process"


def places(pids: Iterable[int]) -> list[Place] | None:
    """Where these processes listen; None if one of them can't be looked into."""
    if not LINUX:
        found = [_psutil_places(pid) for pid in pids]
        return None if None in found else sorted({place for each in found for place in each or ()})
    held = [_sockets(pid) for pid in pids]
    if None in held:
        return None
    inodes = {inode for each in held for inode in each or ()}
    rows = (*_listening(), *_listening_on_paths())
    return sorted({place for inode, place in rows if inode in inodes})


def listened_on(port: int) -> set[str]:
    """The addresses on which anybody listens on that port, as far as the system tells."""
    return {address for _inode, (address, _port) in _listening(port)} if LINUX else set()


def stranger(port: int, root: int) -> str:
    """Who answers on 127.0.0.1 and is neither `root` nor descends from it: `python3 (pid 77)`.

    "" if it is one of those, or if nobody can tell. A process of ours that can't be looked into,
    as one that changed its user, may be the one.
    """
    ours = [root, *(process.pid for process in descendants(root))]
    return _proc_stranger(port, ours) if LINUX else _psutil_stranger(port, ours)


def _proc_stranger(port: int, ours: Collection[int]) -> str:
    rows = [(inode, place[0]) for inode, place in _listening(port) if is_reached_by(place[0])]
    # The system prefers who has said which address.
    exact = [inode for inode, address in rows if address not in WILDCARDS]
    inodes = set(exact or (inode for inode, _address in rows))
    if not inodes:
        return ""  # already gone, or out of our sight
    for pid in ours:
        held = _sockets(pid)
        if held is None or not inodes.isdisjoint(held):
            return ""
    others = (pid for pid in _pids() if not inodes.isdisjoint(_sockets(pid) or ()))
    return next(map(_name, others), _SOMEBODY)


def _pids() -> Iterator[int]:
    return map(int, filter(str.isdigit, os.listdir("/proc")))


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return f"{file.read().decode('utf-8', 'replace').strip()} (pid {pid})"
    except OSError:
        return f"pid {pid}"


def _sockets(pid: int) -> set[str] | None:
    """The inodes of the sockets that a process has open; None if it does not let us look."""
    found = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
            except FileNotFoundError:
                continue  # closed meanwhile
            if target.startswith(_SOCKET):
                found.add(target[len(_SOCKET) : -1])
    except (FileNotFoundError, ProcessLookupError):
        return found  # it ended
    except OSError:
        return None
    return found


def _listening(port: int = 0) -> Iterator[tuple[str, Place]]:
    """The inode and the place of each socket that listens, on one port or on any."""
    mark = b":%04X " % port if port else b":"
    for family, name in ((AF_INET, "tcp"), (AF_INET6, "tcp6")):
        for line in _lines(name):
            if mark not in line:
                continue
            fields = line.split()
            if fields[3] == _LISTEN:
                address, _, number = fields[1].partition(b":")
                if not port or int(number, 16) == port:
                    yield fields[9].decode(), (_address(family, address), int(number, 16))


def _listening_on_paths() -> Iterator[tuple[str, Place]]:
    """The same of unix sockets that have a path."""
    for line in _lines("unix"):
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[3] == _ACCEPTS and fields[7].startswith(b"/"):
            yield fields[6].decode(), (os.fsdecode(fields[7].rstrip(b"\n")), 0)


def _lines(name: str) -> list[bytes]:
    """The rows of one table of the network, without its head."""
    try:
        with open(f"/proc/net/{name}", "rb") as file:
            return file.readlines()[1:]
    except OSError:
        return []  # no IPv6, or no /proc


def _address(family: int, text: bytes) -> str:
    """An address out of its words, each of which has the machine's order of bytes."""
    from sys import byteorder

    raw = bytes.fromhex(text.decode())
    if byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return inet_ntop(family, raw).removeprefix(_MAPPED)


def _psutil_stranger(port: int, ours: Collection[int]) -> str:
    for pid in ours:
        held = _psutil_places(pid)
        if held is None or any(number == port for _address, number in held):
            return ""
    from procrun.system.listeners import holder

    return holder(port)


def _psutil_places(pid: int) -> set[Place] | None:
    """Where a process listens; None if it does not let us look."""
    import psutil

    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return set()
    except psutil.Error:
        return None
    return {
        (connection.laddr[0].removeprefix(_MAPPED), connection.laddr[1])
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
    }
