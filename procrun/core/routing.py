"""Which web dyno gets a request, and what a client gets where there is none (docs/heroku.md)."""

from __future__ import annotations

from procrun.core.lifecycle import State
from procrun.core.router_errors import (
    ALL_QUARANTINED,
    APP_CRASHED,
    BLANK_APP,
    BOOT_TIMEOUT,
    CONNECT_REFUSED,
    CONNECT_TIMEOUT,
    MAINTENANCE,
    NO_WEB_PROCESSES,
)
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from procrun.core.router_errors import Failure

_GONE = (State.DOWN, State.COMPLETE)
MOST_TRIES = 10  # dynos that are tried for a request
_BACKLOG = 200  # requests at a time, for each web dyno
IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))


class Dyno(Value):
    """A web dyno as its app tells of it."""

    name: str
    port: int
    state: State


class Routes(Value):
    """All web dynos of an app."""

    web: tuple[Dyno, ...] = ()
    maintenance: bool = False
    deployed: bool = True  # whether there is an app at all
    error_page: str = ""  # ERROR_PAGE_URL
    maintenance_page: str = ""  # MAINTENANCE_PAGE_URL

    @property
    def up(self) -> tuple[Dyno, ...]:
        """Those that take requests."""
        return tuple(dyno for dyno in self.web if dyno.state is State.UP)

    @property
    def refusal(self) -> Failure | None:
        """What every request gets now; None where it gets a dyno, or waits for one to be up."""
        if self.maintenance:
            return MAINTENANCE
        if not self.deployed:
            return BLANK_APP
        wanted = [dyno for dyno in self.web if dyno.state not in _GONE]
        if not wanted:
            return NO_WEB_PROCESSES
        if all(dyno.state is State.CRASHED for dyno in wanted):
            return APP_CRASHED
        return None


class Durations(Value):
    """The platform's, in seconds."""

    connect: float = 5.0  # to a dyno
    quarantine: float = 5.0  # of a dyno that could not be connected to
    queue: float = 75.0  # for a dyno to be up, or out of quarantine
    first_byte: float = 30.0  # of an answer, once the request was sent
    silence: float = 55.0  # of both sides, after that
    idle_dyno: float = 90.0  # of a connection that waits for its next request
    idle_client: float = 60.0  # the same; and for the head of a request
    handshake: float = 10.0  # of TLS
    farewell: float = 30.0  # for what is under way when the router stops
    eviction: float = 3.0  # the same when the router stops alone, and another one begins after it
    goodbye: float = 0.5  # then, for a client to say with TLS that it has read all
    lingering: float = 2.0  # for a client to read why it is refused, while it still sends

    def scaled(self, by: float) -> Durations:
        """All of them longer or shorter by a factor."""
        return Durations(*(getattr(self, name) * by for name in self._fields))


class Quarantine:
    """The dynos that could not be connected to, and until when nobody tries them again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._until)

    def add(self, name: str, now: float) -> None:
        """A dyno could not be connected to."""
        self._until[name] = now + self._seconds

    def remove(self, name: str) -> None:
        """It is another process now."""
        self._until.pop(name, None)

    def free(self, names: Sequence[str], now: float) -> list[str]:
        """Those of some dynos that may be tried."""
        self._until = {name: until for name, until in self._until.items() if until > now}
        return [name for name in names if name not in self._until]

    @property
    def next_end(self) -> float:
        """When the first of them may be tried again; 0 where there is none."""
        return min(self._until.values(), default=0.0)


def most_under_way(dynos: int) -> int:
    """How many requests there may be at a time for so many web dynos, up or not (H11)."""
    return _BACKLOG * max(1, dynos)


def pick(names: Sequence[str], tried: Sequence[str], draw: float) -> str:
    """One of some dynos by a random number below 1, if possible one that was not tried yet."""
    if tried:
        names = [name for name in names if name not in tried] or names
    return names[int(draw * len(names))]


def after_tries(tries: int, dynos: int, *, timed_out: bool) -> Failure | None:
    """What a request gets that could not be given to any of so many; None if it may go on."""
    if tries < min(MOST_TRIES, max(1, dynos)):
        return None
    return CONNECT_TIMEOUT if timed_out else CONNECT_REFUSED


def after_waiting(up: int) -> Failure:
    """What a request gets that has waited for a dyno for too long."""
    return ALL_QUARANTINED if up else BOOT_TIMEOUT


def may_repeat(method: bytes, *, reused: bool, body_sent: bool, answered: bool) -> bool:
    """Whether a request may be sent again because its connection was closed meanwhile.

    Only on a connection that had waited in the pool, of which the dyno has not seen anything that
    it could have acted on twice.
    """
    return reused and not body_sent and not answered and method in IDEMPOTENT
