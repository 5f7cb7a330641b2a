"""The time between an accepted `procrun attach` and its end: keys there, output back."""

from __future__ import annotations

import errno
import os
import select
import signal

from procrun.core.leave_key import LeaveKey
from procrun.core.terminal_frames import Decoder, Keys, Last, Leave, Notice, Output, encode
from procrun.errors import FAILURE, READER_GONE
from procrun.loop import READ, WRITE, Loop, Timer
from procrun.system.signal_roles import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from procrun.cli.attach.screen import Screen
    from procrun.core.terminal_frames import Frame

_READ_AT_ONCE = 64 * 1024  # bytes
_MOST_PENDING = 256 * 1024  # bytes of input that wait for the app
# The same where somebody types: behind a long paste that the dyno does not read may come the key
# that leaves.
_MOST_PASTED = 16 * 1024 * 1024
_PATIENCE = 0.3  # seconds, for the dyno to take what was typed in front of that key
# Seconds in which the reader of standard output must take something more when all is over.
_READERS_PATIENCE = 5.0
_LOOK_AGAIN = 1.0  # seconds, whether the app is still there while nobody reads
_OF_SHELLS = frozenset((signal.SIGWINCH, signal.SIGCONT, signal.SIGTSTP))
_MEANT = {signal.SIGQUIT, *_OF_SHELLS}


