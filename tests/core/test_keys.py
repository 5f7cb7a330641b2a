"""Keys and their names."""

from __future__ import annotations

import pytest

from procrun.core.keys import NoSuchKey, parse, spell, title


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ctrl-\\", 28),
        ("ctrl-]", 29),
        ("^]", 29),
        ("^^", 30),
        ("ctrl-_", 31),
        ("Ctrl-A", 1),
        ("CTRL+x", 24),
        ("c-z", 26),
        ("^C", 3),
        ("ctrl-@", 0),
        (" ^b ", 2),
    ],
)
def test_a_key_is_the_byte_that_a_terminal_sends(text: str, key: int) -> None:
    """However it is spelled."""
    assert parse(text) == key


@pytest.mark.parametrize(
    "text", ["", "^", "x", "ctrl-", "ctrl-ab", "ctrl-1", "ctrl-é", "alt-x", "esc", "^^^", "\\"]
)
def test_what_is_no_key(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NoSuchKey, match=r"^$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("^M", "Enter"), ("^j", "Enter"), ("ctrl-i", "Tab"), ("^[", "arrow keys"), ("^H", "Backsp")],
)
def test_keys_that_nobody_can_do_without_are_refused(text: str, why: str) -> None:
    """With the reason."""
    with pytest.raises(NoSuchKey, match=why):
        parse(text)


@pytest.mark.parametrize("key", [0, 1, 3, 26, 28, 29, 30, 31])
def test_a_key_is_spelled_as_it_is_read(key: int) -> None:
    """In settings and in messages."""
    assert parse(spell(key)) == parse(title(key)) == key
    assert title(28) == "Ctrl-\\"
