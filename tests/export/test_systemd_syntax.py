"""The texts that systemd reads as exactly a value; test_systemd.py shows it to systemd itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.export import systemd_syntax as syntax

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("/bin/sh", "/bin/sh"),
        ("", '""'),
        (" ", '" "'),
        (";", '";"'),
        ("100%", '"100%%"'),
        ("$HOME", '"$HOME"'),
        ("it's", '"it\'s"'),
        ('"', '"\\""'),
        ("\\", '"\\\\"'),
        ("a\nb\tc\rd", '"a\\nb\\tc\\rd"'),
        ("\x1b\x7f", '"\\x1b\\x7f"'),
        ("é 日本語", '"é 日本語"'),
    ],
)
def test_a_word(value: str, text: str) -> None:
    """Plain ones are as they are, all others are in double quotes."""
    assert syntax.word(value) == text


def test_dollars_are_doubled_for_a_command_alone() -> None:
    """There systemd would put in variables of its own."""
    assert syntax.exec_line(("/bin/sh", "-c", "echo $X")) == '/bin/sh -c "echo $$X"'


def test_the_end_of_a_path_is_kept() -> None:
    """Nothing quotes there: blanks would be cut off, and a backslash would join the next line."""
    assert [syntax.path(path) for path in ("/a b", "/a ", "/a\\", "/50%")] == [
        *("/a b", "/a /", "/a\\/", "/50%%")
    ]


def test_values_of_an_environment_file_are_as_in_a_shell() -> None:
    """Newlines stand as they are; what means something in double quotes has a backslash."""
    assert syntax.environment_line("A", 'a\nb "$x" `y` \\ %h') == (
        'A="a\nb \\"\\$x\\" \\`y\\` \\\\ %h"'
    )


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (syntax.word, "\ufffe"),
        (syntax.word, "\ufdd0"),
        (syntax.word, "\U0001ffff"),
        (syntax.path, "a"),
        (syntax.path, ""),
        (syntax.path, "/a\nb"),
        (syntax.path_word, "a"),
        (syntax.path_word, "/a\x85b"),
        (syntax.variable_name, ""),
        (syntax.variable_name, "1A"),
        (syntax.variable_name, "A.B"),
        (syntax.variable_name, "É"),
    ],
)
def test_what_has_no_text(function: Callable[[str], str], value: str) -> None:
    """It is refused rather than written so that systemd reads something else."""
    with pytest.raises(ValueError, match=r"\w"):
        function(value)


def test_a_program_without_a_path_is_refused() -> None:
    """And one whose path has a control character, which systemd takes in arguments alone."""
    for program in ("sh", "/bin/s\nh"):
        with pytest.raises(ValueError, match=r"\w"):
            syntax.exec_line((program,))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_word_is_one_line_and_ends_where_it_began(text: str) -> None:
    """No line ends in it, and no quote or backslash of it stands alone."""
    try:
        written = syntax.word(text)
    except ValueError:
        return
    assert "\n" not in written
    assert "\r" not in written
    if written[:1] == '"':
        inner = written[1:-1].replace("\\\\", "").replace('\\"', "")
        assert '"' not in inner
        assert not inner.endswith("\\")
