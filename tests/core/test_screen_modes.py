"""What a program turns on in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.screen_modes import UNDO_ALL, ScreenModes, shows_own_screen


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
    ],
    ids=repr,
)
def test_what_is_on_is_turned_off(written: bytes, undo: bytes) -> None:
    """The last thing first, whatever the pieces in which the output came."""
    assert undone(written) == undo
    assert undone(*(bytes((byte,)) for byte in written)) == undo


@given(st.binary())
def test_what_is_undone_is_undone(written: bytes) -> None:
    """Whatever it was."""
    assert undone(written + b"\x18" + undone(written)) == b""


def test_a_sequence_without_an_end_is_not_kept() -> None:
    """It is none."""
    modes = ScreenModes()
    for _ in range(1000):
        modes.feed(b"\x1b[" + b"1;" * 50)

    assert len(modes._begun) < 200


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
    ],
)
def test_a_screen_of_its_own_is_found_in_the_log(parts: list[bytes], own: bool) -> None:  # noqa: FBT001 - a parameter
    """By the newest switch of all."""
    assert shows_own_screen(parts) == own


def test_all_of_it_can_be_undone_blindly() -> None:
    """But for what would move the cursor where nothing was on."""
    assert b"\x1b[?2004l" in UNDO_ALL
    assert b"\x1b[?25h" in UNDO_ALL
    assert b"1049" not in UNDO_ALL
