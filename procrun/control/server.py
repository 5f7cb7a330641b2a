"""The app's end of the socket: takes requests, sends replies, and lets no client disturb the app.

A client may stop reading, send garbage, a line without end, or leave half-way: its connection is
closed and nothing else happens. Nothing here waits.
"""

from __future__ import annotations

# The C module under `socket`, which itself takes 4 ms to import: a tenth of a start.
import _socket
import errno
import os
import select

from procrun.core.commands import (
    LONGEST,
    BadRequest,
    decode_request,
    encode_reply,
    lasts,
    refusal,
)
from procrun.errors import INTERNAL, ProcrunError
from procrun.loop import READ, WRITE
from procrun.system.socket_names import with_short_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from procrun.core.commands import Request
    from procrun.loop import Loop, Timer

_WAITING = 128  # connections that the kernel holds for us
_MOST_CLIENTS = 256  # at a time; more wait, so that the dynos never lack descriptors
_KEPT_SHARE = 16  # one in so many of these places is kept for who does not stay
_SHARE = 2  # and at most one in so many of the descriptors that we may have
_PATIENCE = 5.0  # seconds for a client to send its request
_BREATH = 0.1  # seconds without new clients when there are no descriptors left
# Seconds for clients to read what they still get when the app ends: so long is waited for one
# that does not read, and so long in all.
_LAST_WORDS = 0.5
_LAST_WORDS_AT_MOST = 3.0
_READ_AT_ONCE = 64 * 1024
_MOST_PENDING = 4 * 1024 * 1024  # bytes of replies that a client may leave unread


class Connection:
    """One client. Its request goes to `handle`, which replies now or later.

    There is one request to a connection; `received` gets what comes after it, and may raise
    ProcrunError. `closed` is called when the client is gone, whoever ended it; `drained` whenever
    it has read all that was sent. All three are for whoever carries out the request.
    """

    def __init__(
        self,
        client: _socket.socket,
        loop: Loop,
        handle: Callable[[Request, Connection], None],
        forget: Callable[[Connection], None],
    ) -> None:
        self.closed: Callable[[], None] = lambda: None
        self.drained: Callable[[], None] = lambda: None
        self.received: Callable[[bytes], None] = lambda _data: None
        self._socket = client
        self._loop = loop
        self._handle = handle
        self._forget = forget
        self._request = bytearray()
        self._searched = 0  # bytes of it that hold no end
        self._pending = bytearray()
        self._asked = False
        self._last = False
        self._open = True
        self._held = False
        self._events = 0  # that the loop watches for
        self._listen()

    @property
    def open(self) -> bool:
        """Whether anybody is still there."""
        return self._open

    @property
    def pending(self) -> int:
        """Bytes that the client has not read."""
        return len(self._pending)

    def reply(self, fields: Mapping[str, object]) -> None:
        """Send a reply; the one whose `last` is true ends the connection."""
        self.send(encode_reply(fields))
        if fields.get("last"):
            self.finish()

    def finish(self) -> None:
        """End the connection once the client has read all that was sent."""
        self._last = True
        self._close_when_sent()

    def refuse(self, error: ProcrunError) -> None:
        """Say why the request is not carried out, and end the connection."""
        self.reply(refusal(error))

    def send(self, data: bytes) -> None:
        """Send bytes, now or as soon as the client reads."""
        if self._open and not self._last:
            self._pending += data
            self._write()

    def hold(self, *, held: bool) -> None:
        """Read nothing more from the client, so that it has to wait; go on."""
        if self._held != held:
            self._held = held
            self._listen()

    def hurry(self) -> None:
        """End the connection, unless its request is here by now."""
        self._ready()
        if not self._asked:
            self.close()

    def close(self) -> None:
        """End the connection."""
        if self._open:
            self._open = False
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._forget(self)
            self.closed()

    def _ready(self) -> None:
        """Readable, writable or both: try both, which costs nothing."""
        if self._pending:
            self._write()
        if self._open and not self._held:
            self._readable()

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
        elif not self._last:
            try:
                self._take(data)
            except ProcrunError as error:
                self.refuse(error)
            except OSError as error:
                self.refuse(_of_the_system(error))
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the app
                self.refuse(_mistake(error))

    def _take(self, data: bytes) -> None:
        if self._asked:
            self.received(data)
            return
        self._request += data
        end = self._request.find(b"\n", self._searched)
        self._searched = len(self._request)
        if end < 0 and self._searched <= LONGEST:
            return
        request, self._request = bytes(self._request), bytearray()
        self._asked = True
        if not 0 <= end <= LONGEST:
            raise BadRequest(f"a request is at most {LONGEST} bytes")
        if _has_left(self._socket):
            self.close()  # whoever asked has given up, while we were suspended for one
            return
        self._handle(decode_request(request[:end]), self)
        if (rest := request[end + 1 :]) and self._open:
            self.received(rest)

    def _write(self) -> None:
        try:
            while self._pending:
                sent = self._socket.send(memoryview(self._pending)[:_READ_AT_ONCE])
                del self._pending[:sent]
        except BlockingIOError:
            if len(self._pending) > _MOST_PENDING:
                self.close()
                return
        except OSError:
            self.close()
            return
        if self._last:
            self._close_when_sent()
        if self._open:
            self._listen()
            if not self._pending:
                self.drained()

    def _listen(self) -> None:
        """Watch for what is of interest now."""
        events = (0 if self._held else READ) | (WRITE if self._pending else 0)
        if not self._open or events == self._events:
            return
        self._events = events
        if events:
            self._loop.watch(self._socket.fileno(), self._ready, events)
        else:
            self._loop.forget(self._socket.fileno())

    def _close_when_sent(self) -> None:
        if not self._pending:
            self.close()


