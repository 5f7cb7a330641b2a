"""One request and its answer, between a client's connection and a dyno's."""

from __future__ import annotations

from enum import Enum
from random import getrandbits
from time import monotonic, time

from procrun.core.request_id import fresh
from procrun.core.router_errors import (
    BAD_CHUNK,
    CLIENT_IDLE,
    CLIENT_INTERRUPTED,
    CLOSED_WITHOUT_RESPONSE,
    FORCED_CLOSE,
    IDLE_CONNECTION,
    REQUEST_TIMEOUT,
    SERVER_INTERRUPTED,
    UNANSWERED,
)
from procrun.core.router_line import Served, line
from procrun.core.router_pages import answer as answer_of_ours
from procrun.core.router_response import SWITCHING
from procrun.core.routing import may_repeat
from procrun.router.requests import Incoming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.router_errors import Failure, Refused
    from procrun.core.router_request import Asked
    from procrun.core.router_response import Answer
    from procrun.router.sides import ClientSide, DynoSide

_ID_BITS = 128


class Phase(Enum):
    """How far an exchange is."""

    NEW = "new"
    WAITING = "waiting"  # for a dyno to be up
    CONNECTING = "connecting"
    SENT = "sent"  # to the dyno, at least the head
    ANSWERING = "answering"  # the head of the answer went to the client
    TUNNEL = "tunnel"  # bytes of whatever protocol, after a 101
    DONE = "done"


