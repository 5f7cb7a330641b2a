"""What an owner and its host say to each other, as lines."""

from __future__ import annotations

import pytest

from procrun.core.order import START, Begun, DynoEnd, Ended, Order, Refused
from procrun.errors import Problem

ORDER = Order(
    START, "/app", {"A": "1"}, {"env": ["/app/.env"]}, {"B": "\udcff"}, ("web=2",), "port"
)
NO, YES = (False, False), (True, True)
BEGUN = Begun({"A": "1"}, 5.0, 7)
ENDED = Ended((DynoEnd("web.1", 143, *NO), DynoEnd("web.2", None, *YES)))
REFUSED = Refused((Problem("Procfile:1", "wrong", "Mend it."), Problem("", "so so")), 78)


def test_every_line_says_what_was_said() -> None:
    """Whatever it is; each is one line."""
    assert Order.decode(ORDER.encode()) == ORDER
    assert Begun.decode(BEGUN.encode()) == BEGUN
    assert Ended.decode(ENDED.encode()) == ENDED
    assert Refused.decode(REFUSED.encode()) == REFUSED
    for said in (ORDER, BEGUN, ENDED, REFUSED):
        assert said.encode().count(b"\n") == 1


def test_what_is_no_refusal_is_none() -> None:
    """A host says either that or how its app began."""
    assert Refused.decode(BEGUN.encode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"x",
        b'{"dynos": {}}',
        b'{"dynos": [{}]}',
        b'{"dynos": [["web.1", "x", 0, 0]]}',
    ],
    ids=repr,
)
def test_anything_else_is_an_error(line: bytes) -> None:
    """And never taken for an end."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        Ended.decode(line)