def _of_the_system(error: OSError) -> ProcrunError:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        what = f"the app can't do that now: {error.strerror}"
        return ProcrunError(what, "`ulimit -n` says how many it may have, when it is started.")
    return _mistake(error)


def _mistake(error: Exception) -> ProcrunError:
    what = f"internal error: {type(error).__name__}: {error}"
    return ProcrunError(what, "Please report it.", INTERNAL)


def _has_left(client: _socket.socket) -> bool:
    """Whether a client has closed its connection, not just its half of it."""
    asked = select.poll()
    asked.register(client.fileno(), 0)
    return any(event & select.POLLHUP for _fd, event in asked.poll(0))


class Server:
    """Listens on a UNIX socket at `path`, for this user only."""

    def __init__(
        self, path: str, loop: Loop, handle: Callable[[Request, Connection], None]
    ) -> None:
        self._loop = loop
        self._handle = handle
        self._connections: set[Connection] = set()
        self._silent: dict[Connection, float] = {}  # until when each may ask, the oldest first
        self._timer: Timer | None = None  # for the oldest of them
        self._listening = False
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            if os.path.lexists(path):
                os.unlink(path)  # of a killed run: whoever holds the lock owns the name
            with_short_name(path, self._socket.bind)
            self._socket.listen(_WAITING)
        except OSError:
            self._socket.close()
            raise
        self._listen()

    def close(self) -> None:
        """Listen no longer, and end every connection when its client has read, or soon."""
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        if self._timer is not None:
            self._timer.cancel()
        for connection in list(self._connections):
            connection.finish()
        self._wait_for_readers()
        for connection in list(self._connections):
            connection.close()

    def _wait_for_readers(self) -> None:
        """Until all have read what they get; as long as one of them goes on reading."""
        enough = self._loop.later(_LAST_WORDS_AT_MOST, lambda: None)
        patience = self._loop.later(_LAST_WORDS, lambda: None)
        unread = self._unread()
        while unread and not patience.cancelled and not enough.cancelled:
            self._loop.turn()
            if self._unread() < unread:
                unread = self._unread()
                patience.cancel()
                patience = self._loop.later(_LAST_WORDS, lambda: None)
        patience.cancel()
        enough.cancel()

    def _unread(self) -> int:
        return sum(connection.pending for connection in self._connections)

    def _listen(self) -> None:
        if self._socket.fileno() >= 0:
            self._listening = True
            self._loop.watch(self._socket.fileno(), self._accept)

    def _ignore(self) -> None:
        self._listening = False
        self._loop.forget(self._socket.fileno())

    def _accept(self) -> None:
        try:
            fd, _address = self._socket._accept()  # type: ignore[attr-defined]  # noqa: SLF001 - under accept
        except (BlockingIOError, ConnectionAbortedError):
            return  # it left before we came
        except OSError:  # no descriptors
            self._ignore()
            self._loop.later(_BREATH, self._listen)
            self._hurry_oldest()
            return
        client = _socket.socket(fileno=fd)
        client.setblocking(False)
        if len(self._connections) >= _most_clients():
            self._hurry_oldest()
        connection = Connection(client, self._loop, self._asked, self._forget)
        self._connections.add(connection)
        self._silent[connection] = self._loop.now() + _PATIENCE
        self._heed_crowd()
        self._await_requests()

    def _asked(self, request: Request, connection: Connection) -> None:
        self._silent.pop(connection, None)
        self._heed_crowd()
        if lasts(request):
            self._check_room()
        self._handle(request, connection)

    def _heed_crowd(self) -> None:
        """Listen as long as there is room, or somebody who could make some."""
        if self._socket.fileno() < 0:
            return
        room = _most_clients() - len(self._connections)
        if room < 0 or (room == 0 and not self._silent):
            self._ignore()
        elif not self._listening:
            self._listen()

    def _check_room(self) -> None:
        """ProcrunError where one more who stays would shut out commands in the end."""
        most = _most_clients()
        if len(self._connections) > most - most // _KEPT_SHARE:
            what = "too many clients follow the app already"
            raise ProcrunError(what, "End some, such as `procrun logs -t` in other terminals.")

    def _hurry_oldest(self) -> None:
        """Of those that have not asked."""
        if self._silent:
            connection = next(iter(self._silent))
            del self._silent[connection]
            connection.hurry()

    def _await_requests(self) -> None:
        """Have those closed that do not ask in time."""
        if self._silent and self._timer is None:
            oldest = next(iter(self._silent.values()))
            self._timer = self._loop.later(oldest - self._loop.now(), self._patience_ends)

    def _patience_ends(self) -> None:
        self._timer = None
        now = self._loop.now()
        while self._silent and next(iter(self._silent.values())) <= now:
            self._hurry_oldest()
        self._await_requests()

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._silent.pop(connection, None)
        self._heed_crowd()


def _most_clients() -> int:
    limit = os.sysconf("SC_OPEN_MAX")
    return min(_MOST_CLIENTS, limit // _SHARE) if limit > 0 else _MOST_CLIENTS
