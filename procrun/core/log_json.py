"""The log for programs: one JSON object per line, as docs/log.md describes it."""

from __future__ import annotations

from procrun import __version__
from procrun.core.lines import Lines
from procrun.core.log import APP, PLATFORM, PROCRUN, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from procrun.core.log import Piece

SCHEMA = 1  # what an object is made of; a field more needs no new number


class JsonFormat:
    """One JSON object per line of a dyno; a line that is too long for one comes in several."""

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def begin(self, when: float) -> list[Piece]:
        """The first object, which says how to read the others."""
        import json

        fields = _fields(when, PLATFORM, PROCRUN, "start")
        fields |= {"text": f"procrun {__version__}", "schema": SCHEMA}
        return [json.dumps(fields).encode() + b"\n"]

    def render(self, chunk: Chunk) -> list[Piece]:
        """The objects of the lines that the chunk completes, each with its newline."""
        if chunk.source != APP:
            return [json_lines(chunk, chunk.data)]
        lines = self._lines.get(chunk.dyno)
        if lines is None:
            lines = self._lines[chunk.dyno] = Lines()
        whole = lines.feed(chunk.data)
        return [json_lines(chunk, whole)] if whole else []

    def end(self, when: float) -> list[Piece]:
        """The objects of the lines that never ended."""
        return [
            json_lines(Chunk(when, APP, dyno, b""), lines.take() + b"\n")
            for dyno, lines in self._lines.items()
            if lines.open
        ]


def json_lines(chunk: Chunk, data: bytes) -> bytes:
    """Each line of `data` as a JSON object with the chunk's time and dyno, and a newline.

    Its fields are `time` (RFC 3339, UTC), `source`, `dyno`, `type` and `text`. Bytes that are not
    UTF-8 are U+FFFD in `text` and in full, as base64, in `bytes`. Where `data` is a part of a line
    without its end, `cut` is true.
    """
    import json

    kind = "state" if chunk.state else "line"
    fields = _fields(chunk.when, chunk.source, chunk.dyno, kind)
    head = json.dumps(fields)[:-1] + ', "text": '
    whole = data[-1:] == b"\n"
    tail = "}\n" if whole else ', "cut": true}\n'
    objects = head + (tail + head).join(_json_texts(data[:-1] if whole else data)) + tail
    return _without_other_line_ends(objects).encode()


def _fields(when: float, source: str, dyno: str, kind: str) -> dict[str, object]:
    from datetime import UTC, datetime

    time = datetime.fromtimestamp(when, UTC).isoformat(timespec="microseconds")
    return {"time": time, "source": source, "dyno": dyno, "type": kind}


def _json_texts(data: bytes) -> Iterable[str]:
    """What stands behind `"text": ` for each line."""
    from json import JSONEncoder

    quote = JSONEncoder(ensure_ascii=False).encode
    try:
        return map(quote, data.decode().split("\n"))
    except UnicodeDecodeError:
        return [_json_text(line, quote) for line in data.split(b"\n")]


def _json_text(line: bytes, quote: Callable[[str], str]) -> str:
    try:
        return quote(line.decode())
    except UnicodeDecodeError:
        from base64 import b64encode

        text = quote(line.decode(errors="replace"))
        return f'{text}, "bytes": "{b64encode(line).decode()}"'


def _without_other_line_ends(objects: str) -> str:
    """What else some readers take for the end of a line is escaped, as JSON escapes controls."""
    if not objects.isascii():
        for end in "\x85\u2028\u2029":
            objects = objects.replace(end, f"\\u{ord(end):04x}")
    return objects
