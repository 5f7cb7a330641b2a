"""Text of files and command lines: decoding, numbers, quoting in messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core.text import decode, excerpt, whole_number
from procrun.errors import ConfigError


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"web: a\n", "web: a\n", id="ascii"),
        pytest.param("web: é\n".encode(), "web: é\n", id="utf-8"),
        pytest.param(b"\xef\xbb\xbfweb: a\n", "web: a\n", id="byte order mark"),
        pytest.param(b"web: a\r\n", "web: a\r\n", id="CRLF is left alone"),
        pytest.param(b"web: a\xef\xbb\xbf", "web: a\ufeff", id="a mark elsewhere is text"),
    ],
)
def test_utf_8_is_decoded(raw: bytes, text: str) -> None:
    """UTF-8 is decoded as it is, less a byte order mark at the start."""
    assert decode(raw, "Procfile") == text


def test_every_line_that_is_not_utf_8_is_told() -> None:
    """Each undecodable line is one problem with its place, its first bad byte and a remedy."""
    with pytest.raises(ConfigError) as caught:
        decode(b"\xef\xbb\xbfweb: caf\xe9\nok: ok\r\ndb: \xc3\n", "sub/Procfile")

    assert [str(problem) for problem in caught.value.problems] == [
        "sub/Procfile:1: not UTF-8: byte 0xe9",
        "sub/Procfile:3: not UTF-8: byte 0xc3",
    ]
    assert all(problem.hint for problem in caught.value.problems)


def test_utf_16_is_told_as_not_utf_8() -> None:
    """What Windows PowerShell's `>` writes is refused at its first line."""
    with pytest.raises(ConfigError, match=r"^Procfile:1: not UTF-8: byte 0xff\n"):
        decode(b"\xff\xfe" + "web: a\n".encode("utf-16-le"), "Procfile")


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_a_config_error(raw: bytes) -> None:
    """Bytes come back as the text that encodes to them, or nothing but ConfigError is raised."""
    try:
        text = decode(raw, "Procfile")
    except ConfigError as error:
        lines = [problem.where for problem in error.problems]
    else:
        lines = [] if raw in {text.encode(), b"\xef\xbb\xbf" + text.encode()} else ["changed"]

    assert bool(lines) == (raw.decode(errors="ignore").encode() != raw)
    assert "changed" not in lines


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("08", 8),
        ("999999999", 999_999_999),
        ("1000000000", None),
        ("9" * 5000, None),
        ("", None),
        ("x", None),
        ("-1", None),
        ("+1", None),
        ("1_0", None),
        ("1.0", None),
        (" 1", None),
        ("1\n", None),
        ("٣", None),
        ("²", None),
    ],
    ids=ascii,
)
def test_a_whole_number_is_plain_ascii_digits(text: str, number: int | None) -> None:
    """Nothing but a short run of ASCII digits is a number."""
    assert whole_number(text) == number


def test_an_excerpt_is_quoted_short_and_shows_what_is_invisible() -> None:
    """Escapes and invisible characters are spelt out, and a long text is cut."""
    assert excerpt("\ufeffweb\x1b[31m") == r"'\ufeffweb\x1b[31m'"
    assert excerpt("x" * 60) == repr("x" * 60)
    assert excerpt("x" * 61) == repr("x" * 59 + "…")
