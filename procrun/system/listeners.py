"""Which ports are taken, and by whom; which are free."""

from __future__ import annotations

# The C module under `socket`, which itself takes 4 ms to import: a tenth of a start.
import _socket

from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

# macOS lets a wildcard address and a specific one be bound beside each other, so both are tried.
_ADDRESSES = ("", "127.0.0.1")


def taken(ports: Collection[int]) -> set[int]:
    """Those of the ports that somebody listens on. A port in TIME_WAIT is not taken."""
    return {port for port in ports if not all(_can_bind(host, port) for host in _ADDRESSES)}


def holder(port: int) -> str:
    """Who listens on the port: `python3 (pid 123)`, "" where the system does not tell."""
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        connections = []  # macOS tells only root about the processes of others
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
            return _name(connection.pid)
    return ""


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


def _name(pid: int | None) -> str:
    import psutil

    if pid is None:
        return ""
    try:
        return f"{psutil.Process(pid).name()} (pid {pid})"
    except psutil.Error:
        return f"pid {pid}"


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
