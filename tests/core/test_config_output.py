"""How the heroku command prints config vars."""

from __future__ import annotations

import pytest

from procrun.core.config_output import aligned, assignments, masked, quoted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("production", "production"),
        ("a b", "'a b'"),
        ("postgres://u:p@h/d", "'postgres://u:p@h/d'"),
        ("it's", '"it\'s"'),
        ("x\ny", '"x\\ny"'),
        ("", ""),
        ("a\tb", "'a\tb'"),
        ('"', "'\"'"),
        ('it\'s $5, `so` "\\"!', '"it\'s \\$5, \\`so\\` \\"\\\\\\"\\!"'),
        ("a-b_c/d.e+f%g~h", "a-b_c/d.e+f%g~h"),
        ("ä€", "ä€"),
    ],
    ids=repr,
)
def test_a_value_is_quoted_as_heroku_quotes_it(value: str, expected: str) -> None:
    """Its table, and what is between its lines."""
    assert quoted(value) == expected


@pytest.mark.parametrize("letter", '"#!$&()*,:;<=>?@[\\]^`{|} ')
def test_a_special_letter_needs_quotes(letter: str) -> None:
    """Each of them, in single quotes as it is."""
    assert quoted(f"a{letter}b") == f"'a{letter}b'"


def test_the_values_stand_in_a_column() -> None:
    """In the order of the names."""
    assert list(aligned({"TIMEZONE": "UTC", "LANG": "en_US.UTF-8"})) == [
        "LANG:     en_US.UTF-8",
        "TIMEZONE: UTC",
    ]
    assert list(aligned({})) == []


def test_assignments_are_sorted() -> None:
    """One to a line."""
    assert list(assignments({"B": "", "A": "a b"})) == ["A='a b'", "B="]


def test_a_mask_tells_nothing() -> None:
    """Not even how long a value is."""
    assert masked({"B": "", "A": "secret"}) == {"A": "********", "B": "********"}
