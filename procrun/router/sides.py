"""What an exchange needs of the router, of its client's connection and of its dyno's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from procrun.core.router_errors import Failure
    from procrun.core.routing import Durations
    from procrun.router.deadline import Deadline


E = TypeVar("E", contravariant=True)  # noqa: PLC0105 - the exchange, whose module needs this one


class DynoSide(Protocol):
    """A connection to a dyno."""

    @property
    def dyno(self) -> str:
        """The dyno's name."""

    @property
    def is_full(self) -> bool:
        """Whether the dyno does not read what we write."""

    @property
    def reused(self) -> bool:
        """Whether it has carried a request before."""

    def write(self, data: bytes, /) -> None:
        """Send bytes."""

    def write_eof(self) -> None:
        """Send no more."""

    def pause(self) -> None:
        """Let the dyno wait."""

    def resume(self) -> None:
        """Read on."""

    def drop(self) -> None:
        """End it."""

    def close(self) -> None:
        """End it once all is sent."""

    def orphan(self) -> None:
        """Nobody waits for the answer any more, but the dyno is not to know."""


class House(Protocol[E]):
    """The router."""

    @property
    def durations(self) -> Durations:
        """How long what may take."""

    def log(self, line: bytes, /) -> None:
        """Write the line of a request."""

    def page(self, failure: Failure) -> bytes:
        """What a client gets instead of an answer."""

    def admit(self, exchange: E) -> None:
        """It begins: give it to a dyno, let it wait for one, or refuse it."""

    def place(self, exchange: E) -> None:
        """The same for one that had a dyno."""

    def give_up(self, exchange: E) -> None:
        """It has waited for too long."""

    def dismiss(self, exchange: E) -> None:
        """It is over."""


class ClientSide(Protocol[E]):
    """A client's connection."""

    deadline: Deadline
    peer: bytes  # its address
    tls: str  # the version of TLS, "" for plain HTTP

    @property
    def router(self) -> House[E]:
        """Whose client it is."""

    @property
    def is_full(self) -> bool:
        """Whether the client does not read what we write."""

    def write(self, data: bytes, /) -> None:
        """Send bytes."""

    def write_eof(self) -> None:
        """Send no more."""

    def has_left(self) -> bool:
        """Whether the client has closed its connection, not just its half of it."""

    def abort(self) -> None:
        """End the connection at once, so that the client sees that it does not have all."""

    def regulate(self) -> None:
        """Read on, or let the client wait, as is right for what is under way."""

    def last_answer(self, exchange: E) -> bool:
        """Whether an exchange is the last one of this connection."""

    def tunnel(self) -> None:
        """Pass bytes on as they are from now on."""

    def finished(self, exchange: E) -> None:
        """It is over: the next one, please."""
