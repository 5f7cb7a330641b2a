"""Who listens where, which ports are taken, and which are free.

On Linux out of /proc: importing psutil takes longer than a server takes to notice that it is up.
Elsewhere psutil says it, of processes of the same user.
"""

from __future__ import annotations

# The C module under `socket`, which itself takes 4 ms to import: a tenth of a start.
import _socket
import os
import sys

from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    # An address and a port; the path of a unix socket, and 0.
    Place = tuple[str, int]

LINUX = sys.platform == "linux"
# macOS lets a wildcard address and a specific one be bound beside each other, so both are tried.
_ADDRESSES = ("", "127.0.0.1")
_LISTEN = b"0A"  # the state, in /proc/net/tcp
_ACCEPTS = b"00010000"  # the flag of a unix socket that listens, in /proc/net/unix
_SOCKET = "socket:["
_MAPPED = "::ffff:"  # an address of IPv4 as IPv6 has it
_SOMEBODY = "another process"
_ROUTER = [b"-m", b"procrun.router"]  # the end of its command line


def taken(ports: Collection[int]) -> set[int]:
    """Those of the ports that somebody listens on. A port in TIME_WAIT is not taken."""
    return {port for port in ports if not all(_can_bind(host, port) for host in _ADDRESSES)}


def missing(address: str) -> str:
    """Why nobody can listen on that address, in the system's words; "" if one can."""
    family = _socket.AF_INET6 if ":" in address else _socket.AF_INET
    try:
        probe = _socket.socket(family, _socket.SOCK_STREAM)
    except OSError as error:
        return error.strerror or str(error)
    try:
        probe.bind((address, 0))
    except OSError as error:  # also for a zone that is none, as in fe80::1%no
        return error.strerror or str(error)
    else:
        return ""
    finally:
        probe.close()


def free(count: int) -> list[int]:
    """That many ports that nobody listens on, as the system picks them."""
    held: list[_socket.socket] = []
    try:
        for _ in range(count):
            held.append(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM))
            held[-1].bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    except OSError as error:
        hint = "Start fewer processes, raise the limit of open files, or give a port with -p."
        raise ProcrunError(f"no {count} free ports: {error.strerror}", hint) from error
    finally:
        for each in held:
            each.close()


def holder(port: int) -> str:
    """Who listens on the port: `python3 (pid 123)`, "" where the system does not tell."""
    if not LINUX:
        return _psutil_holder(port)
    inodes = {inode for inode, _place in _listening(port)}
    return _who_has(inodes) if inodes else ""


def stranger(port: int, root: int) -> str:
    """Who answers on 127.0.0.1 and is neither `root` nor descends from it: `python3 (pid 77)`.

    "" if it is one of those, or if nobody can tell. A process of ours that can't be looked into,
    as one that changed its user, may be the one.
    """
    from procrun.system.descendants import descendants

    ours = [root, *(process.pid for process in descendants(root))]
    return _proc_stranger(port, ours) if LINUX else _psutil_stranger(port, ours)


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


def _can_bind(host: str, port: int) -> bool:
    probe = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        # With this, only a listener is in the way, not a connection that has ended.
        probe.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    except PermissionError:
        return True  # below 1024: not ours to judge
    except OSError:
        return False
    else:
        return True
    finally:
        probe.close()


def _proc_stranger(port: int, ours: Collection[int]) -> str:
    from procrun.core.diagnosis import WILDCARDS, is_reached_by

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
    return _who_has(inodes) or _SOMEBODY


def _who_has(inodes: set[str]) -> str:
    """The first process that we see with one of these sockets; "" for none."""
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    found = (pid for pid in pids if not inodes.isdisjoint(_sockets(pid) or ()))
    return next((_router(pid) or _in_words(_command(pid), pid) for pid in found), "")


def _router(pid: int) -> str:
    """Whose router that process is, as one of procrun's runs in its app's folder; "" if none."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
        if words[-3:-1] != _ROUTER:
            return ""
        return f"the router of the app in {os.readlink(f'/proc/{pid}/cwd')} (procrun, pid {pid})"
    except OSError:
        return ""


def _in_words(name: str, pid: int) -> str:
    return f"{name} (pid {pid})" if name else f"pid {pid}"


def _command(pid: int) -> str:
    """What a process is called; "" if it has ended."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


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
    for family, name in ((_socket.AF_INET, "tcp"), (_socket.AF_INET6, "tcp6")):
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
    raw = bytes.fromhex(text.decode())
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return _socket.inet_ntop(family, raw).removeprefix(_MAPPED)


def _psutil_stranger(port: int, ours: Collection[int]) -> str:
    for pid in ours:
        held = _psutil_places(pid)
        if held is None or any(number == port for _address, number in held):
            return ""
    return _psutil_holder(port)


def _psutil_holder(port: int) -> str:
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return ""  # macOS tells only root about the processes of others
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
            return _psutil_words(connection.pid) if connection.pid else ""
    return ""


def _psutil_words(pid: int) -> str:
    import psutil

    try:
        return _in_words(psutil.Process(pid).name(), pid)
    except psutil.Error:
        return _in_words("", pid)


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
