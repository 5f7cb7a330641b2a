"""The sink of standard output: one write a turn, and what is in front of each line."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from procrun.core.log import APP, PLATFORM, PROCRUN, Chunk, Prefixes, TerminalFormat
from procrun.core.log_json import JsonFormat
from procrun.logs.output import Output
from procrun.logs.terminal import Stamps, StreamSink
from procrun.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from procrun.logs.terminal import Format

STARTED = 1_795_338_001.75  # 2026-11-22 09:00:01 UTC


class Shown:
    """A pipe that a sink writes to."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._loop = Loop()
        self.output = Output(self._writer, self._loop, lambda _error: None)

    def read(self) -> str:
        """What was written since."""
        try:
            return os.read(self._reader, 1 << 20).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        """Close everything."""
        self.output.close()
        self._loop.close()
        os.close(self._reader)
        os.close(self._writer)


@pytest.fixture
def shown() -> Iterator[Shown]:
    """Where the log goes."""
    shown = Shown()
    yield shown
    shown.close()


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the local time zone."""

    def live_in(name: str) -> None:
        patch.setenv("TZ", name)
        time.tzset()

    with monkeypatch.context() as patch:
        yield live_in
    time.tzset()


def layout() -> Format:
    """Names before each line."""
    return TerminalFormat(lambda name, _when: f"{name} | ".encode(), screen=False)


def nobody(_name: str) -> bool:
    """Show everybody."""
    return False


def chunk(name: str, text: str, source: str = APP) -> Chunk:
    """What somebody wrote."""
    return Chunk(STARTED, source, name, text.encode())


def test_a_turn_is_written_when_it_ends(shown: Shown) -> None:
    """All that came in it, in one go."""
    sink = StreamSink(shown.output, layout(), nobody)
    sink.write(chunk("web.1", "a\n"))
    sink.write(chunk("web.2", "b\n"))
    assert shown.read() == ""
    sink.flush()
    assert shown.read() == "web.1 | a\nweb.2 | b\n"
    sink.flush()
    assert shown.read() == ""


def test_closing_ends_the_last_line(shown: Shown) -> None:
    """Whoever comes after procrun in the terminal begins a new one."""
    sink = StreamSink(shown.output, layout(), nobody)
    sink.write(chunk("web.1", "a"))
    sink.flush()
    sink.write(chunk("web.1", "b"))
    sink.close()

    assert shown.read() == "web.1 | ab\n"


def test_quiet_dynos_are_not_shown(shown: Shown) -> None:
    """What procrun says of them is."""
    sink = StreamSink(shown.output, layout(), lambda name: name == "web.1")
    sink.write(chunk("web.1", "a\n"))
    sink.write(chunk("web.2", "b\n"))
    sink.write(chunk("web.1", "web.1 started\n", PLATFORM))
    sink.flush()

    assert shown.read() == "web.2 | b\nprocrun | web.1 started\n"


def test_a_sink_is_blocked_while_its_output_is(shown: Shown) -> None:
    """And tells whoever produces."""
    sink = StreamSink(shown.output, layout(), nobody)
    assert not sink.blocked
    sink.write(chunk("web.1", "x" * 3_000_000))
    assert not sink.blocked
    sink.flush()
    assert sink.blocked


def test_a_format_may_begin_the_log(shown: Shown) -> None:
    """JSON does, with the first turn."""
    sink = StreamSink(shown.output, JsonFormat(), nobody)
    assert shown.read() == ""
    sink.write(chunk("web.1", "a\n"))
    sink.flush()

    first, second = shown.read().splitlines()
    assert '"type": "start"' in first
    assert '"text": "a"' in second


def rendered(style: str, when: float, *, shown: bool = True) -> str:
    """The prefix of web.1 at that time."""
    stamps = Stamps(Prefixes(["web.1"], colour=False, shown=shown), style, STARTED)
    prefix = stamps("web.1", when).decode()
    assert stamps.width == len(prefix)
    return prefix


@pytest.mark.parametrize(
    ("style", "where", "after", "stamp"),
    [
        ("time", "UTC0", 0, "09:00:01 "),
        ("time", "UTC0", 3600, "10:00:01 "),
        ("time", "IST-5:30", 0, "14:30:01 "),
        ("iso", "UTC0", 0, "2026-11-22T09:00:01+00:00 "),
        ("iso", "IST-5:30", 0, "2026-11-22T14:30:01+05:30 "),
        ("iso", "NST3:30", 0, "2026-11-22T05:30:01-03:30 "),
        ("elapsed", "UTC0", 0, "   0:00 "),
        ("elapsed", "UTC0", 61, "   1:01 "),
        ("elapsed", "UTC0", 100 * 3600, "6000:00 "),
        ("elapsed", "UTC0", -5, "   0:00 "),
        ("none", "UTC0", 0, ""),
    ],
)
def test_a_line_begins_with_its_time(
    zone: Callable[[str], None], style: str, where: str, after: float, stamp: str
) -> None:
    """Local time, in one of four ways; the width is known before the first line comes."""
    zone(where)

    assert rendered(style, STARTED + after) == f"{stamp}web.1   | "


@pytest.mark.parametrize("style", ["time", "iso", "elapsed", "none"])
def test_without_a_prefix_there_is_no_time(style: str) -> None:
    """Lines come as they are."""
    assert rendered(style, STARTED, shown=False) == ""


def test_each_line_has_the_time_of_its_own(zone: Callable[[str], None]) -> None:
    """Although prefixes are kept for as long as the second lasts; clocks can be set back."""
    zone("UTC0")
    stamps = Stamps(Prefixes(["web.1"], colour=False), "time", STARTED)
    moments = [(0, "web.1"), (0.2, PROCRUN), (0.3, "web.1"), (2, "web.1"), (-1, PROCRUN), (0, "a")]
    lines = [stamps(name, STARTED + after).decode() for after, name in moments]

    assert lines == [
        "09:00:01 web.1   | ",
        "09:00:01 procrun | ",
        "09:00:02 web.1   | ",
        "09:00:03 web.1   | ",
        "09:00:00 procrun | ",
        "09:00:01 a       | ",
    ]
