"""Heroku's format of the log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.lines import LONGEST as HELD
from procrun.core.log import APP, PLATFORM, Chunk
from procrun.core.log_heroku import LONGEST, HerokuFormat

WHEN = 1795341600.123456
WEB = b"2026-11-22T10:00:00.123456+00:00 app[web.1]: "
PLATFORM_WEB = b"2026-11-22T10:00:00.123456+00:00 heroku[web.1]: "


def rendered(*chunks: Chunk) -> bytes:
    """All that the format makes of chunks, to the end."""
    layout = HerokuFormat()
    pieces = [*layout.begin(WHEN), *(each for chunk in chunks for each in layout.render(chunk))]
    return b"".join([*pieces, *layout.end(WHEN)])


def web(data: bytes, source: str = APP) -> Chunk:
    """A chunk of web.1."""
    return Chunk(WHEN, source, "web.1", data)


def test_each_line_has_time_source_and_dyno() -> None:
    """In UTC, with microseconds; an empty line is one, too."""
    assert rendered(web(b"one\n\ntwo\n")) == WEB + b"one\n" + WEB + b"\n" + WEB + b"two\n"


def test_an_empty_line_alone_is_a_line() -> None:
    """Not nothing."""
    assert rendered(web(b"\n")) == WEB + b"\n"


def test_procrun_speaks_as_the_platform() -> None:
    """As heroku[web.1], or heroku[procrun] for the app as a whole."""
    assert rendered(web(b"web.1 stopped\n", PLATFORM)) == PLATFORM_WEB + b"web.1 stopped\n"


def test_an_open_line_waits_for_its_end() -> None:
    """Others' lines may come between its parts."""
    platform = web(b"web.1 stopped\n", PLATFORM)
    output = rendered(web(b"a\nop"), platform, web(b"en"), web(b"ed\nb\n"))

    assert output == WEB + b"a\n" + PLATFORM_WEB + b"web.1 stopped\n" + WEB + b"opened\n" + (
        WEB + b"b\n"
    )


def test_a_line_without_end_gets_one() -> None:
    """At the end of the log."""
    assert rendered(web(b"a\nlast words")) == WEB + b"a\n" + WEB + b"last words\n"


@pytest.mark.parametrize("size", [LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 25_000])
@pytest.mark.parametrize("end", [b"\n", b""], ids=["ended", "open"])
def test_a_line_above_ten_thousand_bytes_is_several_records(size: int, end: bytes) -> None:
    """Each with time, source and dyno; the lines around it are whole."""
    line = bytes(65 + i % 26 for i in range(size))
    cut = [line[i : i + LONGEST] for i in range(0, size, LONGEST)]
    expected = b"".join(WEB + each + b"\n" for each in (b"a", *cut, *([b"b"] if end else [])))

    assert rendered(web(b"a\n" + line + end + (b"b\n" if end else b""))) == expected


def test_cuts_are_where_they_would_be_had_it_come_at_once() -> None:
    """A line of many parts is not cut where a part ends; and nothing grows."""
    layout = HerokuFormat()
    part = b"x" * (HELD // 2 + 3)
    pieces = [b"".join(layout.render(web(part))) for _ in range(9)]
    pieces += map(bytes, layout.end(WHEN))
    *records, last = b"".join(pieces).replace(WEB, b"").splitlines()

    assert all(len(piece) <= 2 * HELD for piece in pieces)
    assert {len(record) for record in records} == {LONGEST}
    assert b"".join((*records, last)) == part * 9


def test_a_long_line_of_the_platform_is_cut_as_well() -> None:
    """It comes whole."""
    assert rendered(web(b"y" * 10_001 + b"\n", PLATFORM)).count(PLATFORM_WEB) == 2


@given(st.lists(st.binary()))
def test_every_byte_comes_out_once(parts: list[bytes]) -> None:
    """However it was cut, and whatever it is."""
    text = b"".join(parts)
    lines = rendered(*(web(part) for part in parts if part)).split(WEB)

    assert b"".join(lines) == text + (b"\n" if text and text[-1:] != b"\n" else b"")
