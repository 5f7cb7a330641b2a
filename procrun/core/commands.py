"""What can be asked of a running app, and how it is written on the socket: one JSON object a line.

A client sends one request. What comes back is any number of replies and, last, one whose `last` is
true. A reply with an `error` says why the request was not carried out, and what to do about it.
"""

from __future__ import annotations

from procrun.core.text import excerpt
from procrun.errors import ProcrunError
from procrun.value import Value

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 1  # of the form of requests and replies
LONGEST = 1024 * 1024  # bytes of a request
_LONGEST_NAME = 256  # of a dyno or a pattern; a type's has 128 at most

PS = "ps"
LOGS = "logs"
START = "start"
STOP = "stop"
RESTART = "restart"
SCALE = "scale"
KILL = "kill"
WAIT = "wait"
SHUT_DOWN = "shut down"
ATTACH = "attach"
RECONFIGURE = "reconfigure"
ROUTES = "routes"  # for a router: one reply for each change, until somebody ends
MAINTENANCE = "maintenance"
INFO = "info"
VERBS = (
    *(PS, LOGS, START, STOP, RESTART, SCALE, KILL, WAIT, ATTACH, SHUT_DOWN, RECONFIGURE),
    *(ROUTES, MAINTENANCE, INFO),
)


_LASTING = (ROUTES, ATTACH, WAIT)
ANSWERS = "answers"  # the option of ROUTES that the app's own router has


class Request(Value):
    """One thing asked."""

    verb: str
    names: tuple[str, ...] = ()  # of types or dynos, as typed; TYPE=N and the like for SCALE
    options: tuple[tuple[str, str | int | bool], ...] = ()

    def option(self, name: str) -> str | int | bool | None:
        """The value of an option, None if it was not given."""
        return dict(self.options).get(name)

    def number(self, name: str, default: int) -> int:
        """The value of an option that is a number."""
        value = self.option(name)
        return value if isinstance(value, int) else default

    def text(self, name: str) -> str:
        """The value of an option that is text, "" if it was not given."""
        value = self.option(name)
        return value if isinstance(value, str) else ""


def lasts(request: Request) -> bool:
    """Whether whoever asks for that may stay for as long as the app, which can do without.

    It can't do without its own router.
    """
    if request.option(ANSWERS) is True:
        return False
    return request.verb in _LASTING or request.option("tail") is True


class BadRequest(ProcrunError):
    """What came over the socket is no request."""


class AddressInUse(ProcrunError):
    """A dyno can't be ready because somebody else has its port; its reply says `in_use`."""


def encode_request(request: Request) -> bytes:
    """The line of a request."""
    fields = {"version": VERSION, "verb": request.verb, "names": request.names}
    return _line({**fields, "options": dict(request.options)})


def decode_request(line: bytes) -> Request:
    """The request of a line; BadRequest with what is wrong with it."""
    fields = _fields(line)
    if fields.get("version") != VERSION:
        message = f"this app speaks version {VERSION} of the protocol"
        raise BadRequest(message, "Use the procrun that it was started with, or start it again.")
    verb, names, options = fields.get("verb"), fields.get("names", []), fields.get("options", {})
    if not isinstance(verb, str) or verb not in VERBS:
        raise BadRequest("unknown verb", f"It is one of {', '.join(VERBS)}.")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("names must be a list of text")
    if not isinstance(options, dict):
        raise BadRequest("options must be an object")
    pairs = tuple((str(name), _option(value)) for name, value in options.items())
    return Request(verb, tuple(names), pairs)


def encode_reply(fields: Mapping[str, object]) -> bytes:
    """The line of a reply."""
    return _line(fields)


def decode_reply(line: bytes) -> dict[str, object]:
    """The fields of a reply; BadRequest for anything else."""
    return _fields(line)


def refusal(error: ProcrunError) -> dict[str, object]:
    """The reply that says why a request was not carried out."""
    first = error.problems[0]
    text = "; ".join(str(problem) for problem in error.problems)
    more = {"in_use": True} if isinstance(error, AddressInUse) else {}
    return {"error": text, "hint": first.hint, "status": error.exit_code, **more, "last": True}


def refused(reply: Mapping[str, object]) -> ProcrunError | None:
    """The error of such a reply; None if it is another one."""
    if "error" not in reply:
        return None
    status = reply.get("status")
    code = status if isinstance(status, int) else None
    kind = AddressInUse if reply.get("in_use") is True else ProcrunError
    return kind(str(reply["error"]), str(reply.get("hint", "")), code)


def matching(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """The known dynos that the names mean, in their order; no names mean all of them.

    A name is a dyno (`web.1`), a type (`web`), or a pattern of either with `*` and `?`.
    ProcrunError for a name that means none, with those that there are.
    """
    wanted = dict.fromkeys(names)
    dynos = list(known)
    if not wanted:
        return dynos
    found: set[str] = set()
    for name in wanted:
        meant = {dyno for dyno in dynos if means(name, dyno)}
        if not meant:
            raise _nothing_called(name, dynos)
        found |= meant
    return [dyno for dyno in dynos if dyno in found]


def means(name: str, dyno: str) -> bool:
    """Whether the name is that of the dyno, of its type, or a pattern of either."""
    from fnmatch import fnmatchcase

    if name in (dyno, _type(dyno)):
        return True
    pattern = name.replace("[", "[[]")  # which is none of ours
    return len(name) <= _LONGEST_NAME and (
        fnmatchcase(dyno, pattern) or fnmatchcase(_type(dyno), pattern)
    )


def only(names: Iterable[str], known: Iterable[str]) -> str:
    """The one known dyno that a name means. ProcrunError if it means none, or several."""
    found = matching(names, known)
    if len(found) != 1:
        shown = " and ".join(dict.fromkeys(names)) or "no name"
        raise ProcrunError(
            f"{shown} means {len(found)} processes", f"Name one: {', '.join(found)}."
        )
    return found[0]


def _type(dyno: str) -> str:
    return dyno.rpartition(".")[0]


def _nothing_called(name: str, dynos: list[str]) -> ProcrunError:
    from procrun.core.names import did_you_mean

    meant = did_you_mean(name[:_LONGEST_NAME], [*dynos, *map(_type, dynos)])
    known = f"There are {', '.join(dynos)}." if dynos else "There is no dyno at all."
    return ProcrunError(f"nothing is called {excerpt(name)}", f"{meant}{known}")


def _option(value: object) -> str | int | bool:
    if not isinstance(value, (str, int, bool)):
        raise BadRequest("options must be text, whole numbers or true and false")
    return value


def _line(fields: Mapping[str, object]) -> bytes:
    import json

    return json.dumps(fields).encode() + b"\n"


def _fields(line: bytes) -> dict[str, object]:
    import json

    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRequest("not a JSON object", "Each line is one, as procrun's own commands send.")
    return {str(name): value for name, value in found.items()}
