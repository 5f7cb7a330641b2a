"""What a router is told of web dynos, and what it answers."""

from __future__ import annotations

import pytest

from procrun.core.lifecycle import State
from procrun.core.route_news import RELIEVED, SEEN, answer, answered, decode, edition, encode
from procrun.core.routing import Dyno, Routes

WEB = (Dyno("web.1", 5001, State.UP), Dyno("web.2", 5002, State.CRASHED))
NEW = {"name": "web.1", "port": 5001, "state": "asleep"}  # there is no such state


@pytest.mark.parametrize(
    "routes",
    [Routes(), Routes(WEB, maintenance=True, error_page="//e", maintenance_page="//m")],
    ids=["none", "all"],
)
@pytest.mark.parametrize("number", [None, 0, 3])
def test_routes_are_read_as_they_were_written(routes: Routes, number: int | None) -> None:
    """With the number of their edition, if they have one."""
    assert decode(encode(routes, number)) == routes
    assert edition(encode(routes, number)) == number


def test_the_words_on_the_socket() -> None:
    """Routers of others read them as well; where nothing is said there is nothing."""
    assert encode(Routes(WEB[:1])) == {
        "web": [{"name": "web.1", "port": 5001, "state": "up"}],
        "maintenance": False,
        "deployed": True,
        "error_page": "",
        "maintenance_page": "",
    }
    assert decode({}) == Routes()


@pytest.mark.parametrize(
    "web", [1, [1], [{}], [{"name": "web.1", "port": None, "state": "up"}], [NEW]]
)
def test_routes_that_are_none_are_an_error(web: object) -> None:
    """Of the same kinds."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        decode({"web": web})


def test_answers_are_read_as_they_were_written() -> None:
    """Of editions alone, which are numbers."""
    assert answered(answer(SEEN, 3).rstrip()) == (SEEN, 3)
    assert answered(answer(RELIEVED, 12).rstrip()) == (RELIEVED, 12)


@pytest.mark.parametrize("line", [b"", b"seen", b"seen x", b"heard 1", b"\xff 1", b"relieved 1 2"])
def test_anything_else_is_no_answer(line: bytes) -> None:
    """An error that whoever reads it catches."""
    with pytest.raises(ValueError):  # noqa: PT011 - whichever words it has
        answered(line)
