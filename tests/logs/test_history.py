"""The end of the log, kept for whoever asks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from procrun.core.commands import LOGS, Request
from procrun.core.log import APP, PLATFORM, Chunk
from procrun.core.log_frames import Dropped, End, Live, frame, read_frames
from procrun.logs.history import BOUND, History, Wanted
from procrun.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.core.log_frames import Part


class Reader:
    """A client that reads at once, or does not."""

    def __init__(self) -> None:
        self.closed: Callable[[], None] = lambda: None
        self.drained: Callable[[], None] = lambda: None
        self.open = True
        self.pending = 0
        self.stopped = False
        self.received = b""

    def send(self, data: bytes) -> None:
        """Take bytes."""
        self.received += data
        if self.stopped:
            self.pending += len(data)

    def read_on(self) -> None:
        """Read what waited."""
        self.pending, self.stopped = 0, False
        self.drained()

    @property
    def parts(self) -> list[Part]:
        """What it got."""
        return list(read_frames(io.BytesIO(self.received)))

    @property
    def text(self) -> bytes:
        """The text of what it got."""
        return b"".join(part.data for part in self.parts if isinstance(part, Chunk))


class Clocked:
    """A loop whose time the test moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.loop = Loop(lambda: self.time)

    def pass_time(self, seconds: float = 0.1) -> None:
        """Move the clock, and serve what is due."""
        self.time += seconds
        self.loop.later(0, lambda: None)
        self.loop.turn()


@pytest.fixture
def clocked() -> Iterator[Clocked]:
    """Make a loop with the test's time."""
    clocked = Clocked()
    yield clocked
    clocked.loop.close()


def chunk(data: bytes, dyno: str = "web.1", source: str = APP) -> Chunk:
    """A chunk of some dyno."""
    return Chunk(1.5, source, dyno, data)


def shown(history: History, lines: int, wanted: Wanted | None = None) -> bytes:
    """The text that a client gets."""
    reader = Reader()
    history.show(reader, lines, wanted or Wanted())
    return reader.text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (-1, b""),
        (0, b""),
        (1, b"4\n5\n"),
        (2, b"4\n5\n"),
        (3, b"2\n3\n4\n5\n"),
        (100, b"1\n2\n3\n4\n5\n"),
    ],
)
def test_the_shortest_end_with_enough_lines_is_shown(lines: int, text: bytes) -> None:
    """In whole chunks: whoever shows it cuts it."""
    history = History()
    for data in (b"1\n", b"2\n3\n", b"4\n5\n"):
        history.write(chunk(data))

    assert shown(history, lines) == text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, b"web 1\nweb.1 up\nweb 2\nwebby\nup\n"),
        ({"dyno": "web.1"}, b"web 1\nweb.1 up\n"),
        ({"type": "web"}, b"web 1\nweb.1 up\nweb 2\n"),
        ({"source": PLATFORM}, b"web.1 up\nup\n"),
        ({"type": "web", "source": APP}, b"web 1\nweb 2\n"),
        ({"dyno": "clock.1"}, b""),
    ],
    ids=str,
)
def test_only_what_is_wanted_is_shown(options: dict[str, str], text: bytes) -> None:
    """By dyno, type and source."""
    history = History()
    history.write(chunk(b"web 1\n"))
    history.write(chunk(b"web.1 up\n", source=PLATFORM))
    history.write(chunk(b"web 2\n", "web.2"))
    history.write(chunk(b"webby\n", "webby.1"))
    history.write(chunk(b"up\n", "procrun", PLATFORM))
    wanted = Wanted.by(Request(LOGS, (), tuple(options.items())))

    assert shown(history, 100, wanted) == text


@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_what_is_kept_is_bounded(size: int) -> None:
    """In bytes, with what a chunk costs beside its text; the newest stays."""
    history = History()
    count = 3 * BOUND // (size + 256)
    for number in range(count):
        history.write(chunk(b"%d\n" % number + b"x" * size))
    text = shown(history, 1_000_000)

    assert BOUND / 600 < len(text) <= BOUND
    assert b"\n" + b"x" * size in text
    assert b"%d\n" % (count - 1) in text


def test_a_chunk_beyond_all_bounds_is_not_kept() -> None:
    """And does no harm."""
    history = History()
    history.write(chunk(b"x" * (BOUND + 1)))
    history.write(chunk(b"after\n"))

    assert shown(history, 10) == b"after\n"


def test_a_follower_gets_what_comes_after_the_history(clocked: Clocked) -> None:
    """In few deliveries, marked as live, without a line twice."""
    history, reader = History(), Reader()
    history.write(chunk(b"before\n"))
    history.show(reader, 10, Wanted())
    history.follow(reader, Wanted(dyno="web.1"), clocked.loop)
    for data in (b"1\n", b"2\n"):
        history.write(chunk(data))
        history.write(chunk(b"other\n", "web.2"))
    assert reader.text == b"before\n"
    clocked.pass_time()

    assert reader.text == b"before\n1\n2\n"
    assert isinstance(reader.parts[1], Live)


