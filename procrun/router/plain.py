"""A TCP connection without TLS: what asyncio's own does, in fewer steps.

Each request takes four of these steps, or opens a connection, so that they are most of its cost.
asyncio makes a connection in a task, and asks for a place to read to before each read; here it is
there at once, and the place is always the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_MOST = 64 * 1024  # bytes that wait to be sent before who writes them is asked to stop
_FEW = _MOST // 4  # where it may go on
_NOBODY = asyncio.BufferedProtocol()


class Plain(asyncio.Transport):
    """A connected socket in the hands of a protocol, which is told so at once."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        protocol: asyncio.BufferedProtocol,
        place: memoryview,
    ) -> None:
        """Bytes are read to `place`."""
        super().__init__()
        self._loop = loop
        self._socket = connection
        self._descriptor = connection.fileno()
        self._protocol = protocol
        self._place = place
        self._waiting = bytearray()  # to be sent
        self._closing = False  # no more is read, and it ends once all is sent
        self._gone = False  # nothing is sent any more, and the protocol will be told of the end
        self._ended = False  # we send no more
        self._full = False  # who writes was asked to stop
        self._reading = True
        protocol.connection_made(self)
        if self._reading and not self._closing:
            loop.add_reader(self._descriptor, self._read)

    def get_extra_info(self, name: str, default: object = None) -> object:
        """The `socket`, or the `peername`; there is nothing else."""
        if name == "socket":
            return self._socket
        if name == "peername":
            try:
                return self._socket.getpeername()
            except OSError:  # it has left
                return default
        return default

    def is_closing(self) -> bool:
        """Whether it ends, or has ended."""
        return self._closing

    def pause_reading(self) -> None:
        """Read no more for now."""
        if self._reading and not self._closing:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        """Read on."""
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._read)

    def can_write_eof(self) -> bool:
        """Whether one direction can end alone."""
        return True

    def write_eof(self) -> None:
        """Send no more than what waits."""
        if self._closing or self._ended:
            return
        self._ended = True
        if not self._waiting:
            self._shut()

    def get_write_buffer_size(self) -> int:
        """How many bytes wait to be sent."""
        return len(self._waiting)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes, now or as soon as there is room for them; after `write_eof` none."""
        if self._gone or self._ended or not data:
            return
        if self._waiting:
            self._waiting += data
        else:
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                self._end(error)
                return
            if sent == len(data):
                return
            self._waiting += memoryview(data)[sent:]
            self._loop.add_writer(self._descriptor, self._write_on)
        if not self._full and len(self._waiting) > _MOST:
            self._full = True
            self._tell(self._protocol.pause_writing)

    def close(self) -> None:
        """End it once all is sent."""
        if self._closing:
            return
        self._closing = True
        self._loop.remove_reader(self._descriptor)
        if not self._waiting:
            self._end(None)

    def abort(self) -> None:
        """End it now."""
        self._end(None)

    def _read(self) -> None:
        try:
            size = self._socket.recv_into(self._place)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        try:
            if size:
                self._protocol.buffer_updated(size)
            elif self._protocol.eof_received():
                self._loop.remove_reader(self._descriptor)  # it would be told again and again
            else:
                self.close()
        except Exception as error:  # noqa: BLE001 - a mistake of ours, which costs one connection
            self._fail(error)

    def _write_on(self) -> None:
        try:
            sent = self._socket.send(self._waiting)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        del self._waiting[:sent]
        if not self._waiting:
            self._loop.remove_writer(self._descriptor)
        if self._full and len(self._waiting) <= _FEW:
            self._full = False
            self._tell(self._protocol.resume_writing)  # which may write, or end it
        if self._waiting or self._gone:
            return
        if self._closing:
            self._end(None)
        elif self._ended:
            self._shut()

    def _tell(self, method: Callable[[], None]) -> None:
        try:
            method()
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        message = f"in a connection of {type(self._protocol).__name__}"
        self._loop.call_exception_handler({"message": message, "exception": error})
        self._end(error)

    def _shut(self) -> None:
        try:
            self._socket.shutdown(1)  # SHUT_WR
        except OSError:
            pass  # the other side has left

    def _end(self, error: Exception | None) -> None:
        """Tell the protocol soon, which may be in the middle of something."""
        if self._gone:
            return
        if not self._closing:
            self._loop.remove_reader(self._descriptor)
        if self._waiting:
            self._loop.remove_writer(self._descriptor)
            self._waiting.clear()
        self._gone = self._closing = True
        self._loop.call_soon(self._tell_end, error)

    def _tell_end(self, error: Exception | None) -> None:
        protocol, self._protocol = self._protocol, _NOBODY  # neither keeps the other alive
        try:
            protocol.connection_lost(error)
        finally:
            self._socket.close()
