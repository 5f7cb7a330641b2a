"""What a process listens on, in words."""

from __future__ import annotations

import pytest

from procrun.core.diagnosis import listens, not_http, remedy


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "listens on nothing, PORT is 5000"),
        ([("127.0.0.1", 5099)], "listens on 5099, PORT is 5000"),
        ([("0.0.0.0", 5099), ("::", 5099), ("::1", 80)], "listens on 5099 and 80, PORT is 5000"),
        ([("::", 1), ("::", 2), ("::", 3)], "listens on 1, 2 and 3, PORT is 5000"),
        ([("::1", 5000)], "listens on port 5000, but only on ::1"),
        ([("::1", 5000), ("10.0.0.7", 5000)], "listens on port 5000, but only on ::1 and 10.0.0.7"),
        ([("::1", 5000), ("::1", 5001)], "listens on port 5000, but only on ::1"),
        ([("/run/app.sock", 0)], "listens on /run/app.sock, PORT is 5000"),
        ([("/run/gunicorn.ctl", 0)], "listens on nothing, PORT is 5000"),
        ([("127.0.0.1", 5000)], ""),
        ([("::1", 5000), ("0.0.0.0", 5000)], ""),
        ([("::", 5000)], ""),
    ],
)
def test_it_is_said_beside_what_is_wanted(found: list[tuple[str, int]], words: str) -> None:
    """Nothing is said of who listens where it should."""
    assert listens(5000, found) == words


def test_the_other_loopback_is_fine_where_it_is_looked_at() -> None:
    """As it is where nobody asks for 127.0.0.1."""
    assert listens(5000, [("::1", 5000)], own=False) == ""
    assert listens(5000, [("10.0.0.7", 5000)], own=False) == (
        "listens on port 5000, but only on 10.0.0.7"
    )


@pytest.mark.parametrize(
    ("words", "does"),
    [
        ("web.1: no answer from / yet; it listens on 8765, PORT is 38741", True),
        ("web.1: no answer from / yet; it listens on nothing, PORT is 38741", False),
        ("web.1: no answer from / yet", False),
    ],
)
def test_who_listens_elsewhere_can_be_helped(words: str, *, does: bool) -> None:
    """Who does not listen at all may be about to."""
    assert remedy(words) == ("Bind to $PORT in the Procfile." if does else "")


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (b"\x15\x03\x01\x00\x02\x02F", "its port speaks TLS"),
        (b"SSH-2.0-OpenSSH_9\r\n", "what answers on its port is not HTTP"),
        (b"", ""),
    ],
)
def test_other_protocols_are_told(received: bytes, words: str) -> None:
    """By their first bytes."""
    assert not_http(received) == words
