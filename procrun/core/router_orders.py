"""What the router is told: once its orders, then the routes whenever they change.

And what it answers to these, if its request says so: that it has `seen` an edition of the routes,
which no new request goes against, and that this one is `relieved`: no dyno that was left out of it
has a request any more. A dyno is asked to end after that.
"""

from __future__ import annotations

from procrun.core.routing import Dyno, Routes
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SEEN = "seen"
RELIEVED = "relieved"
ANSWERS = "answers"  # the option of the request
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
    error_page: str = ""  # ERROR_PAGE_URL
    maintenance_page: str = ""  # MAINTENANCE_PAGE_URL
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
            error_page=str(found.get("error_page") or ""),
            maintenance_page=str(found.get("maintenance_page") or ""),
            log=int(found.get("log", _STANDARD_OUTPUT)),
            ready=_optional(found, "ready"),
        )


def _optional(found: Mapping[str, object], name: str) -> int | None:
    value = found.get(name)
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"{name} must be a number")


def routes(reply: Mapping[str, object]) -> Routes:
    """The routes of a reply; ValueError, TypeError or KeyError for anything else."""
    web = reply.get("web", [])
    if not isinstance(web, list):
        raise TypeError("web must be a list")
    return Routes(
        web=tuple(map(_dyno, web)),
        maintenance=reply.get("maintenance") is True,
        error_page=_text(reply, "error_page"),
        maintenance_page=_text(reply, "maintenance_page"),
    )


def edition(reply: Mapping[str, object]) -> int | None:
    """The number that a reply is to be answered with; None where it has none."""
    return _optional(reply, "edition")


def answer(word: str, number: int) -> bytes:
    """The line that says that an edition was SEEN, or is RELIEVED."""
    return f"{word} {number}\n".encode()


def answered(line: bytes) -> tuple[str, int]:
    """What such a line says; ValueError for anything else."""
    word, _, number = line.decode().partition(" ")
    if word not in (SEEN, RELIEVED):
        raise ValueError(word)
    return word, int(number)


def _text(found: Mapping[str, object], name: str) -> str | None:
    value = found.get(name)
    return None if value is None else str(value)


def _dyno(fields: object) -> Dyno:
    if not isinstance(fields, dict):
        raise TypeError("a dyno must be an object")
    return Dyno(str(fields["name"]), int(fields["port"]), str(fields["state"]))
