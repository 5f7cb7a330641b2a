"""What travels between `procrun attach` and the app once they agree: keys there, output back.

A frame is a line of JSON and, behind it, as many bytes as its `size` says.
"""

from __future__ import annotations

from procrun.core.commands import BadRequest, refused
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST = 256 * 1024  # bytes behind a line; what says more is no frame
_LONGEST_HEAD = 16 * 1024
_MOST_CELLS = 0xFFFF  # rows or columns; the kernel has no more


class Keys(Value):
    """From the client: what was typed, for the dyno."""

    pressed: bytes


class Size(Value):
    """From the client: rows and columns of its terminal; the same again asks to draw anew."""

    rows: int
    columns: int

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two of them; None where there is no terminal."""
        return (self.rows, self.columns) if self.rows and self.columns else None


class Leave(Value):
    """From the client: end this once the dyno has taken what was typed."""


class Output(Value):
    """To the client: what the dyno wrote, as it wrote it."""

    written: bytes


class Notice(Value):
    """To the client: something to tell the user."""

    text: str


class Last(Value):
    """To the client: why this ends, if not at its own wish, and the exit code that it means."""

    text: str = ""
    code: int = 0


if TYPE_CHECKING:
    Frame = Keys | Size | Leave | Output | Notice | Last


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    # The frequent ones without `json`, which takes a while.
    if isinstance(frame, Keys):
        return b'{"keys": 1, "size": %d}\n%b' % (len(frame.pressed), frame.pressed)
    if isinstance(frame, Output):
        return b'{"output": 1, "size": %d}\n%b' % (len(frame.written), frame.written)
    import json

    return json.dumps(_fields(frame)).encode() + b"\n"


def _fields(frame: Size | Leave | Notice | Last) -> dict[str, object]:
    if isinstance(frame, Size):
        return {"rows": frame.rows, "columns": frame.columns}
    if isinstance(frame, Notice):
        return {"notice": frame.text}
    if isinstance(frame, Last):
        return {"text": frame.text, "code": frame.code, "last": True}
    return {"leave": True}


class Decoder:
    """Takes bytes as they come and gives the frames that are complete."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._finish: Callable[[bytes], Frame] | None = None  # makes a frame of its last bytes
        self._size = 0  # of those

    def feed(self, received: bytes) -> Iterator[Frame]:
        """The frames that these bytes complete, one after the other.

        BadRequest for what is none, the error that it tells for a refusal.
        """
        self._bytes += received
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        if self._finish is None:
            head = self._take_head()
            if head is None:
                return None
            self._finish = _maker(head)
            self._size = _number(head, "size", LONGEST)
        if len(self._bytes) < self._size:
            return None
        behind = bytes(self._bytes[: self._size])
        del self._bytes[: self._size]
        finish, self._finish = self._finish, None
        return finish(behind)

    def _take_head(self) -> dict[str, object] | None:
        end = self._bytes.find(b"\n", 0, _LONGEST_HEAD)
        if end < 0:
            if len(self._bytes) >= _LONGEST_HEAD:
                raise BadRequest("a frame begins with a line of JSON", "This one has no end.")
            return None
        line = bytes(self._bytes[:end])
        del self._bytes[: end + 1]
        return _parse(line)


def _parse(line: bytes) -> dict[str, object]:
    import json

    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadRequest("a frame begins with a line of JSON")
    return {str(name): value for name, value in found.items()}


def _maker(head: Mapping[str, object]) -> Callable[[bytes], Frame]:
    """What makes a frame of the bytes behind this head."""
    if refusal := refused(head):
        raise refusal
    for name, make in _KINDS.items():
        if name in head:
            return lambda behind: make(head, behind)
    raise BadRequest("unknown frame", f"It has one of {', '.join(_KINDS)}.")


def _number(head: Mapping[str, object], name: str, most: int) -> int:
    value = head.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadRequest(f"{name} must be a whole number up to {most}")
    return value


def _size(head: Mapping[str, object], _behind: bytes) -> Size:
    return Size(_number(head, "rows", _MOST_CELLS), _number(head, "columns", _MOST_CELLS))


def _last(head: Mapping[str, object], _behind: bytes) -> Last:
    return Last(str(head.get("text", "")), _number(head, "code", 255))


_KINDS: dict[str, Callable[[Mapping[str, object], bytes], Frame]] = {
    "keys": lambda _head, behind: Keys(behind),
    "output": lambda _head, behind: Output(behind),
    "rows": _size,
    "leave": lambda _head, _behind: Leave(),
    "notice": lambda head, _behind: Notice(str(head["notice"])),
    "last": _last,
}
