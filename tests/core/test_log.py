"""Chunks of many dynos laid under each other: nothing lost, nothing shared, every line owned."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core import colour
from procrun.core.log import APP, PLATFORM, PROCRUN, Chunk, Prefixes, TerminalFormat

NAMES = ["web.1", "web.2", "clock.1"]
ESCAPE = "\x1b"


def prefix(name: str, _when: float = 0) -> bytes:
    """What stands before each line of a dyno here."""
    return f"{name} | ".encode()


def no_prefix(_name: str, _when: float) -> bytes:
    """Nothing before a line."""
    return b""


def laid_out(chunks: list[Chunk], layout: TerminalFormat | None = None) -> bytes:
    """All that the chunks become, up to the end of the log."""
    layout = layout or TerminalFormat(prefix, screen=False)
    pieces = layout.begin(0)
    for chunk in chunks:
        pieces += layout.render(chunk)
    return b"".join(pieces + layout.end(0))


def chunks_of(*parts: tuple[str, bytes]) -> list[Chunk]:
    """Chunks of dynos that wrote this."""
    return [Chunk(0, APP, name, data) for name, data in parts]


def byte_by_byte(chunks: list[Chunk]) -> bytes:
    """The same layout, put as simply as possible, without colours."""
    screen, owner = b"", ""
    for chunk in chunks:
        for byte in chunk.data:
            if owner != chunk.dyno:
                screen += (b"\n" if owner else b"") + prefix(chunk.dyno)
                owner = chunk.dyno
            screen += bytes((byte,))
            if byte == ord("\n"):
                owner = ""
    return screen + (b"\n" if owner else b"")


def logs(texts: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[Chunk]]:
    """Logs of several dynos, interleaved in any way."""
    chunk = st.builds(Chunk, st.just(0.0), st.just(APP), st.sampled_from(NAMES), texts)
    return st.lists(chunk, max_size=12)


def bytes_of(*tokens: bytes) -> st.SearchStrategy[bytes]:
    """Some of these in any order, at least one."""
    return st.lists(st.sampled_from(tokens), min_size=1, max_size=8).map(b"".join)


PLAIN = bytes_of(b"a", b"bc", b"\n", b"\n", b"\r", b"\xff", b"\xe2\x80\xa8", b"\0", b"\v")
COLOURED = bytes_of(b"a", b"\n", b"\x1b[31m", b"\x1b[39m", b"\x1b[0m", b"\x1b[1", b"\x1b", b"m")


@pytest.mark.parametrize(
    ("parts", "screen"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param([("web.1", "a\n")], "web.1 | a\n", id="a line"),
        pytest.param([("web.1", "\n\n")], "web.1 | \nweb.1 | \n", id="empty lines"),
        pytest.param([("web.1", "a\nb\n")], "web.1 | a\nweb.1 | b\n", id="two lines"),
        pytest.param([("web.1", "a")], "web.1 | a\n", id="an unfinished last line"),
        pytest.param([("web.1", "a\nb")], "web.1 | a\nweb.1 | b\n", id="a line and a half"),
        pytest.param([("web.1", "a"), ("web.1", "b\n")], "web.1 | ab\n", id="a line that goes on"),
        pytest.param(
            [("web.1", "name? "), ("web.2", "b\n"), ("web.1", "me\n")],
            "web.1 | name? \nweb.2 | b\nweb.1 | me\n",
            id="a prompt that is interrupted",
        ),
        pytest.param(
            [("web.1", "a"), ("web.2", "b"), ("web.1", "\nc\n")],
            "web.1 | a\nweb.2 | b\nweb.1 | \nweb.1 | c\n",
            id="two open lines",
        ),
        pytest.param([("web.1", "a\rb\v\f\0\n")], "web.1 | a\rb\v\f\0\n", id="controls"),
        pytest.param([("web.1", "a\u2028b\x85\n")], "web.1 | a\u2028b\x85\n", id="one line end"),
    ],
)
def test_chunks_are_laid_under_each_other(parts: list[tuple[str, str]], screen: str) -> None:
    """A prefix for each line; nobody writes into another one's line."""
    chunks = chunks_of(*((name, text.encode()) for name, text in parts))

    assert laid_out(chunks) == screen.encode()
    assert byte_by_byte(chunks) == screen.encode()


@given(logs(PLAIN))
def test_any_interleaving_is_laid_out_as_byte_by_byte(chunks: list[Chunk]) -> None:
    """Working on whole chunks is only faster."""
    assert laid_out(chunks) == byte_by_byte(chunks)


