"""The log as JSON: one object per line, and every byte can be had back."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import procrun
from procrun.core.lines import LONGEST
from procrun.core.log import APP, PLATFORM, PROCRUN, Chunk
from procrun.core.log_json import SCHEMA, JsonFormat, json_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

WHEN = 1_795_338_001.25
TIME = "2026-11-22T09:00:01.250000+00:00"
DOCS = Path(__file__).parents[2] / "docs"

TEXTS = st.binary(max_size=50) | st.lists(
    st.sampled_from(["a", "é", "\n", '"', "\\", "\0", "\x1b[31m", "\u2028", "\ufffd", "\x85"])
).map(lambda tokens: "".join(tokens).encode())


def objects(output: bytes) -> list[dict[str, object]]:
    """The objects of some lines of JSON, for a reader that knows every kind of line end."""
    lines = output.decode().splitlines()
    assert output == b"" or output.endswith(b"\n")
    return [dict(json.loads(line)) for line in lines]


def rendered(chunks: Iterable[Chunk], layout: JsonFormat | None = None) -> list[dict[str, object]]:
    """The objects of a whole log, without the first one."""
    layout = layout or JsonFormat()
    pieces = [piece for chunk in chunks for piece in layout.render(chunk)]
    return objects(b"".join(pieces + layout.end(WHEN)))


def content(fields: dict[str, object]) -> bytes:
    """The bytes that an object stands for, with the newline if it stands for a line's end."""
    raw = fields.get("bytes")
    line = base64.b64decode(str(raw)) if raw is not None else str(fields["text"]).encode()
    return line + (b"" if fields.get("cut") else b"\n")


def line_of(text: str, **more: object) -> dict[str, object]:
    """The object of a line that web.1 wrote."""
    return {"time": TIME, "source": "app", "dyno": "web.1", "type": "line", "text": text, **more}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"hello\n", [line_of("hello")], id="a line"),
        pytest.param(b"\n", [line_of("")], id="an empty line"),
        pytest.param(b"a\n\nb\n", [line_of("a"), line_of(""), line_of("b")], id="three lines"),
        pytest.param(b"a", [line_of("a", cut=True)], id="a part of a line"),
        pytest.param("é ☃\n".encode(), [line_of("é ☃")], id="UTF-8"),
        pytest.param(b'"\\\0\t\x1b[1m\n', [line_of('"\\\0\t\x1b[1m')], id="what JSON escapes"),
        pytest.param(b"a\r\n", [line_of("a\r")], id="CRLF is not touched"),
        pytest.param("a\x85b\u2028c\u2029d\n".encode(), [line_of("a\x85b\u2028c\u2029d")], id="U+"),
        pytest.param(b"\xff\n", [line_of("\ufffd", bytes="/w==")], id="not UTF-8"),
        pytest.param(b"a\n\xff\n", [line_of("a"), line_of("\ufffd", bytes="/w==")], id="one is"),
        pytest.param("\ufffd\n".encode(), [line_of("\ufffd")], id="U+FFFD itself"),
        pytest.param(b"\xed\xa0\x80\n", [line_of("\ufffd" * 3, bytes="7aCA")], id="a surrogate"),
        pytest.param(b"\xff", [line_of("\ufffd", bytes="/w==", cut=True)], id="both"),
    ],
)
def test_a_line_is_an_object(data: bytes, expected: list[dict[str, object]]) -> None:
    """With the time, source and name of its chunk."""
    assert objects(json_lines(Chunk(WHEN, APP, "web.1", b""), data)) == expected


def test_the_object_itself() -> None:
    """Readable as it is, the fields in the order of the documentation."""
    line = json_lines(Chunk(WHEN, APP, "web.1", b""), "é\xa0\n".encode())

    assert line.decode() == (
        f'{{"time": "{TIME}", "source": "app", "dyno": "web.1", "type": "line", "text": "é\xa0"}}\n'
    )


