"""One process of the router: its orders go in, its lines come out."""

from __future__ import annotations

import os
import signal
import sys

from procrun.core.lines import Lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.router_orders import Orders
    from procrun.loop import Loop

_READ_AT_ONCE = 64 * 1024
_OF_DYNOS = ("PS", "PORT")  # by which what a dyno left behind would be known
# What Python ignores begins anew. Nobody at a terminal reaches the router: it has a session.
_TO_DEFAULT = (signal.SIGPIPE, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class Channel:
    """Whole lines out of a pipe. `heard(lines)` gets some of them at a time, each with its end."""

    def __init__(
        self, descriptor: int, loop: Loop, heard: Callable[[bytes], None], *, source: bool = False
    ) -> None:
        """A `source` is not read while somebody who reads the log is too slow."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = loop
        self._heard = heard
        self._lines = Lines()
        loop.watch(descriptor, self._readable, source=source)

    def close(self) -> None:
        """Take what is there, and no more."""
        while self._descriptor >= 0 and self._read():
            pass
        self._forget()

    def _readable(self) -> None:
        self._read()

    def _read(self) -> bool:
        """Read once; whether there was anything."""
        try:
            data = os.read(self._descriptor, _READ_AT_ONCE)
        except BlockingIOError:
            return False
        if not data:
            self._forget()
        elif whole := self._lines.feed(data):
            self._heard(whole)
        return bool(data)

    def _forget(self) -> None:
        if self._descriptor >= 0:
            self._loop.forget(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        if self._lines.open:
            self._heard(self._lines.take() + b"\n")


class Hearers:
    """Who gets what the router says: lines of requests, its own words, and its ports as JSON."""

    __slots__ = ("ports", "requests", "words")

    def __init__(
        self,
        requests: Callable[[bytes], None],
        words: Callable[[bytes], None],
        ports: Callable[[bytes], None],
    ) -> None:
        self.requests = requests
        self.words = words
        self.ports = ports


class RouterProcess:
    """A router at work. It ends when its standard input does, which nobody else has."""

    def __init__(self, orders: Orders, loop: Loop, hearers: Hearers) -> None:
        """Start it. OSError if that is impossible."""
        pipes: list[tuple[int, int]] = []
        try:
            pipes += (os.pipe() for _ in range(4))
            (ear, self._lifeline), (output, mouth), (errors, cry), (news, tell) = pipes
            os.set_inheritable(tell, True)
            self.pid = _spawn(ear, mouth, cry)
        except BaseException:
            for each in pipes:
                os.close(each[0])
                os.close(each[1])
            raise
        for far in (ear, mouth, cry, tell):
            os.close(far)
        self._channels = (
            Channel(output, loop, hearers.requests, source=True),
            Channel(errors, loop, hearers.words),
            Channel(news, loop, hearers.ports),
        )
        try:
            os.write(self._lifeline, orders.replace(ready=tell).encode())
        except BrokenPipeError:
            pass  # it has ended already, which we are told

    def stop(self) -> None:
        """Have it end when what is under way has; harmless if it has ended."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
            self.signal(signal.SIGCONT)  # a stopped process sees nothing

    def signal(self, number: int) -> None:
        """Send it a signal; only until it was reaped."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def reaped(self) -> None:
        """It has ended: take its last words."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        for channel in self._channels:
            channel.close()


def _spawn(ear: int, mouth: int, cry: int) -> int:
    environment = {name: text for name, text in os.environ.items() if name not in _OF_DYNOS}
    return os.posix_spawn(
        sys.executable,
        (sys.executable, "-P", "-m", "procrun.router"),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, ear, 0),
            (os.POSIX_SPAWN_DUP2, mouth, 1),
            (os.POSIX_SPAWN_DUP2, cry, 2),
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=_TO_DEFAULT,
    )