@given(logs(PLAIN))
def test_without_the_prefixes_each_dyno_has_written_what_it_wrote(chunks: list[Chunk]) -> None:
    """Every line belongs to one dyno; in its lines are its bytes, all of them, in order."""
    owner = re.compile(rb"(?s)(web\.1|web\.2|clock\.1) \| (.*)")
    lines = laid_out(chunks).split(b"\n")
    assert lines.pop() == b""
    written = dict.fromkeys(NAMES, b"")
    for line in lines:
        found = owner.fullmatch(line)
        assert found
        written[found[1].decode()] += found[2]
    for name, text in written.items():
        wrote = b"".join(chunk.data for chunk in chunks if chunk.dyno == name)
        assert text == wrote.replace(b"\n", b"")


@given(st.lists(PLAIN, max_size=8))
def test_alone_a_dyno_gets_not_one_byte_more(texts: list[bytes]) -> None:
    """But for the end of its last line; lines are never cut for nobody's sake."""
    wrote = b"".join(texts)
    screen = laid_out([Chunk(0, APP, "web.1", text) for text in texts])

    assert re.sub(rb"(?m)^web\.1 \| ", b"", screen) in (wrote, wrote + b"\n")


@given(logs(COLOURED))
def test_no_colour_reaches_a_prefix(chunks: list[Chunk]) -> None:
    """At the end of each line no colour is in force, and nothing but resets was added for it."""
    screen = laid_out(chunks)

    assert all(colour.left_open(line + b" ") == b"" for line in screen.split(b"\n"))
    assert colour.strip(screen) == colour.strip(byte_by_byte(chunks))


@given(st.lists(COLOURED, max_size=8))
def test_a_coloured_line_may_come_in_any_parts(texts: list[bytes]) -> None:
    """Cut between or inside its sequences, it looks as if it came in one."""
    whole = [Chunk(0, APP, "web.1", b"".join(texts))] if texts else []

    assert laid_out([Chunk(0, APP, "web.1", text) for text in texts]) == laid_out(whole)


@pytest.mark.parametrize(
    ("parts", "screen"),
    [
        pytest.param([("web.1", "\x1b[31ma\n")], "web.1 | \x1b[31ma\x1b[0m\n", id="left open"),
        pytest.param([("web.1", "\x1b[31ma\x1b[0m\n")], "web.1 | \x1b[31ma\x1b[0m\n", id="closed"),
        pytest.param([("web.1", "\x1b[31ma")], "web.1 | \x1b[31ma\x1b[0m\n", id="unfinished"),
        pytest.param(
            [("web.1", "\x1b[31ma"), ("web.1", "b\n")],
            "web.1 | \x1b[31mab\x1b[0m\n",
            id="a coloured prompt with an answer",
        ),
        pytest.param(
            [("web.1", "\x1b[31ma"), ("web.2", "b\n"), ("web.1", "c\n")],
            "web.1 | \x1b[31ma\x1b[0m\nweb.2 | b\nweb.1 | c\n",
            id="a coloured prompt, interrupted",
        ),
        pytest.param(
            [("web.1", "\x1b[31ma"), ("web.1", "\x1b[39m"), ("web.2", "b\n")],
            "web.1 | \x1b[31ma\x1b[39m\nweb.2 | b\n",
            id="a colour that is ended in the next part",
        ),
    ],
)
def test_a_colour_is_closed_exactly(parts: list[tuple[str, str]], screen: str) -> None:
    """Once, and only where a line leaves it open."""
    chunks = chunks_of(*((name, text.encode()) for name, text in parts))

    assert laid_out(chunks) == screen.encode()


def test_what_procrun_says_stands_under_its_name() -> None:
    """Whatever dyno it speaks of."""
    chunks = [
        Chunk(0, APP, "web.1", b"last words"),
        Chunk(0, PLATFORM, "web.1", b"web.1 exited with status 0\n", state=True),
    ]

    assert laid_out(chunks) == b"web.1 | last words\nprocrun | web.1 exited with status 0\n"


@given(logs(PLAIN))
def test_without_prefixes_no_two_dynos_share_a_line_either(chunks: list[Chunk]) -> None:
    """The lines are the same ones."""
    screen = laid_out(chunks, TerminalFormat(no_prefix, screen=True))

    assert screen == re.sub(rb"(?m)^\S+\.\d \| ", b"", byte_by_byte(chunks))


class Screen:
    """A terminal that knows as much as progress bars need; each row is as wide as they like."""

    def __init__(self) -> None:
        self.rows = [""]
        self._column = 0

    def show(self, text: str) -> None:
        """Write at the cursor."""
        for piece in re.findall("\x1b\\[2?K|.", text, re.DOTALL):
            self._show(piece)

    def _show(self, piece: str) -> None:
        row = self.rows[-1]
        if piece == "\n":
            self.rows.append("")
            self._column = 0
        elif piece == "\r":
            self._column = 0
        elif piece == "\x1b[K":
            self.rows[-1] = row[: self._column]
        elif piece == "\x1b[2K":
            self.rows[-1] = " " * len(row)
        else:
            padded = row.ljust(self._column)
            self.rows[-1] = padded[: self._column] + piece + padded[self._column + 1 :]
            self._column += 1


