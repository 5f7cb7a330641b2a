"""Looks whether a dyno that is starting is up.

Polled, because nobody tells: every 10 ms at first, in the end once a second, and only while
something is starting. Nothing here waits; each look is a descriptor or a child that the loop has.
"""

from __future__ import annotations

# The C module under `socket`, which itself takes 4 ms to import: a tenth of a start.
import _socket
import errno
import os
import signal

from procrun.core.readiness import FIRST_PAUSE, LOUD, QUIET
from procrun.loop import READ, WRITE
from procrun.supervisor.spawn import Wiring, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from procrun.core.launch import Launch
    from procrun.core.log import Chunk, Log
    from procrun.core.readiness import Pace, Readiness
    from procrun.loop import Loop

    # What to call with the wait status of a child that is no dyno.
    Errands = MutableMapping[int, Callable[[int], None]]

# Some servers listen on one of the two only: those told "localhost".
_IPV4 = (_socket.AF_INET, "127.0.0.1")
_IPV6 = (_socket.AF_INET6, "::1")
_PATIENCE = 5.0  # seconds for a port to accept before it is tried anew
# Seconds for a path to answer. Who asks anew sooner only queues up behind himself at a slow server.
_ANSWER_PATIENCE = 30.0
_COMMAND_PATIENCE = 30.0  # seconds for a command to end


