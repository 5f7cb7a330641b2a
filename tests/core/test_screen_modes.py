"""What a program turns on in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.screen_modes import UNDO_ALL, Part, ScreenModes, shows_own_screen

# Output of programs that turn much on and off.
written = st.lists(
    st.sampled_from(
        b"""text \x1b[?1049h \x1b[?1049l \x1b[?47h \x1b[?1047l \x1b[?25l \x1b[?25h \x1b[?1h
        \x1b[?2004h \x1b[?1002;1006h \x1b[>4;2m \x1b[>4;1m \x1b[>4m \x1b[>1u \x1b[>3u \x1b[>u
        \x1b[<u \x1b[<2u \x1b= \x1b> \x1b[1m \x1b[m \x1bc \x1b[ \x1b""".split()
    )
).map(b"".join)


def undone(*written: bytes) -> bytes:
    """What has to be undone after some output."""
    modes = ScreenModes()
    for part in written:
        modes.feed(part)
    return modes.undo()


@pytest.mark.parametrize(
    ("written", "undo"),
    [
        (b"", b""),
        (b"plain text\r\n", b""),
        (b"\x1b[?2004h(Pdb) ", b"\x1b[?2004l"),
        (b"\x1b[?2004h(Pdb) \x1b[?2004l\r\n", b""),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?25l\x1b[?25h", b""),
        (b"\x1b[?1049h\x1b[?1h\x1b=", b"\x1b[?1l\x1b[?1049l\x1b>"),
        (b"\x1b[?1002;1006h", b"\x1b[?1006l\x1b[?1002l"),
        (b"\x1b[?7h\x1b[?12l", b""),
        (b"\x1b[31mred", b"\x1b[0m"),
        (b"\x1b[31mred\x1b[0m", b""),
        (b"\x1b[31mred\x1b[m", b""),
        (b"\x1b[?1049h\x1b[?25l\x1bc", b""),
        (b"\x1b[2J\x1b[H\x1b]0;title\x07\x1b(B", b""),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[>4;1m\x1b[>4;0m\x1b[>1;2m\x1b[?4m\x1b[>4n", b""),
        (b"\x1b[>4;2m\x1b[>4m", b""),
        (b"\x1b[>4;2m\x1b[>4n", b""),
        (b"\x1b[>4;2m\x1b[>m", b""),
        (b"\x1b[>1u", b"\x1b[<u"),
        (b"\x1b[>1u\x1b[>3u\x1b[?u", b"\x1b[<u\x1b[<u"),
        (b"\x1b[>1u\x1b[>3u\x1b[>u\x1b[<2u", b"\x1b[<u"),
        (b"\x1b[>1u\x1b[<9u\x1b[<u", b""),
        (b"\x1b[>1u\x1b[?1049h\x1b[>3u", b"\x1b[<u\x1b[?1049l\x1b[<u"),
        (b"\x1b[?1049h\x1b[>3u\x1b[?1049l", b""),
        (b"\x1b[?1049h\x1b[>1u\x1b[>4;2m\x1bc", b""),
    ],
    ids=repr,
)
def test_what_is_on_is_turned_off(written: bytes, undo: bytes) -> None:
    """The last thing first, whatever the pieces in which the output came."""
    assert undone(written) == undo
    assert undone(*(bytes((byte,)) for byte in written)) == undo


@given(st.one_of(st.binary(), written))
def test_what_is_undone_is_undone(written: bytes) -> None:
    """Whatever it was."""
    assert undone(written + b"\x18" + undone(written)) == b""


@given(written)
def test_what_was_undone_is_done_again(written: bytes) -> None:
    """All but colours, which are a part of what is shown."""
    modes, again = ScreenModes(), ScreenModes()
    modes.feed(written)
    again.feed(modes.redo())

    assert again.undo() == modes.undo().removesuffix(b"\x1b[0m")
    assert again.redo() == modes.redo()
    assert again.alternate == modes.alternate


@given(st.lists(st.one_of(st.binary(max_size=5), written), max_size=5))
def test_output_comes_back_by_its_screens(pieces: list[bytes]) -> None:
    """In its order, all but the sequence that is begun, however it comes."""
    whole, pieced = ScreenModes(), ScreenModes()
    expected = whole.feed(b"".join(pieces))
    found = [part for piece in pieces for part in pieced.feed(piece)]

    for alternate in (False, True):
        assert text_on(found, alternate=alternate) == text_on(expected, alternate=alternate)
    assert b"".join(pieces).startswith(b"".join(part.text for part in found))
    assert pieced.alternate == whole.alternate


def text_on(parts: list[Part], *, alternate: bool) -> bytes:
    """What is on one of the screens."""
    return b"".join(part.text for part in parts if part.alternate == alternate)


def test_a_screen_of_its_own_begins_and_ends_with_the_switch() -> None:
    """What stands around it is on the main one."""
    parts = ScreenModes().feed(b"$ vi\r\n\x1b[?1049hdrawing\x1b[1mbold\x1b[?1049l\x1b[m$ ")

    assert parts == [
        Part(b"$ vi\r\n", alternate=False),
        Part(b"\x1b[?1049hdrawing\x1b[1mbold\x1b[?1049l", alternate=True),
        Part(b"\x1b[m$ ", alternate=False),
    ]


def test_a_sequence_without_an_end_is_not_kept() -> None:
    """It is none."""
    modes = ScreenModes()
    written = b"\x1b[" + b"1;" * 50
    given_back = sum(len(part.text) for _ in range(1000) for part in modes.feed(written))

    assert given_back > 1000 * len(written) - 200


@pytest.mark.parametrize("mode", [b"47", b"1047", b"1049"])
def test_an_alternate_screen_is_one_of_three(mode: bytes) -> None:
    """Each from its beginning to its end."""
    modes = ScreenModes()
    modes.feed(b"\x1b[?" + mode + b"h")
    assert modes.alternate
    modes.feed(b"\x1b[?" + mode + b"l")
    assert not modes.alternate


@pytest.mark.parametrize(
    ("parts", "own"),
    [
        ([], False),
        ([b"text"], False),
        ([b"a\x1b[?1049hb"], True),
        ([b"text", b"a\x1b[?1049hb", b"\x1b[?1049l"], True),
        ([b"a\x1b[?1049hb\x1b[?1049l"], False),
        ([b"\x1b[?1049l", b"\x1b[?1049h"], False),
        ([b"\x1b[?47h"], True),
        ([b"\x1b[?1047l", b"\x1b[?1047h"], False),
        ([b"text", b"49hb", b"a\x1b[?10"], True),
        ([b"h", b"9", b"a\x1b[?104"], True),
    ],
)
def test_a_screen_of_its_own_is_found_in_the_log(parts: list[bytes], own: bool) -> None:  # noqa: FBT001 - a parameter
    """By the newest switch of all."""
    assert shows_own_screen(parts) == own


def test_all_of_it_can_be_undone_blindly() -> None:
    """But for what would move the cursor where nothing was on."""
    assert b"\x1b[?2004l" in UNDO_ALL
    assert b"\x1b[?25h" in UNDO_ALL
    assert b"\x1b[>4m" in UNDO_ALL
    assert UNDO_ALL.count(b"\x1b[<9u") == 2
    assert b"1049" not in UNDO_ALL
