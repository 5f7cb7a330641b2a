"""What tells that a dyno is up, as it is written and as it is recognized."""

from __future__ import annotations

import pytest

from procrun.core import readiness
from procrun.core.readiness import Readiness, Sign


class TestParse:
    """A sign as a setting has it."""

    @pytest.mark.parametrize(
        ("text", "sign", "detail"),
        [
            ("launched", Sign.LAUNCHED, ""),
            ("port", Sign.PORT, ""),
            ("http:/", Sign.HTTP, "/"),
            ("http:/health?full=1", Sign.HTTP, "/health?full=1"),
            ("answer:/", Sign.ANSWER, "/"),
            ("log:Listening at: http", Sign.LOG, "Listening at: http"),
            ("command:pg_isready -q -t 1", Sign.COMMAND, "pg_isready -q -t 1"),
        ],
    )
    def test_a_sign_is_read_and_printed_as_it_was(self, text: str, sign: Sign, detail: str) -> None:
        """What follows the first colon is taken as it is."""
        assert readiness.parse(text) == Readiness(sign, detail)
        assert str(readiness.parse(text)) == text

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", ""),
            ("ports", ""),
            ("http", ""),
            ("port:5000", ""),
            ("launched:", ""),
            ("log:", "nothing follows the colon"),
            ("command: ", "nothing follows the colon"),
            ("http:health", "a path begins with a slash"),
            ("answer:x", "a path begins with a slash"),
            ("answer", ""),
            ("http:/a\r\nX: y", "a path begins with a slash"),
            ("log:(", "not a regular expression"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str, reason: str) -> None:
        """With a reason, where there is more to say than what a sign is."""
        with pytest.raises(ValueError, match=reason or "^$"):
            readiness.parse(text)

    def test_web_has_a_port_and_others_are_up_at_once(self) -> None:
        """Where nobody says."""
        assert readiness.usual("web") == Readiness(Sign.PORT)
        assert readiness.usual("worker") == Readiness(Sign.LAUNCHED)

    @pytest.mark.parametrize("text", ["port", "http:/up", "answer:/", "log:ready", "command:true"])
    def test_what_is_missing_is_told(self, text: str) -> None:
        """With what was asked for."""
        sign = readiness.parse(text)

        assert sign.detail in sign.missing
        assert sign.missing


class TestAnswer:
    """The first line of an HTTP response."""

    @pytest.mark.parametrize(
        ("head", "good"),
        [
            (b"HTTP/1.1 200 OK\r\n", True),
            (b"HTTP/1.0 204\r\nContent-Length: 0\r\n\r\n", True),
            (b"HTTP/1.1 302 Found\r\nLocation: /login\r\n", True),
            (b"HTTP/1.1 404 Not Found\r\n", False),
            (b"HTTP/1.1 503 Service Unavailable\r\n", False),
            (b"HTTP/1.1 100 Continue\r\n", None),
            (b"HTTP/1.1 100 Continue\r\n\r\n", None),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", True),
            (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 500 Oh\r\n", False),
            (b"HTTP/1.1 100 Continue\r\n\r\nSSH-2.0-OpenSSH_9\r\n", False),
            (b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, False),
            (b"HTTP/1.1 100 Continue\r\n" + b"X: y\r\n" * 20_000, False),
            (b"SSH-2.0-OpenSSH_9\r\n", False),
            (b"HTTP/1.1\r\n", False),
            (b"HTTP/1.1 \xc2\xb2\xc2\xb2\xc2\xb2 OK\r\n", False),
            (b"HTTP/1.1 2", None),
            (b"", None),
            (b"x" * 1024, False),
            (b"HTTP/1.1 " + b"x" * 1024, False),
            (b"\x15\x03\x01", False),
            (b"HTT", None),
            (b"HTX", False),
        ],
    )
    def test_only_success_and_redirects_are_good(self, head: bytes, *, good: bool | None) -> None:
        """Half of a line is not judged, and what has no end is no answer."""
        assert Readiness(Sign.HTTP, "/").is_given_by(head) is good

    @pytest.mark.parametrize(
        ("head", "good"),
        [
            (b"HTTP/1.1 404 Not Found\r\n", True),
            (b"HTTP/1.1 500 Oh\r\n", True),
            (b"HTTP/1.1 100 Continue\r\n\r\n", None),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\n", True),
            (b"SSH-2.0-OpenSSH_9\r\n", False),
            (b"HTTP/1.1 000 None\r\n", False),
            (b"", None),
        ],
    )
    def test_any_status_is_an_answer(self, head: bytes, *, good: bool | None) -> None:
        """Where that is the sign; what is provisional is not yet one, and other protocols none."""
        assert Readiness(Sign.ANSWER, "/").is_given_by(head) is good


class TestPause:
    """The time between two looks."""

    @pytest.mark.parametrize("pace", [readiness.QUIET, readiness.LOUD])
    def test_it_grows_to_a_second(self, pace: readiness.Pace) -> None:
        """From 10 ms, and stays there."""
        pauses = [readiness.FIRST_PAUSE]
        for _ in range(300):
            pauses.append(pace.after(pauses[-1]))

        assert pauses[0] == 0.01
        assert pauses == sorted(pauses)
        assert pauses[-1] == pauses[-2] == 1.0

    def test_it_grows_to_less_where_it_is_the_own_one(self) -> None:
        """The first moment is noticed there."""
        assert readiness.QUIET_OF_OWN.after(0.02) == 0.02

    def test_a_quiet_look_comes_soon_after_a_port_opened(self) -> None:
        """At most 2 % of the time until then, and a few milliseconds, are lost."""
        elapsed, pause = 0.0, readiness.FIRST_PAUSE
        while elapsed < 30:
            assert pause <= 0.011 + 0.02 * elapsed
            elapsed += pause
            pause = readiness.QUIET.after(pause)


class TestCircle:
    """Types that wait for each other."""

    @pytest.mark.parametrize(
        ("after", "circle"),
        [
            ({}, ()),
            ({"web": ("db",), "db": ()}, ()),
            ({"web": ("db", "redis"), "worker": ("web", "db"), "redis": ("db",)}, ()),
            ({"web": ("web",)}, ("web",)),
            ({"web": ("db",), "db": ("web",)}, ("web", "db")),
            ({"a": ("b",), "b": ("c", "d"), "c": (), "d": ("b",)}, ("b", "d")),
            ({"web": ("nobody",)}, ()),
        ],
    )
    def test_it_is_found(self, after: dict[str, tuple[str, ...]], circle: tuple[str, ...]) -> None:
        """Each of it waits for the next; what only leads there is not part of it."""
        assert readiness.find_circle(after) == circle

    def test_a_chain_may_be_very_long(self) -> None:
        """Longer than Python's stack."""
        after = {f"t{number}": (f"t{number + 1}",) for number in range(5000)}

        assert readiness.find_circle(after) == ()
        assert readiness.find_circle({**after, "t5000": ("t4999",)}) == ("t4999", "t5000")
