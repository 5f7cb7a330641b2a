"""What the router is told at its start; core/route_news.py is what it is told after that."""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_STANDARD_OUTPUT = 1
LOOPBACK = ("127.0.0.1", "::1")


class Orders(Value):
    """The first line of the router's standard input. Paths are absolute."""

    control: str  # the folder that holds the app's socket
    http: int  # the port; 0 for a free one
    https: int | None = None  # None for no such port
    bind: tuple[str, ...] = LOOPBACK  # addresses; of several one may be missing on this system
    certificate: str = ""  # a file of PEM, "" for no TLS at all
    key: str = ""
    app: str = ""
    time_scale: float = 1.0  # of every duration of the platform
    log: int = _STANDARD_OUTPUT  # the descriptor that gets a line of each request
    ready: int | None = None  # the one that is told the ports, as JSON, once they are open

    def encode(self) -> bytes:
        """The line."""
        import json

        return json.dumps({name: getattr(self, name) for name in self._fields}).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Orders:
        """The orders of a line; ValueError, TypeError or KeyError for anything else."""
        import json

        found: object = json.loads(line)
        if not isinstance(found, dict):
            raise TypeError("not an object")
        bind = found.get("bind", LOOPBACK)
        return cls(
            control=str(found["control"]),
            http=int(found["http"]),
            https=_optional(found, "https"),
            bind=(bind,) if isinstance(bind, str) else tuple(map(str, bind)),
            certificate=str(found.get("certificate") or ""),
            key=str(found.get("key") or ""),
            app=str(found.get("app") or ""),
            time_scale=float(found.get("time_scale", 1.0)),
            log=int(found.get("log", _STANDARD_OUTPUT)),
            ready=_optional(found, "ready"),
        )


def _optional(found: Mapping[str, object], name: str) -> int | None:
    value = found.get(name)
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"{name} must be a number")
