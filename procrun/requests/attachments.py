"""Clients of the socket that are attached to a dyno: `procrun attach`."""

from __future__ import annotations

from procrun.core import commands
from procrun.core.commands import BadRequest
from procrun.core.lifecycle import State
from procrun.core.log import APP
from procrun.core.restart import starts_again
from procrun.core.screen_modes import OWN_SCREEN, shows_own_screen
from procrun.core.sequences import tame
from procrun.core.terminal_frames import Decoder, Keys, Last, Leave, Notice, Output, Size, encode
from procrun.errors import ProcrunError
from procrun.logs.history import Wanted
from procrun.supervisor.attachment import Attachment
from procrun.system.raw_terminal import USUAL_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.logs.history import History
    from procrun.loop import Loop
    from procrun.supervisor import Slot, Supervisor

_MOST_UNREAD = 256 * 1024  # bytes that a client may leave unread; what else comes is dropped
_MOST_REPLAYED = 64 * 1024  # bytes
_MOST_ROWS = 1000  # that are replayed


def attach(
    request: Request, connection: Connection, supervisor: Supervisor, history: History, loop: Loop
) -> None:
    """Attach a client to a dyno; ProcrunError if there is none to be attached to."""
    slots = {slot.name: slot for slot in supervisor.slots}
    slot = slots[commands.only(request.names, slots)]
    child = slot.child
    if child is None or not slot.runs:
        raise _not_running(slot)
    client = AttachedClient(connection, Attachment.of(slot, supervisor, loop))
    client.size = Size(*(_cells(request, name) for name in ("rows", "columns"))).pair
    try:
        client.join()
    except OSError as error:
        message = f"{slot.name} can't be attached to: {error.strerror}"
        raise ProcrunError(message, "Raise the limit of open files.") from error
    rows, _columns = client.size or USUAL_SIZE
    client.begin(slot.name, child.pid, terminal=child.terminal)
    client.show(_screenful(slot, history, min(rows, _MOST_ROWS) - 1))


def _not_running(slot: Slot) -> ProcrunError:
    state = slot.dyno.state
    text = f"{slot.name} is not running: it is {state.value}"
    if state is State.CRASHED:
        again = "" if slot.again_in is None else f", {starts_again(slot.again_in)}"
        text += f" ({slot.incarnation.end}{again})"
    return ProcrunError(text, f"`procrun start {slot.name}` starts it.")


def _cells(request: Request, name: str) -> int:
    return max(0, min(request.number(name, 0), 0xFFFF))


def _screenful(slot: Slot, history: History, lines: int) -> bytes:
    """What the dyno's terminal would show now, as far as the log tells.

    What has a screen of its own, as an editor does, is made to draw it anew. Of the rest text and
    colours come: where the cursor went is past, and no terminal should answer questions twice.
    """
    wanted = Wanted(dyno=slot.name, source=APP, since=slot.incarnation.started_at)
    child = slot.child
    if child is None or not child.terminal:
        shown = history.tail(lines, wanted, _MOST_REPLAYED) + (child.lines.held if child else b"")
        return shown[-_MOST_REPLAYED:]
    held = child.lines.held
    if shows_own_screen((held, *history.newest_first(wanted))):
        child.redraw()
        return OWN_SCREEN
    shown, begun = tame(history.tail(lines, wanted, _MOST_REPLAYED) + held)
    return shown[-_MOST_REPLAYED:].replace(b"\n", b"\r\n") + begun


class AttachedClient:
    """A connection as a member of an attachment."""

    def __init__(self, connection: Connection, attachment: Attachment) -> None:
        self.size: tuple[int, int] | None = None
        self._connection = connection
        self._attachment = attachment
        self._decoder = Decoder()
        self._dropped = 0  # bytes that it was too slow for

    def join(self) -> None:
        """Be attached until the connection ends."""
        self._attachment.join(self)
        self._connection.closed = lambda: self._attachment.leave(self)
        self._connection.drained = self._drained
        self._connection.received = self._received

    def begin(self, name: str, pid: int, *, terminal: bool) -> None:
        """Tell the client what it is attached to."""
        writes = self._attachment.writes(self)
        fields = {"dyno": name, "pid": pid, "terminal": terminal, "writes": writes}
        self._connection.reply(fields)

    def show(self, written: bytes) -> None:
        """Send output, unless too much of it waits already."""
        if self._connection.pending > _MOST_UNREAD or self._dropped:
            self._dropped += len(written)
        else:
            self._connection.send(encode(Output(written)))

    def tell(self, text: str) -> None:
        """Send a notice."""
        self._connection.send(encode(Notice(text)))

    def hold(self, *, held: bool) -> None:
        """Read no more keys for now."""
        self._connection.hold(held=held)

    def part(self, text: str, code: int) -> None:
        """End it because the dyno has ended."""
        self._end(Last(text, code))

    def _end(self, last: Last) -> None:
        self._connection.send(encode(last))
        self._connection.finish()

    def _drained(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self.tell(f"{dropped} bytes were left out: this terminal was too slow for them")

    def _resize(self, size: tuple[int, int] | None) -> None:
        """Take the size; told again, it means that something else was on the terminal."""
        again, self.size = self.size == size, size
        if again:
            self._attachment.redraw()
        else:
            self._attachment.resized(self)

    def _received(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            if isinstance(frame, Keys):
                self._attachment.write(self, frame.pressed)
            elif isinstance(frame, Size):
                self._resize(frame.pair)
            elif isinstance(frame, Leave):
                self._attachment.when_taken(lambda: self._end(Last()))
            else:
                raise BadRequest("a client sends keys, sizes, and that it leaves")
