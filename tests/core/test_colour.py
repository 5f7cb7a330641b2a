"""Colours that a line leaves open are closed, and nothing else is touched."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.colour import RESET, close, cut_off, left_open, strip

RED, BOLD, PLAIN = b"\x1b[31m", b"\x1b[1m", b"\x1b[m"

SEQUENCES = st.builds(
    lambda codes, sign: b"\x1b[" + sign.join(codes) + b"m",
    st.lists(st.sampled_from([b"", b"0", b"00", *b"1 2 22 31 39 49 38 48 5 7 104 99".split()])),
    st.sampled_from([b";", b":"]),
)
TEXTS = st.lists(
    SEQUENCES | st.sampled_from([b"a", b"\n", b"\r", b"\x1b", b"\x1b[", b"\x1b[K", b"m", b"1"]),
).map(b"".join)


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        pytest.param(b"plain", b"", id="no colour"),
        pytest.param(RED + b"a", RESET, id="left open"),
        pytest.param(b"a" + RED, RESET, id="opened at the very end"),
        pytest.param(RED + b"a\x1b[0m", b"", id="closed"),
        pytest.param(RED + b"a\x1b[m", b"", id="closed without a number"),
        pytest.param(RED + b"a\x1b[000m", b"", id="closed with too many"),
        pytest.param(RED + b"a\x1b[0;0m", b"", id="closed twice in one"),
        pytest.param(RED + b"a" + PLAIN + RED + b"b", RESET, id="opened again"),
        pytest.param(RED + b"a\x1b[0;1m", RESET, id="closed and opened in one"),
        pytest.param(RED + b"a\x1b[1;0m", b"", id="opened and closed in one"),
        pytest.param(RED + b"a\x1b[39m", b"", id="the default colour"),
        pytest.param(b"\x1b[95ma\x1b[39m", b"", id="a bright colour"),
        pytest.param(b"\x1b[41ma\x1b[49m", b"", id="the default background"),
        pytest.param(b"\x1b[107ma\x1b[49m", b"", id="a bright background"),
        pytest.param(b"\x1b[41ma\x1b[39m", RESET, id="the background stays"),
        pytest.param(b"\x1b[1;31ma\x1b[39m", RESET, id="bold stays"),
        pytest.param(b"\x1b[1;31ma\x1b[39;22m", b"", id="both are ended"),
        pytest.param(b"\x1b[1;2ma\x1b[22m", b"", id="bold and faint"),
        pytest.param(b"\x1b[4ma\x1b[24m", b"", id="underline"),
        pytest.param(b"\x1b[7ma\x1b[27m", b"", id="inverse"),
        pytest.param(b"\x1b[53ma\x1b[55m", b"", id="overline"),
        pytest.param(b"\x1b[38;5;0ma", RESET, id="the 0 of 256 colours is no reset"),
        pytest.param(b"\x1b[38;2;0;0;0ma", RESET, id="black is no reset"),
        pytest.param(b"\x1b[38:2::0:0:0ma", RESET, id="black with colons"),
        pytest.param(b"\x1b[38;5;196ma\x1b[39m", b"", id="256 colours, ended"),
        pytest.param(b"\x1b[48;2;1;2;3ma\x1b[49m", b"", id="true colour, ended"),
        pytest.param(b"\x1b[38;5;1;1ma\x1b[39m", RESET, id="bold after the arguments"),
        pytest.param(b"\x1b[38;5;1;0ma", b"", id="a reset after the arguments"),
        pytest.param(b"\x1b[48;2;1;2;3;0ma", b"", id="a reset after more of them"),
        pytest.param(b"\x1b[58;5;1ma\x1b[59m", b"", id="the colour of an underline"),
        pytest.param(b"\x1b[38ma", RESET, id="without its arguments"),
        pytest.param(b"\x1b[99ma", RESET, id="whatever this is"),
        pytest.param(b"\x1b[99ma\x1b[22;39;49m", RESET, id="only a reset ends it"),
        pytest.param(b"\x1b[99ma\x1b[0m", b"", id="a reset does"),
        pytest.param(b"\x1b[2K\x1b[31G\x1b[?25la", b"", id="no colours at all"),
        pytest.param(RED + b"\x1b[2Ka\x1b[K", RESET, id="other sequences behind it"),
        pytest.param(RED + b"a\x1b", RESET, id="a lone escape behind it"),
        pytest.param(b"\x1b[" + b"1;" * 60 + b"1ma", b"", id="too long to be one"),
        pytest.param(b"\x1b]8;;http://a\x1b\\a", b"", id="a link"),
        pytest.param(b"\xff" + RED + b"\xfe", RESET, id="not UTF-8"),
    ],
)
def test_a_line_is_closed_exactly_where_it_must_be(line: bytes, closed: bytes) -> None:
    """With ESC[0m before the newline, or not at all; wherever the line stands."""
    assert close(line + b"\n") == line + closed + b"\n"
    around = b"\n" + RED + b"b" + PLAIN + b"\n", b"\nc\n"
    assert close(line.join(around)) == (line + closed).join(around)


@pytest.mark.parametrize(
    ("end", "codes"),
    [
        pytest.param(10, range(11, 20), id="fonts"),
        pytest.param(22, [1, 2], id="bold, faint"),
        pytest.param(23, [3, 20], id="italic, Fraktur"),
        pytest.param(24, [4, 21], id="underlined once, twice"),
        pytest.param(25, [5, 6], id="blinking slowly, fast"),
        pytest.param(27, [7], id="inverse"),
        pytest.param(28, [8], id="hidden"),
        pytest.param(29, [9], id="struck through"),
        pytest.param(39, [*range(30, 39), *range(90, 98)], id="colours"),
        pytest.param(49, [*range(40, 49), *range(100, 108)], id="backgrounds"),
        pytest.param(54, [51, 52], id="framed, encircled"),
        pytest.param(55, [53], id="overlined"),
        pytest.param(59, [58], id="colours of underlines"),
        pytest.param(75, [73, 74], id="superscript, subscript"),
    ],
)
def test_what_one_number_ends_no_other_does(end: int, codes: list[int]) -> None:
    """As ECMA-48 and the terminals after it have it; a reset ends everything."""
    ends = {10, 22, 23, 24, 25, 27, 28, 29, 39, 49, 54, 55, 59, 75}
    for code in range(1, 110):
        if code not in ends:
            begun = b"\x1b[%dma" % code
            assert left_open(begun)
            assert bool(left_open(begun + b"\x1b[%dmb" % end)) == (code not in codes)
            assert not left_open(begun + b"\x1b[0mb")


def test_each_line_is_closed_for_itself() -> None:
    """A colour does not reach into the next line, so that needs no end."""
    text = RED + b"a\nb\n" + BOLD + b"c\x1b[22m\nd" + BOLD + b"\n"

    assert close(text) == RED + b"a\x1b[0m\nb\n" + BOLD + b"c\x1b[22m\nd" + BOLD + b"\x1b[0m\n"


def test_what_has_no_newline_yet_is_not_closed() -> None:
    """Its colours may go on."""
    assert close(RED + b"a\n" + RED + b"b") == RED + b"a\x1b[0m\n" + RED + b"b"


@given(TEXTS)
def test_closing_twice_changes_nothing(text: bytes) -> None:
    """What is closed is closed."""
    assert close(close(text)) == close(text)


@given(TEXTS)
def test_closing_only_adds_resets_before_newlines(text: bytes) -> None:
    """One at most for each, and nothing else."""
    before, after = text.split(b"\n"), close(text).split(b"\n")

    assert len(after) == len(before)
    assert all(new in (old, old + RESET) for old, new in zip(before, after, strict=True))
    assert after[-1] == before[-1]


@given(TEXTS)
def test_a_line_is_closed_if_it_leaves_something_open(text: bytes) -> None:
    """The two ways to find that out agree, and after closing nothing is open."""
    *lines, _last = text.split(b"\n")
    *closed, _same = close(text).split(b"\n")
    for before, after in zip(lines, closed, strict=True):
        assert (after != before) == bool(left_open(before + b" "))
        assert left_open(after + b" ") == b""


@given(TEXTS, TEXTS)
def test_what_is_left_open_stands_for_the_line_so_far(begin: bytes, rest: bytes) -> None:
    """Cut anywhere, even inside a sequence, the whole is closed if its parts say so."""
    begin = begin.replace(b"\n", b"")
    carried = left_open(begin)

    assert bool(left_open(carried + rest)) == bool(left_open(begin + rest))
    whole, rest = close(begin + rest + b"\n"), close(carried + rest + b"\n")
    assert whole.removeprefix(begin) == rest.removeprefix(carried)


@given(st.lists(SEQUENCES, max_size=200))
def test_what_is_carried_on_stays_short(sequences: list[bytes]) -> None:
    """A line without an end may set colours for ever."""
    assert len(left_open(b"x".join(sequences))) < 2000


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (b"", b""),
        (b"a", b""),
        (b"a\x1b", b"\x1b"),
        (b"a\x1b[", b"\x1b["),
        (b"a\x1b[1;38:5", b"\x1b[1;38:5"),
        (b"a\x1b[1m", b""),
        (b"a\x1b[2K", b""),
        (b"a\x1b[?", b""),
        (b"\x1b[1m\x1b[3", b"\x1b[3"),
        (b"\x1b[" + b"1" * 99, b"\x1b[" + b"1" * 99),
        (b"\x1b[" + b"1" * 100, b""),
    ],
)
def test_a_sequence_that_is_cut_off_is_seen(text: bytes, cut: bytes) -> None:
    """It may become a colour; what can't become one is none."""
    assert cut_off(text) == cut


@given(TEXTS, TEXTS)
def test_colours_are_stripped_in_parts_as_in_one(begin: bytes, rest: bytes) -> None:
    """If what is cut off is kept for the next part."""
    kept = cut_off(begin)
    parts = strip(begin.removesuffix(kept)) + strip(kept + rest)

    assert parts == strip(begin + rest)


def test_stripping_leaves_everything_else() -> None:
    """Colours are what goes."""
    assert strip(b"a\x1b[1;31mb\x1b[2Kc\x1b[0md\x1b") == b"ab\x1b[2Kcd\x1b"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(RED + b"x" * 1_000_000, id="one colour"),
        pytest.param((RED + b"x") * 50_000, id="many colours"),
        pytest.param(RED + b"\x1b[K" * 100_000, id="many other sequences"),
        pytest.param(b"\x1b[31" * 100_000, id="beginnings"),
        pytest.param(b"\x1b" * 300_000, id="escapes"),
    ],
)
def test_long_lines_take_time_in_proportion(line: bytes) -> None:
    """No input makes the search for colours quadratic, which would take minutes here."""
    begin = time.process_time()
    for text in (line + b"\n", line):
        close(text)
        left_open(text)
        strip(text)

    assert time.process_time() - begin < 5
