"""Heroku's format of the log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from procrun.core.lines import LONGEST
from procrun.core.log import APP, PLATFORM, Chunk
from procrun.core.log_heroku import HerokuFormat

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


def test_nothing_is_kept_of_a_line_without_end() -> None:
    """It comes in several lines; nothing is lost, and nothing grows."""
    layout = HerokuFormat()
    part = b"x" * (LONGEST // 2)
    pieces = [b"".join(layout.render(web(part))) for _ in range(9)]
    pieces += map(bytes, layout.end(WHEN))

    assert all(len(piece) <= 2 * LONGEST for piece in pieces)
    assert b"".join(pieces).replace(WEB, b"").replace(b"\n", b"") == part * 9


@given(st.lists(st.binary()))
def test_every_byte_comes_out_once(parts: list[bytes]) -> None:
    """However it was cut, and whatever it is."""
    text = b"".join(parts)
    lines = rendered(*(web(part) for part in parts if part)).split(WEB)

    assert b"".join(lines) == text + (b"\n" if text and text[-1:] != b"\n" else b"")
