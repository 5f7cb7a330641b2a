"""The key that leaves, in what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.keys import parse
from procrun.core.leave_key import LeaveKey

BACKSLASH = parse("ctrl-\\")
FORMS = [b"\x1c", b"\x1b[27;5;92~", b"\x1b[92;5u"]


def found(*typed: bytes, key: int = BACKSLASH) -> tuple[bytes, bool]:
    """What is passed on of some reads, and whether the key was there."""
    leave = LeaveKey(key)
    passed = b""
    for read in typed:
        more, leaves = leave.feed(read)
        passed += more
        if leaves:
            return passed, True
    return passed, False


@pytest.mark.parametrize("form", FORMS)
def test_the_key_is_found_in_every_form(form: bytes) -> None:
    """With what stands in front of it, not with what comes behind."""
    assert found(b"one\r" + form + b"two") == (b"one\r", True)
    assert found(b"one", form) == (b"one", True)


@pytest.mark.parametrize("form", FORMS[1:])
def test_the_key_is_found_in_pieces(form: bytes) -> None:
    """Only what may be a key of its own was passed on before."""
    for split in range(1, len(form)):
        passed = form[:split] if split <= 2 else b""
        assert found(b"one" + form[:split], form[split:] + b"two") == (b"one" + passed, True)
    assert found(*(bytes((byte,)) for byte in form)) == (form[:2], True)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("ctrl-]", b"\x1b[27;5;93~"),
        ("ctrl-a", b"\x1b[27;5;97~"),
        ("ctrl-a", b"\x1b[97;5u"),
        ("ctrl-a", b"\x1b[97:65;6u"),
        ("ctrl-a", b"\x1b[97;133u"),  # with num lock
        ("ctrl-a", b"\x1b[97;5:1u"),
        ("ctrl-a", b"\x1b[97;5:2;1u"),
        ("ctrl-a", b"\x1b[1092::97;5u"),  # on a Russian keyboard
        ("ctrl-_", b"\x1b[27;6;95~"),
        ("ctrl-_", b"\x1b[45;6u"),
        ("ctrl-^", b"\x1b[54:94;6u"),
        ("ctrl-\\", b"\x1b[52;5u"),  # Ctrl-4, which usually sends the same
        ("ctrl-@", b"\x1b[32;5u"),
    ],
)
def test_a_key_is_found_as_keyboards_send_it(name: str, typed: bytes) -> None:
    """Whatever else is told of it."""
    assert found(b"x" + typed, key=parse(name)) == (b"x", True)


@pytest.mark.parametrize(
    "typed",
    [
        b"\\",
        b"\x1b[A",
        b"\x1b[93;5u",
        b"\x1b[92u",
        b"\x1b[92;1u",
        b"\x1b[92;2u",  # Shift
        b"\x1b[92;7u",  # Alt as well
        b"\x1b[92;5:3u",  # it is let go
        b"\x1b[27;1;92~",
        b"\x1b[200~text\x1b[201~",
        b"\x1b[92;5R",
        b"\x1b[27;5;92u",
    ],
)
def test_other_keys_pass(typed: bytes) -> None:
    """Whole, whatever the pieces in which they come."""
    assert found(typed) == (typed, False)
    assert found(*(bytes((byte,)) for byte in typed)) == (typed, False)


@pytest.mark.parametrize("typed", [b"\x1b", b"\x1b[", b"x\x1b"])
def test_escape_does_not_wait(typed: bytes) -> None:
    """Nothing may follow."""
    assert LeaveKey(BACKSLASH).feed(typed) == (typed, False)


def test_at_the_end_nothing_waits_any_more() -> None:
    """What was begun is passed on."""
    assert found(b"a\x1b[92") == (b"a", False)
    assert found(b"a\x1b[92", b"") == (b"a\x1b[92", False)
    assert found(b"a\x1b[", b"9", b"") == (b"a\x1b[9", False)


def test_what_is_too_long_for_a_key_passes() -> None:
    """It is none."""
    much = b"\x1b[" + b"1" * 100_000
    assert found(*(much[i : i + 1000] for i in range(0, len(much), 1000))) == (much, False)


typed_pieces = st.sampled_from(
    [b"a", b"\x1b", b"[", b"9", b"92", b";5", b"u", b"~", b"27;5;", b"\x1c"]
)


@given(st.lists(typed_pieces, max_size=12))
def test_the_pieces_make_no_difference(reads: list[bytes]) -> None:
    """But that the first bytes of a sequence may be out already."""
    passed, leaves = found(*reads, b"")
    at_once, leaves_at_once = found(b"".join(reads), b"")

    assert leaves == leaves_at_once
    assert passed in (
        (at_once,) if not leaves else (at_once, at_once + b"\x1b", at_once + b"\x1b[")
    )
