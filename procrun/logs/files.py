"""The sink of `--log-dir`: what each dyno writes, in a file of its own."""

from __future__ import annotations

import os

from procrun.core.log import APP
from procrun.errors import CONFIG, ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Chunk

_STANDARD_ERROR = 2


class FileSink:
    """Appends to `DIR/web.1.log`, without colours.

    A file that would grow above `limit` bytes becomes `web.1.log.1` first, in place of an older
    one, so that a dyno never takes more than twice that.
    """

    blocked = False

    def __init__(self, folder: str, limit: int) -> None:
        self._folder = os.path.abspath(folder)  # the current folder changes before the first line
        self._limit = limit
        self._files: dict[str, _LogFile] = {}
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            message = f"{folder}: {error.strerror}"
            raise ProcrunError(
                message, "--log-dir names a folder that can be made", CONFIG
            ) from error

    def write(self, chunk: Chunk) -> None:
        """Append the chunk to its dyno's file."""
        if chunk.source != APP:
            return
        file = self._files.get(chunk.dyno)
        if file is None:
            path = os.path.join(self._folder, f"{chunk.dyno}.log")
            file = self._files[chunk.dyno] = _LogFile(path, self._limit)
        file.append(chunk.data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


class _LogFile:
    """One growing file; a disk that is full or gone is told once and does not stop the app."""

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._fd = -1
        self._size = 0
        self._cut_off = b""  # the beginning of a colour, whose rest is still to come
        self._broken = False

    def append(self, data: bytes) -> None:
        if self._cut_off or b"\x1b" in data:
            data = self._without_colours(data)
        try:
            self._write_within_limit(data)
        except OSError as error:
            self._tell(error)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _without_colours(self, data: bytes) -> bytes:
        from procrun.core import colour  # `re` only when there is a colour

        data = self._cut_off + data
        self._cut_off = colour.cut_off(data)
        return colour.strip(data.removesuffix(self._cut_off))

    def _write_within_limit(self, data: bytes) -> None:
        if self._fd < 0:
            self._open()
        while (room := self._limit - self._size) < len(data):
            fits = data.rfind(b"\n", 0, max(0, room)) + 1
            if self._size == 0:
                fits = fits or self._limit  # one line alone is too long
            self._write(data[:fits])
            data = data[fits:]
            self._rotate()
        self._write(data)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._fd = os.open(self._path, flags, 0o644)
        self._size = os.fstat(self._fd).st_size

    def _rotate(self) -> None:
        self.close()
        os.replace(self._path, f"{self._path}.1")
        self._open()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.write(self._fd, view)
            self._size += written
            view = view[written:]

    def _tell(self, error: OSError) -> None:
        if not self._broken:
            self._broken = True
            text = f"procrun: {self._path}: {error.strerror}; lines are missing there\n"
            try:
                os.write(_STANDARD_ERROR, os.fsencode(text))
            except OSError:
                pass  # nobody is there to be told
