"""Names of process types and dynos."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.names import DynoName, closest, is_process_type, one_off
from procrun.errors import ProcrunError

process_types = st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True)


@pytest.mark.parametrize("name", ["web", "my-web", "my_web", "Web2", "2", "-", "_", "x" * 128])
def test_letters_digits_hyphen_and_underscore_make_a_process_type(name: str) -> None:
    """Every name that Heroku's platform API takes is a process type."""
    assert is_process_type(name)


@pytest.mark.parametrize(
    "name", ["", " ", "my.web", "my web", "wéb", "web\n", "\ufeffweb", "web:", "٣", "x" * 129]
)
def test_anything_else_is_no_process_type(name: str) -> None:
    """Other characters, nothing at all and more than 128 characters are refused."""
    assert not is_process_type(name)


@given(process_types, st.integers(1, 999_999_999))
def test_a_dyno_name_reads_back_what_it_prints(process_type: str, number: int) -> None:
    """Printing and parsing a dyno's name are inverse."""
    name = DynoName(process_type, number)

    assert DynoName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "web", "web.", ".1", "web.0", "web.01", "web.-1", "web.x", "web.1.2", "a b.1", "web.1 "],
)
def test_what_is_not_a_dyno_name_is_an_error(text: str) -> None:
    """The error quotes what was typed and shows a name as it should be."""
    with pytest.raises(ProcrunError, match="is not the name of a dyno") as caught:
        DynoName.parse(text)

    assert caught.value.message.startswith(repr(text))
    assert "web.1" in caught.value.hint


def test_dynos_sort_by_type_and_then_by_number() -> None:
    """web.10 comes after web.9."""
    names = [DynoName.parse(text) for text in ("web.10", "worker.1", "web.9", "clock.1")]

    assert [str(name) for name in sorted(names)] == ["clock.1", "web.9", "web.10", "worker.1"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("wbe", "web"),
        ("WEB", "web"),
        ("web.1", "web"),
        ("wroker", "Worker"),
        ("postgres", None),
        ("", None),
    ],
)
def test_the_closest_word_is_the_one_that_was_meant(word: str, near: str | None) -> None:
    """A slip of the finger finds its word, as it is spelt; something else finds none."""
    assert closest(word, ["web", "Worker"]) == near


def test_nothing_is_close_to_nothing() -> None:
    """Without known words there is no closest one."""
    assert closest("web", []) is None


@given(st.integers(0, 2**32 - 1))
def test_a_one_off_has_one_of_the_numbers_that_heroku_gives(drawn: int) -> None:
    """From 1, of four digits at most."""
    name = one_off("run", drawn)

    assert (name.type, 1 <= name.number <= 9999) == ("run", True)