class Exchange(Incoming, Served):
    """A request on its way to a dyno, and the answer on its way back."""

    refused: Refused | None = None  # why no dyno gets it
    phase = Phase.NEW
    link: DynoSide | None = None  # the connection to the dyno
    tried: tuple[str, ...] = ()  # dynos that could not be connected to
    touched = False  # whether any byte of an answer came
    uploading = False  # whether any byte of the body was sent
    keep = False  # whether the client's connection goes on after the answer
    _begun = 0.0
    _sent_at = 0.0

    def __init__(self, client: ClientSide[Exchange], asked: Asked) -> None:
        self.client = client
        self.asked = asked
        self.pieces = []

    def start(self) -> None:
        """It is the first of its connection now."""
        client, asked = self.client, self.asked
        self._begun = monotonic()
        if not asked.request_id:
            asked.request_id = fresh(getrandbits(_ID_BITS))
        if asked.forwarded_for:
            asked.forwarded_for += b"," + client.peer
        else:
            asked.forwarded_for = client.peer
        if self.refused is not None:
            self.fail(self.refused.failure, self.refused.why)
        else:
            client.router.admit(self)

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return monotonic() - self._begun

    @property
    def is_waiting_for_link(self) -> bool:
        """Whether it needs the connection that is being made for it."""
        return self.phase is Phase.CONNECTING

    def wait(self, seconds: float) -> None:
        """There is no dyno for it yet."""
        self.phase = Phase.WAITING
        self.client.deadline.set(seconds)

    def connecting(self, dyno: str) -> None:
        """It was given to a dyno; there is a limit of time for that already."""
        self.phase = Phase.CONNECTING
        self.dyno = dyno
        self.client.deadline.clear()

    def send(self, link: DynoSide, seconds: float) -> None:
        """Send what there is of it over a connection that it took so many seconds to make."""
        client, asked = self.client, self.asked
        self.phase = Phase.SENT
        self.link, self.dyno, self.connect = link, link.dyno, seconds
        self._sent_at = monotonic()
        head = asked.head(secure=bool(client.tls), milliseconds=int(time() * 1000))
        if self.pieces:
            self.uploading = True
            head += b"".join(self.pieces)
            self.pieces.clear()
        if not self.complete:
            self._ask_for_body()
        link.write(head)
        if client.is_full:  # with the answer before this one
            link.pause()
        self.watch()

    def _ask_for_body(self) -> None:
        if self.asked.expects:
            self.asked.expects = False  # it is told once
            self.client.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.client.regulate()

    def more(self) -> None:
        """More of the body came from the client."""
        if self.link is not None and self.pieces:
            self.uploading = True
            self.link.write(b"".join(self.pieces))
            self.pieces.clear()
            self.watch()

    def watch(self) -> None:
        """Something was sent or received: the time until the next such thing begins."""
        durations = self.client.router.durations
        if self.phase is Phase.SENT and self._waits_for_dyno:
            self.client.deadline.set(durations.first_byte)
        else:
            self.client.deadline.set(durations.silence)

    @property
    def _waits_for_dyno(self) -> bool:
        return self.complete or (self.link is not None and self.link.is_full)

    def begin_answer(self, answer: Answer) -> bytes:
        """The head of the answer came; gives what the client gets of it."""
        asked = self.asked
        self.phase = Phase.ANSWERING
        self.status = answer.status
        if answer.status == SWITCHING:
            return answer.head + b"\r\n"
        endless = not answer.ends_with_head and (
            asked.old if answer.chunked else answer.length is None
        )
        self.keep = asked.keep and not endless and not self.client.last_answer(self)
        if not self.keep:
            return answer.head + b"Connection: close\r\n\r\n"
        if asked.old:
            return answer.head + b"Connection: keep-alive\r\n\r\n"
        return answer.head + b"\r\n"

    def switch(self, rest: bytes) -> None:
        """The dyno and the client speak another protocol from now on."""
        self.phase = Phase.TUNNEL
        self.client.tunnel()
        self.relay(rest)

    def relay(self, data: bytes) -> None:
        """Bytes of that protocol from the dyno."""
        if data:
            self.relayed += len(data)
            self.client.write(data)
        self.watch()

    def answered(self) -> None:
        """The answer is complete, which only a client that is there can tell."""
        if self.client.has_left():
            self.status = CLIENT_INTERRUPTED.status
            self._close(CLIENT_INTERRUPTED)
        else:
            self._close(None)

    def fail(self, failure: Failure, why: str = "") -> None:
        """There is no answer of a dyno, or not all of it; `why` stands for its page."""
        begun = self.phase in (Phase.ANSWERING, Phase.TUNNEL)
        self._let_go(failure)
        if not begun:
            self.status = failure.status
        if begun or failure.code in UNANSWERED:
            self.keep = False
            self._close(failure)
            self.client.abort()
        else:
            self._tell(failure, why)
            self._close(failure)

    def _tell(self, failure: Failure, why: str) -> None:
        client, head = self.client, self.asked.method == b"HEAD"
        body = f"{why}\n".encode() if why else client.router.page(failure)
        kind = "text/plain" if why else "text/html"
        self.keep = self.asked.keep and self.complete and not client.last_answer(self)
        self.relayed = 0 if head else len(body)
        client.write(answer_of_ours(failure, body, kind, close=not self.keep, head=head))

    def _let_go(self, failure: Failure | None = None) -> None:
        """A dyno that is too slow is not told, and works on; other connections end."""
        link, self.link = self.link, None
        if link is None:
            return
        if self.phase is Phase.TUNNEL and failure is None:
            link.close()
        elif failure is REQUEST_TIMEOUT and self.complete:
            link.orphan()
        else:
            link.drop()

    def dyno_left(self) -> None:
        """The dyno closed its connection before the answer was complete."""
        link, self.link = self.link, None
        if self.phase is Phase.TUNNEL:
            self._close(None)
        elif self.phase is Phase.ANSWERING or self.touched:
            self.fail(SERVER_INTERRUPTED)
        elif may_repeat(
            self.asked.method,
            reused=link is not None and link.reused,
            body_sent=self.uploading,
            answered=self.touched,
        ):
            self.client.router.place(self)
        else:
            self.fail(CLOSED_WITHOUT_RESPONSE)

    def client_left(self) -> None:
        """The client closed its connection before the answer was complete."""
        if self.phase in (Phase.DONE, Phase.NEW):
            return
        tunnel = self.phase is Phase.TUNNEL
        self.keep = False
        self._let_go()
        if not tunnel:
            self.status = CLIENT_INTERRUPTED.status
        self._close(None if tunnel else CLIENT_INTERRUPTED)

    def spoilt(self, refused: Refused) -> None:
        """The client sent something that is not the rest of this request."""
        if self.phase is Phase.NEW:
            self.refused = refused
        elif self.phase is not Phase.DONE:
            self.fail(BAD_CHUNK, refused.why)

    def expired(self) -> None:
        """Nothing happened for too long."""
        if self.phase is Phase.WAITING:
            self.client.router.give_up(self)
        elif self.phase is Phase.SENT:
            waits_for_client = self.client.is_full or not self._waits_for_dyno
            self.fail(CLIENT_IDLE if waits_for_client else REQUEST_TIMEOUT)
        elif self.phase is Phase.ANSWERING:
            waits_for_client = self.client.is_full or not self.complete
            self.fail(CLIENT_IDLE if waits_for_client else IDLE_CONNECTION)
        elif self.phase is Phase.TUNNEL:
            self.fail(IDLE_CONNECTION)

    def cut(self) -> None:
        """The router stops and waits no longer."""
        if self.phase is not Phase.DONE:
            self.fail(FORCED_CLOSE)

    def _close(self, failure: Failure | None) -> None:
        self.phase = Phase.DONE
        client = self.client
        self.tls = client.tls
        if self._sent_at:
            self.service = monotonic() - self._sent_at
        client.router.log(line(self.asked, self, failure))
        client.router.dismiss(self)
        self.link = None
        client.finished(self)
