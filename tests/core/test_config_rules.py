"""What can be a config var."""

from __future__ import annotations

import pytest

from procrun.core.config_rules import MOST, assignment, check_name, check_size, reserved, too_large
from procrun.errors import FAILURE, ProcrunError


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A=b", ("A", "b")), ("A=b=c", ("A", "b=c")), ("A=", ("A", "")), ("_a1=x y", ("_a1", "x y"))],
)
def test_an_assignment_is_split_at_the_first_equals_sign(
    text: str, expected: tuple[str, str]
) -> None:
    """The value may be anything."""
    assert assignment(text) == expected


def test_an_assignment_without_an_equals_sign_is_refused_as_heroku_does() -> None:
    """In the same words and with the same status."""
    with pytest.raises(ProcrunError) as caught:
        assignment("FOO")

    assert caught.value.message == "FOO is invalid. Must be in the format FOO=bar."
    assert caught.value.exit_code == FAILURE


@pytest.mark.parametrize("name", ["", "A-B", "1A", "a.b", "A B", "ä", "export A"])
def test_a_name_with_other_letters_is_refused(name: str) -> None:
    """A hyphen, a digit in front, a blank."""
    with pytest.raises(ProcrunError, match="is not the name of a config var"):
        check_name(name)


def test_reserved_names_are_known() -> None:
    """Heroku only says that one should not use them."""
    assert list(reserved(["A", "__A", "HEROKU_A", "HEROKUS", "_A"])) == ["__A", "HEROKU_A"]


def test_there_is_a_limit_for_all_of_them() -> None:
    """In bytes of names and values; what was too large before may become smaller."""
    full = {"A": "x" * (MOST - 1)}

    check_size({}, full)
    check_size({"A": "x" * MOST * 2}, {"A": "x" * MOST})
    with pytest.raises(ProcrunError, match="65,537 bytes"):
        check_size({}, {**full, "B": ""})
    with pytest.raises(ProcrunError, match="65,538 bytes"):
        check_size(full, {"A": "x" * (MOST - 1) + "ä"})


def test_what_is_not_utf_8_has_bytes_as_well() -> None:
    """On the command line there may be any."""
    value = b"\xff".decode("utf-8", "surrogateescape")

    assert too_large({"A": value * (MOST - 1)}) == ""
    assert "65,537 bytes" in too_large({"A": value * MOST})
