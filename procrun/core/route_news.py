"""What a router is told of an app's web dynos whenever they change, and what it answers.

It answers if its request says so: that it has `seen` an edition of the routes, which no new request
goes against, and that this one is `relieved`: no dyno that was left out of it has a request any
more. A dyno is asked to end after that.
"""

from __future__ import annotations

from procrun.core.lifecycle import State
from procrun.core.routing import Dyno, Routes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SEEN = "seen"
RELIEVED = "relieved"


def encode(routes: Routes, edition: int | None = None) -> dict[str, object]:
    """The reply that tells of routes; with the number of its edition it is to be answered."""
    web = [{"name": each.name, "port": each.port, "state": each.state.value} for each in routes.web]
    others = {name: getattr(routes, name) for name in routes._fields if name != "web"}
    return {"web": web, **others, **({} if edition is None else {"edition": edition})}


def decode(reply: Mapping[str, object]) -> Routes:
    """The routes of a reply; ValueError, TypeError or KeyError for anything else."""
    web = reply.get("web", [])
    if not isinstance(web, list):
        raise TypeError("web must be a list")
    return Routes(
        web=tuple(map(_dyno, web)),
        maintenance=reply.get("maintenance") is True,
        deployed=reply.get("deployed") is not False,
        error_page=str(reply.get("error_page") or ""),
        maintenance_page=str(reply.get("maintenance_page") or ""),
    )


def edition(reply: Mapping[str, object]) -> int | None:
    """The number that a reply is to be answered with; None where it has none."""
    number = reply.get("edition")
    if number is None or isinstance(number, int):
        return number
    raise TypeError("edition must be a number")


def answer(word: str, number: int) -> bytes:
    """The line that says that an edition was SEEN, or is RELIEVED."""
    return f"{word} {number}\n".encode()


def answered(line: bytes) -> tuple[str, int]:
    """What such a line says; ValueError for anything else."""
    word, _, number = line.decode().partition(" ")
    if word not in (SEEN, RELIEVED):
        raise ValueError(word)
    return word, int(number)


def _dyno(fields: object) -> Dyno:
    if not isinstance(fields, dict):
        raise TypeError("a dyno must be an object")
    return Dyno(str(fields["name"]), int(fields["port"]), State(fields["state"]))
