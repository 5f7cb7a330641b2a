"""What texts look like in supervisor's files; that they are read back is shown with its parser."""

from __future__ import annotations

import pytest

from procrun.export import supervisord_syntax as syntax


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a b", "a b"),
        ("100%", "100%%"),
        ("%(ENV_HOME)s", "%%(ENV_HOME)s"),
        ("%(here)s", f"%%{syntax.GUARD}(here)s"),
        ("a;b#c", "a;b#c"),
        ("a ;b", f"a {syntax.GUARD};b"),
        ("a\u00a0#b", f"a\u00a0{syntax.GUARD}#b"),
        (" a ", f"{syntax.GUARD} a {syntax.GUARD}"),
        ("a\nb", "a\n    b"),
        ("a \n b", f"a {syntax.GUARD}\n    {syntax.GUARD} b"),
        ("a\n\n#b", f"a\n    {syntax.GUARD}\n    {syntax.GUARD}#b"),
    ],
)
def test_an_option_has_no_comment_and_no_blank_at_an_end_of_a_line(text: str, written: str) -> None:
    """What configparser would take away has something beside it that becomes nothing."""
    assert syntax.option(text) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", 'X=""'),
        ("it's", 'X="it\'s"'),
        ('say "hi" now', "X='say \"hi\" now'"),
        ('"a"', 'X="\\0042a\\0042"'),
        ("'", 'X="\\0047"'),
        ("""a'\\"\nb""", 'X="a\\0047\\\\\\0042\\nb"'),
        ("a\rb", 'X="a\\0015b"'),
    ],
)
def test_quotes_that_would_be_lost_are_escaped_for_the_shell(value: str, written: str) -> None:
    """The lexer takes one kind of quotes in the middle of a value, and has no escapes."""
    assert syntax.variable("X", value) == written


def test_a_shell_decodes_and_becomes_the_command() -> None:
    """The values are in no argument, where others could read them."""
    argv = ("/bin/bash", "-c", "--", "a")

    assert syntax.decoding([], argv) == argv
    assert syntax.decoding(["X"], argv) == (
        "/bin/bash",
        "-c",
        'X=$(printf %bx "$X"); X=${X%x}; exec "$@"',
        "/bin/bash",
        *argv,
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("A b", "", "name such as 'A b'"),
        ("é", "", "name such as '\\xe9'"),
        ("A.B", """'"'""", "no shell can set it"),
        ("1A", "'", "no shell can set it"),
        ("UID", "'", "no shell can set it"),
    ],
)
def test_what_a_program_cannot_get_is_told(name: str, value: str, why: str) -> None:
    """A wrong file is worse than none."""
    assert why in syntax.unsayable_variable(name, value)


def test_names_that_no_shell_has_are_fine_with_plain_values() -> None:
    """The lexer takes dots, dashes, slashes and more."""
    assert syntax.unsayable_variable("a.B-c/d", "it's") == ""


def test_what_an_option_cannot_have_is_told() -> None:
    """Commands and folders have nobody to decode them."""
    assert "return" in syntax.unsayable("a\rb")
    assert syntax.unsayable("a\n%'\"\\ é") == ""