class Look:
    """Looks at one dyno again and again until `found` was called, or until `end` is.

    `trouble` is what the last look has come upon, in words; "" if there is nothing to say.
    """

    trouble = ""
    _quiet: Pace = QUIET
    _loud: Pace = LOUD

    def __init__(self, loop: Loop, found: Callable[[], None]) -> None:
        self._loop = loop
        self._found = found
        self._pause = FIRST_PAUSE
        self._timer = loop.later(0, self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def verdict(self, _now: float) -> str:
        """Why it will look in vain for ever, in a sentence; "" as long as it may not."""
        return ""

    def _look(self) -> None:
        """Begin one look; `_seen` or `_in_vain` follows."""
        raise NotImplementedError

    def _seen(self) -> None:
        self.end()
        self._found()

    def _in_vain(self, pace: Pace) -> None:
        self._timer.cancel()
        self._timer = self._loop.later(self._pause, self._look)
        self._pause = pace.after(self._pause)


class PortLook(Look):
    """Whether the port accepts connections and, if there is a path, whether that answers."""

    def __init__(
        self, loop: Loop, found: Callable[[], None], port: int, readiness: Readiness
    ) -> None:
        super().__init__(loop, found)
        self._port = port
        self._readiness = readiness
        self._socket: _socket.socket | None = None
        self._hosts = (_IPV4,) if readiness.on_ipv4 else (_IPV4, _IPV6)
        self._addresses = list(self._hosts)
        self._pace = self._quiet  # unless a server was asked something
        self._received = b""

    def end(self) -> None:
        """Look no more."""
        super().end()
        self._hang_up()

    def _look(self) -> None:
        self._addresses = list(self._hosts)
        self._pace = self._quiet
        self._try_next()

    def _try_next(self) -> None:
        self._hang_up()
        if not self._addresses:
            self._in_vain(self._pace)
            return
        family, host = self._addresses.pop(0)
        try:
            self._socket = _socket.socket(family, _socket.SOCK_STREAM)
        except OSError:  # no IPv6, or no descriptors
            self._try_next()
            return
        self._socket.setblocking(False)
        error = self._socket.connect_ex((host, self._port))
        if error in (0, errno.EINPROGRESS):
            self._timer.cancel()
            self._timer = self._loop.later(_PATIENCE, self._try_next)
            self._loop.watch(self._socket.fileno(), self._connected, WRITE)
        else:
            self._refused()

    def _connected(self) -> None:
        server = self._socket
        if (
            server is None
            or server.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
            or server.getsockname() == server.getpeername()  # the system gave us the port itself
        ):
            self._refused()
        else:
            self._accepted(server)

    def _refused(self) -> None:
        """Nobody listens at this address."""
        self._try_next()

    def _accepted(self, server: _socket.socket) -> None:
        if self._readiness.path:
            self._ask(server)
        else:
            self._seen()

    def _ask(self, server: _socket.socket) -> None:
        request = (
            f"GET {self._readiness.path} HTTP/1.1\r\nHost: localhost:{self._port}\r\n"
            "User-Agent: procrun\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
        self._pace = self._loud
        self._received = b""
        self._timer.cancel()
        self._timer = self._loop.later(_ANSWER_PATIENCE, self._try_next)
        self._loop.watch(server.fileno(), self._answered, READ)
        try:
            server.send(request.encode())
        except OSError:
            self._try_next()

    def _answered(self) -> None:
        try:
            data = self._socket.recv(4096) if self._socket else b""
        except OSError:
            data = b""
        self._received += data
        good = self._readiness.is_given_by(self._received)
        if good:
            self._seen()
        elif good is False or not data:
            self._answered_badly(self._received)

    def _answered_badly(self, _received: bytes) -> None:
        """What was received is not the sign."""
        self._try_next()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None


class LogLook(Look):
    """Whether a line matches an expression: a log that passes on to the real one.

    `gave_up` is called where the expression turns out to take too long.
    """

    def __init__(
        self,
        loop: Loop,
        found: Callable[[], None],
        gave_up: Callable[[], None],
        log: Log,
        launch: Launch,
    ) -> None:
        from procrun.supervisor.expression import Expression  # only where somebody has one

        super().__init__(loop, found)
        self._gave_up = gave_up
        self._log = log
        self._name = launch.name
        self._expression = Expression(launch.ready)
        self._listening = True

    def verdict(self, _now: float) -> str:
        """That the expression takes too long."""
        return self.trouble and f"{self._name}: {self.trouble}"

    @property
    def blocked(self) -> bool:
        """Whether the real log is."""
        return self._log.blocked

    def publish(self, chunk: Chunk) -> None:
        """Pass a chunk on, and see whether it is the one."""
        self._log.publish(chunk)
        if not self._listening:
            return
        if self._expression.is_in(chunk.data):
            self._seen()
        elif self._expression.trouble:
            self.trouble = self._expression.trouble
            self._listening = False
            self._gave_up()

    def flush(self) -> None:
        """Pass it on."""
        self._log.flush()

    def end(self) -> None:
        """Look no more, and go on passing on."""
        super().end()
        self._listening = False

    def _look(self) -> None:
        """It is told."""


class CommandLook(Look):
    """Whether a command succeeds, with the environment of the dyno and nothing to read."""

    def __init__(
        self, loop: Loop, found: Callable[[], None], launch: Launch, errands: Errands
    ) -> None:
        super().__init__(loop, found)
        self._launch = launch
        self._errands = errands
        self._pid = 0

    def end(self) -> None:
        """Look no more, and end the command if it runs."""
        super().end()
        if self._pid:
            self._errands[self._pid] = _forget
            self._kill()
            self._pid = 0

    def _look(self) -> None:
        try:
            nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # no descriptors
            self._in_vain(self._loud)
            return
        wiring = Wiring(standard_input=nowhere, output=nowhere)
        try:
            launch = self._launch
            self._pid = spawn(
                launch.ready.detail, launch.environment, wiring, reads_profile=launch.reads_profile
            )
        except OSError:
            self._in_vain(self._loud)
        else:
            self._errands[self._pid] = self._ended
            self._timer = self._loop.later(_COMMAND_PATIENCE, self._kill)
        finally:
            os.close(nowhere)

    def _kill(self) -> None:
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # all of it has ended

    def _ended(self, wait_status: int) -> None:
        # What it left behind. While there is any the number of the group is nobody else's, and
        # nothing was started since the command was reaped.
        self._kill()
        self._pid = 0
        if wait_status == 0:
            self._seen()
        else:
            self._in_vain(self._loud)


def _forget(_wait_status: int) -> None:
    """Nobody waits for it any more."""