@given(logs(bytes_of(b"50%", b"done", b"\r", b"\r", b"\n", b"\r\n", b"\r\x1b[2K", b"\r\x1b[K")))
def test_a_progress_bar_does_not_eat_the_prefix(chunks: list[Chunk]) -> None:
    """At no moment: every row on the screen begins with the name of who wrote it."""
    screen = Screen()
    layout = TerminalFormat(prefix, screen=True)
    for chunk in chunks:
        screen.show(b"".join(layout.render(chunk)).decode())
        for row in screen.rows[:-1]:
            assert row.startswith(("web.1 | ", "web.2 | ", "clock.1 | "))
        assert screen.rows[-1] == "" or screen.rows[-1].startswith(f"{chunk.dyno} | ")


@given(st.lists(bytes_of(b"50%", b"\r", b"\n", b"\r\x1b[2K"), max_size=8))
def test_a_progress_bar_is_otherwise_as_it_was_written(texts: list[bytes]) -> None:
    """Prefixes are added and nothing else."""
    chunks = [Chunk(0, APP, "web.1", text) for text in texts]
    wrote = b"".join(texts)
    screen = laid_out(chunks, TerminalFormat(prefix, screen=True)).replace(prefix("web.1"), b"")

    assert screen in (wrote, wrote + b"\n")


def test_a_carriage_return_is_left_alone_where_there_is_no_screen() -> None:
    """A file and a pipe get the bytes."""
    chunks = chunks_of(("web.1", b"10%\r20%\r\x1b[2K30%\r\n"))

    assert laid_out(chunks) == b"web.1 | 10%\r20%\r\x1b[2K30%\r\n"


def test_the_prefix_is_as_long_for_every_name() -> None:
    """With the time, if there is one, and room for procrun's own name."""
    prefixes = Prefixes(["web.1", "scheduler.10"], colour=False)

    assert prefixes.render("web.1", "12:00:01") == b"12:00:01 web.1        | "
    assert prefixes.render("scheduler.10", "") == b"scheduler.10 | "
    assert prefixes.render(PROCRUN, "") == b"procrun      | "
    assert prefixes.width == len("scheduler.10 | ")
    assert Prefixes(["a.1"], colour=False).width == len("procrun | ")
    assert Prefixes([], colour=False).width == len("procrun | ")


def test_the_prefix_can_be_left_out() -> None:
    """And the time and the colour with it."""
    prefixes = Prefixes(["web.1"], colour=True, shown=False)

    assert prefixes.render("web.1", "12:00:01") == b""
    assert prefixes.width == 0


def test_each_dyno_has_a_colour_of_its_own() -> None:
    """As long as there are any, and another one than procrun; a prefix closes its colour."""
    names = [f"web.{number}" for number in range(1, 11)]
    prefixes = Prefixes(names, colour=True)
    rendered = [prefixes.render(name, "12:00:01").decode() for name in [*names, PROCRUN]]
    colours = {text[: text.index("m") + 1] for text in rendered}

    assert len(colours) == len(names) + 1
    assert all(text.startswith(ESCAPE) and text.endswith("| \x1b[0m") for text in rendered)
    assert colour.strip(rendered[0].encode()) == b"12:00:01 web.1   | "


def test_more_dynos_than_colours_share_them() -> None:
    """Neighbours never do."""
    names = [f"web.{number}" for number in range(1, 31)]
    prefixes = Prefixes(names, colour=True)
    colours = [prefixes.render(name, "").split(b"m")[0] for name in names]

    assert all(one != other for one, other in pairwise(colours))


@pytest.mark.parametrize(
    "data", [b"1\n2\n", b"1\n2\nopen", b"open", b"\n", b"\x1b[1m1\n2\r\n\r3\n"]
)
@pytest.mark.parametrize("shown", [True, False])
def test_the_prefixes_count_the_lines(data: bytes, shown: bool) -> None:  # noqa: FBT001 - pytest gives it
    """As a count of its own would."""
    prefixes = Prefixes(["web.1"], colour=False, shown=shown)
    layout = TerminalFormat(lambda name, _when: prefixes.render(name, ""), screen=True)
    rendered = Chunk(1.0, APP, "web.1", data)
    layout.render(rendered)

    assert rendered.lines == Chunk(1.0, APP, "web.1", data).lines == data.count(b"\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"State changed from up to down\n", b"web.1: State changed from up to down\n"),
        (b"web.1 stopped\n", b"web.1 stopped\n"),
    ],
)
def test_a_line_about_a_dyno_names_it(text: bytes, shown: bytes) -> None:
    """On the terminal, where it stands under procrun's name; Heroku's words do not."""
    about = Chunk(0, PLATFORM, "web.1", text, state=True)

    assert laid_out([about]) == prefix(PROCRUN) + shown