class Session:
    """A screen that is attached to a dyno over a socket. `key` leaves."""

    def __init__(self, client: socket, screen: Screen, name: str, key: int) -> None:
        self._client = client
        self._screen = screen
        self._name = name
        self._key = key
        self._leave_key = LeaveKey(key)
        self._loop = Loop()
        self._decoder = Decoder()
        self._pending = bytearray()  # for the app
        self._leaving = False
        self._reading = False  # what is typed
        self._events = 0  # of the app's that are watched
        self._check: Timer | None = None
        self._code: int | None = None  # once it is over
        self._patience = _READERS_PATIENCE
        self._farewell = ""
        self._wakeup, self._feed = os.pipe()

    def run(self, greeting: str, received: bytes, *, raw: bool) -> int:
        """Serve until it is over; the exit code. The screen is then as it was.

        `received` came already; `raw` is for a dyno that has a terminal.
        """
        self._listen()
        try:
            self._screen.enter(self._key, raw=raw)
            self._screen.greet(greeting)  # now that keys mean what it says
            self._take(received)
            self._follow()
            while self._code is None:
                self._loop.turn()
            self._screen.restore()
            if self._farewell:
                self._screen.tell(self._farewell)
            self._drain()
        finally:
            signal.set_wakeup_fd(-1)
            if self._code is None:
                self._screen.restore()
            self._screen.close()
            self._loop.close()
            for fd in (self._wakeup, self._feed):
                os.close(fd)
        return self._code

    def _listen(self) -> None:
        self._client.settimeout(0)
        for fd in (self._wakeup, self._feed):
            os.set_blocking(fd, False)
        self._loop.watch(self._wakeup, self._signalled)
        signal.set_wakeup_fd(self._feed, warn_on_full_buffer=False)
        for number in {*_MEANT, *ending()}:
            signal.signal(number, _enqueue)
        self._screen.begin(self._loop, self._unread)
        self._loop.end_of_turn = self._follow
        self._read_or_wait()

    def _follow(self) -> None:
        """Listen to the app unless nobody reads what it has said already."""
        events = 0 if self._screen.blocked else READ
        if self._pending:
            events |= WRITE
        if events == self._events:
            return
        self._events = events
        if events:
            self._loop.watch(self._client.fileno(), self._socket_ready, events)
        else:
            self._loop.forget(self._client.fileno())
        if not events & READ and self._check is None:
            self._check = self._loop.later(_LOOK_AGAIN, self._look_for_its_end)

    def _look_for_its_end(self) -> None:
        """Whether the app is gone: what it said last is not read while nobody reads on."""
        self._check = None
        if not self._screen.blocked:
            return
        poll = select.poll()
        poll.register(self._client, 0)
        if poll.poll(0):
            while self._code is None and self._receive():
                pass
        else:
            self._check = self._loop.later(_LOOK_AGAIN, self._look_for_its_end)

    def _drain(self) -> None:
        """Have the rest read, by somebody who goes on reading; a signal ends that, too."""
        for fd in (self._client.fileno(), self._screen.input):
            self._loop.forget(fd)
        self._loop.end_of_turn = lambda: None
        self._loop.watch(self._wakeup, self._give_up)
        left = self._screen.waiting
        over = self._loop.now() + self._patience
        while left and (rest := over - self._loop.now()) > 0 and self._patience:
            self._loop.later(rest, lambda: None)
            self._loop.turn()
            if self._screen.waiting < left:
                left = self._screen.waiting
                over = self._loop.now() + self._patience

    def _give_up(self) -> None:
        if not _OF_SHELLS.issuperset(os.read(self._wakeup, 512)):
            self._patience = 0.0

    def _end(self, code: int, farewell: str = "") -> None:
        if self._code is None:
            self._code, self._farewell = code, farewell

    def _left(self) -> None:
        self._end(0, f"left {self._name}, which goes on" if self._screen.takes_keys else "")

    def _signalled(self) -> None:
        for number in os.read(self._wakeup, 512):
            if number not in _MEANT:
                self._patience = _PATIENCE
                self._end(128 + number)
            elif number == signal.SIGQUIT:
                self._screen.disturbed()
                self._leave(_PATIENCE)
            elif number == signal.SIGTSTP:
                self._suspend()
            elif number == signal.SIGWINCH:
                self._send(self._screen.size)
            elif number == signal.SIGCONT:
                self._go_on()

    def _suspend(self) -> None:
        self._screen.restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, _enqueue)  # SIGCONT came, or nobody could send it
        self._go_on()

    def _go_on(self) -> None:
        """Take the terminal again; told its size once more, the dyno draws what it shows."""
        self._screen.enter_again()
        self._send(self._screen.size)

    def _read_or_wait(self) -> None:
        """Read what is typed, unless too much of it waits already."""
        most = _MOST_PASTED if self._screen.takes_keys else _MOST_PENDING
        wanted = not self._leaving and len(self._pending) <= most
        if wanted == self._reading:
            return
        self._reading = wanted
        if not wanted:
            self._loop.forget(self._screen.input)
            return
        try:
            self._loop.watch(self._screen.input, self._typed)
        except PermissionError:  # a file: always ready
            self._loop.later(0, self._read_on)

    def _read_on(self) -> None:
        if self._reading:
            self._typed()
            self._loop.later(0, self._read_on)

    def _typed(self) -> None:
        try:
            typed = os.read(self._screen.input, _READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:  # hung up
            typed = b""
        keys, leaves = typed, False
        if self._screen.takes_keys:
            keys, leaves = self._leave_key.feed(typed)
        if keys:
            self._send(Keys(keys))
        if leaves:
            self._leave(_PATIENCE)
        elif not typed:
            self._leave(None)

    def _leave(self, patience: float | None) -> None:
        """End once the dyno has taken everything, or patience (seconds) is over."""
        self._leaving = True
        self._send(Leave())
        if patience is not None:
            self._patience = patience
            self._loop.later(patience, self._left)

    def _send(self, frame: Frame) -> None:
        waiting = bool(self._pending)
        self._pending += encode(frame)
        if not waiting:
            self._flush()
        self._read_or_wait()

    def _flush(self) -> None:
        try:
            while self._pending:
                sent = self._client.send(memoryview(self._pending)[:_READ_AT_ONCE])
                del self._pending[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._pending.clear()  # what there is to read says why

    def _socket_ready(self) -> None:
        if self._pending:
            self._flush()
            self._read_or_wait()
        if not self._screen.blocked:
            self._receive()

    def _receive(self) -> bool:
        """Take what the app has said; False if that was nothing."""
        received = receive(self._client)
        if received:
            self._take(received)
        elif received is not None:
            if self._leaving:
                self._left()
            self._end(FAILURE, f"lost {self._name}: the app has died")
        return bool(received)

    def _take(self, received: bytes) -> None:
        for frame in self._decoder.feed(received):
            if isinstance(frame, Output):
                self._screen.show(frame.written)
            elif isinstance(frame, Notice):
                self._screen.tell(frame.text)
            elif isinstance(frame, Last):
                if frame.text:
                    self._end(frame.code, frame.text)
                else:
                    self._left()

    def _unread(self, error: int) -> None:
        if error == errno.EPIPE:
            self._end(READER_GONE)
        else:
            self._end(FAILURE, f"standard output cannot be written: {os.strerror(error)}")


def receive(client: socket) -> bytes | None:
    """Some bytes: b"" at the end, None if there is nothing yet."""
    try:
        return client.recv(_READ_AT_ONCE)
    except BlockingIOError:
        return None
    except OSError:  # killed
        return b""


def _enqueue(_number: int, _frame: object) -> None:
    """The wake-up descriptor has the number already."""