def test_the_first_object_tells_the_schema() -> None:
    """So that a reader knows what it will get, and from which procrun."""
    assert objects(b"".join(JsonFormat().begin(WHEN))) == [
        {
            "time": TIME,
            "source": "heroku",
            "dyno": "procrun",
            "type": "start",
            "text": f"procrun {procrun.__version__}",
            "schema": SCHEMA,
        }
    ]


def test_every_field_is_documented() -> None:
    """With the schema's version."""
    page = (DOCS / "log.md").read_text(encoding="utf-8")
    fields = {name for fields in objects(b"".join(JsonFormat().begin(WHEN))) for name in fields}
    fields |= line_of("", bytes="", cut=True).keys()

    assert all(f"| `{field}` |" in page for field in fields)
    assert f'"schema": {SCHEMA}}}' in page


def test_what_procrun_says_is_of_the_platform() -> None:
    """A change of state, of one dyno or of the app; it never waits for a dyno's open line."""
    chunks = [
        Chunk(WHEN, APP, "web.1", b"open"),
        Chunk(WHEN, PLATFORM, "web.1", b"web.1 exited with status 0\n", state=True),
        Chunk(WHEN, PLATFORM, PROCRUN, b"one\ntwo\n"),
    ]
    found = [
        (each["source"], each["dyno"], each["type"], each["text"]) for each in rendered(chunks)
    ]

    assert found == [
        ("heroku", "web.1", "state", "web.1 exited with status 0"),
        ("heroku", "procrun", "line", "one"),
        ("heroku", "procrun", "line", "two"),
        ("app", "web.1", "line", "open"),
    ]


def test_an_open_line_waits_for_its_end() -> None:
    """A prompt that was shown is no line yet; the time is that of the end."""
    layout = JsonFormat()

    assert layout.render(Chunk(WHEN, APP, "web.1", b"name? ")) == []
    assert layout.render(Chunk(WHEN, APP, "web.2", b"2\n")) != []
    ended = b"".join(layout.render(Chunk(WHEN + 1, APP, "web.1", b"me\nmore")))
    (line,) = objects(ended)
    assert line["text"] == "name? me"
    assert datetime.fromisoformat(str(line["time"])) == datetime.fromisoformat(TIME) + timedelta(
        seconds=1
    )


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants these
def test_the_time_is_rfc_3339(moment: datetime) -> None:
    """With microseconds, always, and in UTC."""
    when = moment.replace(tzinfo=UTC).timestamp()
    time = str(objects(json_lines(Chunk(when, APP, "web.1", b""), b"\n"))[0]["time"])

    assert len(time) == len(TIME)
    assert time.endswith("+00:00")
    assert abs(datetime.fromisoformat(time).timestamp() - when) < 1e-6


@given(st.lists(st.tuples(st.sampled_from(["web.1", "web.2"]), TEXTS), max_size=10))
def test_every_byte_can_be_had_back(parts: list[tuple[str, bytes]]) -> None:
    """From `bytes` where there is one, from `text` where there is none; a last newline is added."""
    found = rendered(Chunk(WHEN, APP, name, data) for name, data in parts)

    for name in ("web.1", "web.2"):
        wrote = b"".join(data for other, data in parts if other == name)
        wrote += b"" if wrote.endswith(b"\n") or not wrote else b"\n"
        assert b"".join(content(each) for each in found if each["dyno"] == name) == wrote


def test_a_line_that_is_too_long_comes_in_parts() -> None:
    """Each says that it is cut, but for the last; nothing of it is kept in memory."""
    piece = b"0123456789abcdef" * 4096
    chunks = [Chunk(WHEN, APP, "web.1", piece) for _ in range(20)]
    found = rendered([*chunks, Chunk(WHEN, APP, "web.1", b"end\n")])

    assert len(found) > 2
    assert [each.get("cut") for each in found] == [True] * (len(found) - 1) + [None]
    assert all(len(str(each["text"])) <= LONGEST + len(piece) for each in found)
    assert b"".join(map(content, found)) == piece * 20 + b"end\n"
