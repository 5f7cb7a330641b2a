"""One dyno's terminal with the lines of the others above what it writes."""

from __future__ import annotations

import pytest

from procrun.core.focused_screen import FocusedScreen

EDITOR = b"\x1b[?1049h"
END_OF_EDITOR = b"\x1b[?1049l"


def test_what_the_dyno_writes_passes_as_it_is() -> None:
    """At once."""
    screen = FocusedScreen(80)

    assert screen.own(b"one\r\n(Pdb) ") == b"one\r\n(Pdb) "


def test_lines_of_others_come_above_an_open_line() -> None:
    """Which is there again afterwards, with all that was typed."""
    screen = FocusedScreen(80)
    screen.own(b"(Pdb) ")
    screen.own(b"pr")

    assert screen.above(b"a\nb\n") == b"\r\x1b[Ja\r\nb\r\n(Pdb) pr"


def test_an_open_line_on_several_rows_is_erased_whole() -> None:
    """Its first row is above."""
    screen = FocusedScreen(4)
    screen.own(b"(Pdb) pr")
    assert screen.above(b"a\n").startswith(b"\r\x1b[1A\x1b[Ja\r\n")
    screen.columns = 3
    assert screen.above(b"a\n").startswith(b"\r\x1b[2A\x1b[Ja\r\n")


def test_without_an_open_line_nothing_is_erased() -> None:
    """Only the terminal's newlines are made."""
    screen = FocusedScreen(80)
    screen.own(b"one\r\n")

    assert screen.above(b"a\n") == b"a\r\n"


def test_an_editor_has_the_screen_for_itself() -> None:
    """What others say comes when it has ended."""
    screen = FocusedScreen(80)
    assert screen.own(b"$ vi\r\n" + EDITOR) == b"$ vi\r\n" + EDITOR
    assert screen.above(b"a\n") == screen.above(b"b\n") == b""

    assert screen.own(END_OF_EDITOR + b"$ ") == END_OF_EDITOR + b"a\r\nb\r\n$ "
    assert screen.above(b"c\n") == b"\r\x1b[Jc\r\n$ "


@pytest.mark.parametrize("split", range(1, len(EDITOR)))
def test_an_editor_may_begin_in_pieces(split: int) -> None:
    """Nothing comes in between, nor does the line above which others come switch again."""
    screen = FocusedScreen(80)
    shown = screen.own(b"$ " + EDITOR[:split]) + screen.own(EDITOR[split:] + b"drawing")
    assert shown == b"$ " + EDITOR + b"drawing"
    assert screen.above(b"a\n") == b""

    assert screen.own(END_OF_EDITOR[:split]) == b""
    assert screen.own(END_OF_EDITOR[split:]) == END_OF_EDITOR + b"\r\x1b[Ja\r\n$ "
    assert screen.above(b"b\n") == b"\r\x1b[Jb\r\n$ "


def test_a_colour_in_pieces_stays_whole() -> None:
    """Lines of others come in front of it."""
    screen = FocusedScreen(80)
    assert screen.own(b"one \x1b[3") == b"one "
    assert screen.above(b"a\n") == b"\r\x1b[Ja\r\none "
    assert screen.own(b"1mred") == b"\x1b[31mred"
    assert screen.above(b"b\n") == b"\r\x1b[Jb\r\none \x1b[31mred"


def test_not_everything_waits_for_an_editor() -> None:
    """The oldest lines are left out, and counted."""
    screen = FocusedScreen(80)
    screen.own(EDITOR)
    for number in range(1000):
        screen.above(b"%d" % number + b"x" * 1000 + b"\n")
    shown = screen.own(END_OF_EDITOR).removeprefix(END_OF_EDITOR)

    assert len(shown) < 300_000
    lines = shown.split(b"\r\n")
    left_out = 1000 - (len(lines) - 2)
    assert lines[0] == b"procrun: %d lines came meanwhile that are not shown here" % left_out
    assert lines[1].startswith(b"%dx" % left_out)
    assert screen.own(b"x") == b"x"


def test_leaving_hands_the_terminal_on() -> None:
    """With usual modes, on a fresh line, and nothing held back."""
    screen = FocusedScreen(80)
    screen.own(b"(Pdb) \x1b[?2004h" + EDITOR)
    screen.above(b"a\n")

    assert screen.leave() == b"\x1b[?1049l\x1b[?2004l\r\na\r\n"
    assert screen.leave() == b""