def test_a_slow_follower_loses_its_oldest_lines_and_is_told(clocked: Clocked) -> None:
    """How many, and since when; the newest come, and nothing after it is missing."""
    history, reader = History(), Reader()
    history.follow(reader, Wanted(), clocked.loop)
    reader.stopped = True
    history.write(Chunk(-1.0, APP, "web.1", b"first\n"))
    clocked.pass_time()
    for number in range(100_000):
        history.write(Chunk(float(number), APP, "web.1", b"%d\n" % number))
        clocked.time += 0.001
    clocked.pass_time()
    reader.read_on()
    while len(reader.parts) < 4 or not reader.text.endswith(b"99999\n"):
        clocked.pass_time()

    (dropped,) = (part for part in reader.parts if isinstance(part, Dropped))
    numbers = reader.text.removeprefix(b"first\n").split()
    assert dropped.since == -1.0  # when it had everything
    assert dropped.lines > 90_000
    assert list(map(int, numbers)) == list(range(dropped.lines, 100_000))


@pytest.mark.parametrize("size", [0, 100, 100_000])
def test_what_waits_for_a_slow_follower_is_bounded(clocked: Clocked, size: int) -> None:
    """Chunks of one byte cost memory as well."""
    history, reader = History(), Reader()
    reader.stopped = True
    history.follow(reader, Wanted(), clocked.loop)
    for _ in range(10_000_000 // (size + 256)):
        history.write(chunk(b"x" * size + b"\n"))
    (stream,) = history._streams.values()

    assert sum(len(each.data) + 256 for each in stream.since(stream.gone)) <= 600_000


def test_a_follower_that_leaves_is_forgotten(clocked: Clocked) -> None:
    """Nothing waits for it any more, and nothing is delivered."""
    history, reader = History(), Reader()
    history.follow(reader, Wanted(), clocked.loop)
    history.write(chunk(b"1\n"))
    reader.open = False
    reader.closed()
    history.write(chunk(b"2\n"))

    assert not history._streams


def test_followers_share_what_they_want_and_have_their_own_pace(clocked: Clocked) -> None:
    """One that leaves takes nothing from the others; one that is slow misses what it misses."""
    history = History()
    fast, slow, gone, other = (Reader() for _ in range(4))
    for reader in (fast, slow, gone):
        history.follow(reader, Wanted(dyno="web.1"), clocked.loop)
    history.follow(other, Wanted(dyno="web.2"), clocked.loop)
    slow.stopped = True
    expected = []
    for number in range(5000):
        data = b"%d " % number + b"x" * 500 + b"\n"
        expected.append(data)
        history.write(chunk(data))
        if number == 2500:
            gone.open = False
            gone.closed()
        clocked.pass_time(0.03)
    slow.read_on()
    while not slow.text.endswith(expected[-1]):
        clocked.pass_time()

    clocked.pass_time()
    assert fast.text == b"".join(expected)
    assert other.text == b""
    (dropped,) = (part for part in slow.parts if isinstance(part, Dropped))
    assert slow.text.count(b"\n") + dropped.lines == 5000


def test_who_has_left_before_is_not_followed(clocked: Clocked) -> None:
    """The history may have been too much for it."""
    history, reader = History(), Reader()
    reader.open = False
    history.follow(reader, Wanted(), clocked.loop)

    assert not history._streams


def test_the_end_brings_all_that_waited(clocked: Clocked) -> None:
    """At once, because there is no later."""
    history, reader = History(), Reader()
    history.follow(reader, Wanted(), clocked.loop)
    history.write(chunk(b"last words\n"))
    history.close()

    assert reader.text == b"last words\n"
    assert isinstance(reader.parts[-1], End)


def test_whoever_does_not_follow_is_told_the_end() -> None:
    """Else it would take a lost connection for it."""
    history, reader = History(), Reader()
    history.write(chunk(b"1\n"))
    history.show(reader, 10, Wanted())
    history.end(reader)

    assert reader.text == b"1\n"
    assert isinstance(reader.parts[-1], End)


def test_what_is_kept_is_left_in_a_file(tmp_path: Path) -> None:
    """For this user only, in place of the one before; nothing half-written lies beside it."""
    path = tmp_path / "log"
    path.write_text("of the run before")
    history = History()
    written = [chunk(b"1\n2\n"), chunk(b"\xff open")]
    for each in written:
        history.write(each)
    history.save(str(path))

    assert path.read_bytes() == b"".join(map(frame, written))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("process_type", "dyno", "wanted"),
    [
        ("web", "web.1", True),
        ("web", "web2.1", False),
        ("router", "router", True),  # a part of the platform has no number
        ("route", "router", False),
    ],
)
def test_a_kind_is_a_type_or_a_part_of_the_platform(
    process_type: str, dyno: str, *, wanted: bool
) -> None:
    """`logs -p web`, `logs -d router`."""
    assert Wanted(process_type=process_type)(Chunk(1.0, APP, dyno, b"\n")) is wanted
