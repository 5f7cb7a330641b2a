"""What an edit of an env file changes, and that it changes nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from procrun.core.envfile import parse, resolve
from procrun.core.envfile_edit import check_value, edit, written
from procrun.errors import ConfigError, ProcrunError

# Beside letters what means something in a file of this kind.
TEXTS = st.text(
    st.sampled_from("ab \t\n\r\\'\"#$`{}:-=!%\x0b\x85\u2028\ufeffäé€") | st.characters(),
    max_size=12,
).filter(lambda text: "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text))
NAMES = st.sampled_from(("A", "B", "C", "LONG_NAME"))
HEADS = st.sampled_from(("{}=", "{} = ", "export {}=", "  {}=", "'{}'="))
TAILS = st.sampled_from(("", " # a comment", "   ", ' # it\'s "one"'))
LINES = st.one_of(
    st.sampled_from(("", "# a comment", "  # it's", "#A=old", "\t")),
    st.builds(
        lambda head, name, value, quote, tail: head.format(name) + written(value, quote) + tail,
        HEADS,
        NAMES,
        TEXTS.filter(bool),
        st.sampled_from(("", "'", '"')),
        TAILS,
    ),
    st.sampled_from(("A=", "B= # a comment", "C='one\ntwo'", 'A="one\n\ntwo" # c', "B=${A}/x")),
)
FILES = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else ""),
    st.lists(LINES, max_size=6),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)


def values(text: str) -> dict[str, str]:
    """What a text means."""
    return resolve(parse(text, ".env"), {})


def comments(text: str) -> list[str]:
    """The lines that are nothing but a comment."""
    return re.findall(r"(?m)^[ \t]*#[^\r\n]*", text)


@given(FILES, NAMES, TEXTS)
@example("A='x' # it's", "A", "\\")
@example("A= # c", "A", "")
@example("A='x'# c", "A", "y")
@example("A='1\r\n2'\r\n", "A", "3\n4")
@example("A=1\nA=2\nB=${A}", "A", "${A}")
def test_what_is_set_is_read_and_all_else_is_as_it_was(text: str, name: str, value: str) -> None:
    """Every other binding in order, and every comment."""
    edited = edit(text, ".env", {name: value})

    assert values(edited)[name] == value
    before, after = (
        [(each.key, each.value) for each in parse(each_text, ".env") if each.key != name]
        for each_text in (text, edited)
    )
    assert before == after
    assert comments(edited) == comments(text)
    assert edit(edited, ".env", {name: value}) == edited


@given(FILES, NAMES)
def test_what_is_unset_is_gone_and_all_else_is_as_it_was(text: str, name: str) -> None:
    """Every line of it, and nothing of the others."""
    edited = edit(text, ".env", {name: None})

    expected = [(each.key, each.value) for each in parse(text, ".env") if each.key != name]
    assert [(each.key, each.value) for each in parse(edited, ".env")] == expected
    assert comments(edited) == comments(text)


@given(st.dictionaries(NAMES, TEXTS, min_size=1))
def test_several_names_are_set_at_once(wanted: dict[str, str]) -> None:
    """In an empty file, too."""
    assert values(edit("", ".env", wanted)) == wanted


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("A=1\n", "2", "A=2\n"),
        ("A=1", "2", "A=2"),
        ("B=1\n", "2", "B=1\nA=2\n"),
        ("B=1", "2", "B=1\nA=2\n"),
        ("B=1\r\n", "2", "B=1\r\nA=2\r\n"),
        ("", "2", "A=2\n"),
        ("\n# A\n\n  A = 1 # one\n", "2", "\n# A\n\n  A = 2 # one\n"),
        ("export A=1\n", "2", "export A=2\n"),
        ("export B=1\n", "2", "export B=1\nexport A=2\n"),
        ("A='1'\n", "2", "A='2'\n"),
        ('A="1" # one\n', "2", 'A="2" # one\n'),
        ('A="1"# one\n', "", 'A=""# one\n'),
        ("A=1 # one\n", "", "A='' # one\n"),
        ("A= # one\n", "2", "A=2 # one\n"),
        ("A=\nB=\n", "2", "A=2\nB=\n"),
        ("A=1\nB=${A}\nA=3\n", "2", "A=1\nB=${A}\nA=2\n"),
        ("B=b\nA=${B}/x\n", "2", "B=b\nA=2\n"),
        ('A="one\ntwo"\nB=1\n', "x\ny\n", 'A="x\ny\n"\nB=1\n'),
        ("A='one\r\ntwo'\r\nB=1\r\n", "x\ny", "A='x\r\ny'\r\nB=1\r\n"),
        ('A="one\ntwo"\n', "x", 'A="x"\n'),
    ],
    ids=repr,
)
def test_an_edit_looks_as_if_somebody_had_made_it(before: str, value: str, after: str) -> None:
    """Order, blanks, comments, `export`, quotes and line ends are kept."""
    assert edit(before, ".env", {"A": value}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nB=2\n", "B=2\n"),
        ("B=2\nA=1", "B=2\n"),
        ("# of A\n\nA=1 # one\n\nB=2\n", "# of A\n\n\nB=2\n"),
        ("A=1\nB=2\nexport A='3\n4'\nC=5\n", "B=2\nC=5\n"),
        ("B=2\n", "B=2\n"),
    ],
    ids=repr,
)
def test_a_name_is_unset_with_its_lines(before: str, after: str) -> None:
    """All of them, and the blank lines and comments stay."""
    assert edit(before, ".env", {"A": None}) == after


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("production", "production"),
        ("postgres://u:p@h/d?a=1&b=2", "postgres://u:p@h/d?a=1&b=2"),
        ("a=b", "a=b"),
        ("C:\\new", "C:\\new"),
        ("größe", "größe"),
        ("", ""),
        ("a b", "'a b'"),
        ("a#b", "'a#b'"),
        ("pa$word", "'pa$word'"),
        ('say "so"', "'say \"so\"'"),
        ("it's", '"it\'s"'),
        ("x\ny", '"x\\ny"'),
        ("C:\\new dir", "'C:\\new dir'"),
        (" \\\\x", "' \\\\\\x'"),
        ("${HOME}", "'${:-$}{HOME}'"),
        ("$ {} ${", "'$ {} ${'"),
        ("a dir\\", "'a dir${:-\\}'"),
    ],
    ids=repr,
)
def test_a_value_is_quoted_only_when_it_must_be(value: str, expected: str) -> None:
    """Single quotes if they will do, as most readers take what is in them literally."""
    assert written(value) == expected
    assert values(f"A={expected}") == {"A": value}


def test_a_reference_stays_one_if_that_is_asked_for() -> None:
    """As of a release that is rolled back to."""
    edited = edit("B=b\nA=1\n", ".env", {"A": "${B}/x"}, literal=False)

    assert values(edited) == {"B": "b", "A": "b/x"}
    assert edited == "B=b\nA=${B}/x\n"
    assert edit("B=b\nA=' '\n", ".env", {"A": "${B} x"}, literal=False) == "B=b\nA='${B} x'\n"
    assert edit("B=b\n", ".env", {"A": "${B} x"}, literal=False) == 'B=b\nA="${B} x"\n'


def test_a_file_that_cannot_be_read_is_not_edited() -> None:
    """Its problems are told with their lines."""
    with pytest.raises(ConfigError, match=r"\.env:2: "):
        edit("A=1\nB\n", ".env", {"A": "2"})


@pytest.mark.parametrize("value", ["a\0b", "\udcff"], ids=repr)
def test_some_values_cannot_be_in_a_file(value: str) -> None:
    """They are refused before anything is written."""
    with pytest.raises(ProcrunError, match="A cannot"):
        check_value("A", value)
