"""Command lines as a shell reads them: the first command's words, and variables from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.shell_syntax import Reading, Simple, is_variable, read


@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("gunicorn app -b :80", ("gunicorn", "app", "-b", ":80")),
        ("", ()),
        ("# nothing", ()),
        ("a # b", ("a",)),
        ("a#b c", ("a#b", "c")),
        ("a && b", ("a",)),
        ("a|b", ("a",)),
        ("a;b", ("a",)),
        ("a &", ("a",)),
        ("A=1 B='2 3' C=$D cmd", ("cmd",)),
        ("A+=1 cmd", ("cmd",)),
        ("A=1", ()),
        ("1A=1 cmd", ("1A=1", "cmd")),
        ("cmd A=1", ("cmd", "A=1")),
        ("'my prog' a", ("my prog", "a")),
        ('"my prog" a', ("my prog", "a")),
        (r"my\ prog a", ("my prog", "a")),
        ("m'y'\"prog\"", ("myprog",)),
        ("$CMD a", (None, "a")),
        ("${CMD} a", (None, "a")),
        ('"$CMD" a', (None, "a")),
        ("$(which a) b", (None, "b")),
        ("`which a` b", (None, "b")),
        ("~/bin/a", (None,)),
        ("bin/* a", (None, "a")),
        ("{a,b}", (None,)),
        ("costs $", ("costs", "$")),
        ("(a; b)", (None,)),
        ("f() { a; }; f", (None,)),
        ("list=(a b); c", (None,)),
        ("{ a; }", ("{", "a")),
        ("[ -n a ] && b", ("[", "-n", "a", "]")),
        ("[[ a ]]", ("[[", "a", "]]")),
        ("2>/dev/null a 2>&1 b", ("a", "b")),
        (">log a <in b", ("a", "b")),
        ("a >&2", ("a",)),
        ("if a; then b; fi", ("if", "a")),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else "",
)
def test_the_words_of_the_first_command(command: str, first: tuple[str | None, ...]) -> None:
    """Without assignments and redirections; None for what depends on more than the text."""
    assert read(command).first == first


@pytest.mark.parametrize(
    ("command", "uses"),
    [
        ("a $B ${C}", "B C"),
        ("a $B$B $B", "B"),
        ("a :$B/x", "B"),
        ('a "$B" "${C} $D"', "B C D"),
        ("a '$B' \"\\$C\" \\$D", ""),
        ("a $'it\\'s $B' $C", "C"),
        ("a $$ $? $1 $@ $* $# $! $- ${1} ${#}", ""),
        ("a ${B:-x} ${C-x} ${D:+x} ${E+x}", ""),
        ("a ${B:=x} $B ${C=x} $C", ""),
        ("a ${B:?x} ${C%x} ${D#x} ${E/x/y} ${F:1} ${#G} ${!H}", "B C D E F G H"),
        ("a ${B:-$C} ${D:-${E:-$F}}", "C F"),
        ('a "${B:-"$C"}"', "C"),
        ("a $(b $C) `d $E`", "C E"),
        ('a "$(b ")" $C)" $D', "C D"),
        ("a $((1 + ($B * 2))) $C", "B C"),
        ("a <(b $C) >$D", "C D"),
        ("B=1 a $B", ""),
        ("B=$C a", "C"),
        ("export B=$C; a $B", "C"),
        ("a; B=1; b $B", ""),
        ("for i in a b; do c $i $D; done", "D"),
        ("while read a b; do c $a $b $D; done", "D"),
        ("getopts ab: o; a $o $B", "B"),
        ("case $A in b) c $D;; esac", "A D"),
        ("a # $B", ""),
        ("a#$B", "B"),
        (". ./env && a $B", ""),
        ("source env; a $B", ""),
        ('eval "$(b)"; a $C', ""),
        ("pytest . $B", "B"),
        ("sh -c 'echo $B'", ""),
        ("a $1B $é", ""),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else "",
)
def test_the_variables_that_come_from_outside(command: str, uses: str) -> None:
    """Not what is quoted, what has a default, and what the command sets itself."""
    assert read(command).uses == tuple(uses.split())


@pytest.mark.parametrize(
    ("command", "unclosed"),
    [
        ("a 'b", "'"),
        ('a "b', '"'),
        ("a $(b", "("),
        ("(a; b", "("),
        ("a `b", "`"),
        ("a ${B", "${"),
        ("a $((1 + 2)", "$(("),
        ("a $'b\\'", "'"),
        ("a \\' b", ""),
        ("a b\\", ""),
    ],
    ids=repr,
)
def test_what_is_never_closed(command: str, unclosed: str) -> None:
    """A quote or a bracket, by the sign that opens it."""
    assert read(command).unclosed == unclosed


@given(st.text(alphabet="ab1 \t\n$'\"\\`(){}[]<>|&;#=:-+*~!\udcff", max_size=40))
def test_any_text_can_be_read(command: str) -> None:
    """Whatever people write, the answer is a Reading."""
    assert isinstance(read(command), Reading)


def test_deep_nesting_is_nothing_to_warn_of() -> None:
    """What is too deep to be read is left open."""
    assert read("$(" * 5000) == Reading((), ())


@pytest.mark.parametrize("name", ["A", "_", "a1", "LONG_NAME"])
def test_names_that_a_shell_takes(name: str) -> None:
    """Letters, digits and underscores, with no digit in front."""
    assert is_variable(name)


@pytest.mark.parametrize("name", ["", "1", "1A", "a.b", "a-b", "é", "BASH_FUNC_x%%"])
def test_names_that_no_shell_takes(name: str) -> None:
    """An environment may have them all the same."""
    assert not is_variable(name)


@pytest.mark.parametrize(
    ("command", "commands"),
    [
        ("", []),
        ("a 'b c' && d; e", [Simple(("a", "b c")), Simple(("d",)), Simple(("e",))]),
        ("A=1 B='2' a b=3", [Simple(("a", "b=3"), (("A", "1"), ("B", "2")))]),
        ("A=$B", [Simple((), (("A", "$B"),))]),
        ('a -b "0:$PORT"', [Simple(("a", "-b", "0:$PORT"))]),
        ("a & b", [Simple(("a",), goes_on=True), Simple(("b",))]),
        ("a && b &", [Simple(("a",)), Simple(("b",), goes_on=True)]),
        ("a > f 2>> g 2>&1 < h", [Simple(("a",), (), ("f", "g"))]),
        ("a &> f", [Simple(("a",), (), ("f",))]),
        ("a >& f 2>&-", [Simple(("a",), (), ("f",))]),
        ("a | tee f", [Simple(("a",)), Simple(("tee", "f"))]),
        ("a > >(tee f)", [Simple(("tee", "f")), Simple(("a",))]),
        ("a $(b c)", [Simple(("b", "c")), Simple(("a", "$(b c)"))]),
        ("if a; then b; fi", [Simple(("a",)), Simple(("b",)), Simple(("fi",))]),
        ("(a; b) > f", [Simple(("a",)), Simple(("b",)), Simple((), (), ("f",))]),
        ("a 'b", []),
    ],
)
def test_every_command_is_read(command: str, commands: list[Simple]) -> None:
    """Words, variables, where the output goes, and whether the shell waits for it."""
    assert list(read(command).commands) == commands
