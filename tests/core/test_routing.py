"""Which dyno gets a request, and what is told where none does."""

from __future__ import annotations

import pytest

from procrun.core.lifecycle import State
from procrun.core.router_errors import (
    ALL_QUARANTINED,
    APP_CRASHED,
    BLANK_APP,
    BOOT_TIMEOUT,
    CONNECT_REFUSED,
    CONNECT_TIMEOUT,
    MAINTENANCE,
    NO_WEB_PROCESSES,
    Failure,
)
from procrun.core.routing import (
    Durations,
    Dyno,
    Quarantine,
    Routes,
    after_tries,
    after_waiting,
    may_repeat,
    most_under_way,
    pick,
)

NAMES = ["web.1", "web.2", "web.3"]


def web(*states: str) -> tuple[Dyno, ...]:
    """Dynos in some states."""
    return tuple(Dyno(f"web.{n}", 5000 + n, State(state)) for n, state in enumerate(states, 1))


@pytest.mark.parametrize(
    ("states", "failure"),
    [
        ((), NO_WEB_PROCESSES),
        (("down",), NO_WEB_PROCESSES),
        (("down", "complete"), NO_WEB_PROCESSES),
        (("crashed",), APP_CRASHED),
        (("crashed", "down"), APP_CRASHED),
        (("crashed", "starting"), None),
        (("crashed", "stopping"), None),
        (("crashed", "up"), None),
        (("starting",), None),
        (("stopping",), None),
        (("up", "up"), None),
    ],
)
def test_requests_are_refused_where_no_dyno_will_ever_be_up(
    states: tuple[str, ...], failure: Failure | None
) -> None:
    """What starts, or stops and will start again, is waited for."""
    assert Routes(web(*states)).refusal is failure


def test_maintenance_comes_before_everything() -> None:
    """Then an app that is not there, then its dynos."""
    assert Routes(web("up"), maintenance=True).refusal is MAINTENANCE
    assert Routes(maintenance=True, deployed=False).refusal is MAINTENANCE
    assert Routes(deployed=False).refusal is BLANK_APP


def test_only_dynos_that_are_up_get_requests() -> None:
    """Not those that start or stop."""
    routes = Routes(web("up", "starting", "up", "stopping", "crashed"))

    assert [dyno.name for dyno in routes.up] == ["web.1", "web.3"]


@pytest.mark.parametrize(
    ("tried", "draw", "chosen"),
    [
        ((), 0.0, "web.1"),
        ((), 0.34, "web.2"),
        ((), 0.999999, "web.3"),
        (("web.1",), 0.0, "web.2"),
        (("web.1", "web.3"), 0.9, "web.2"),
        (("web.1", "web.2", "web.3"), 0.5, "web.2"),
    ],
)
def test_a_dyno_is_drawn_from_those_that_were_not_tried(
    tried: tuple[str, ...], draw: float, chosen: str
) -> None:
    """From all, once each was."""
    assert pick(NAMES, tried, draw) == chosen


@pytest.mark.parametrize(
    ("tries", "dynos", "timed_out", "failure"),
    [
        (1, 1, False, CONNECT_REFUSED),
        (1, 1, True, CONNECT_TIMEOUT),
        (1, 2, False, None),
        (2, 2, False, CONNECT_REFUSED),
        (9, 50, False, None),
        (10, 50, True, CONNECT_TIMEOUT),
        (1, 0, False, CONNECT_REFUSED),
    ],
)
def test_each_dyno_is_tried_once_and_ten_at_most(
    tries: int, dynos: int, *, timed_out: bool, failure: Failure | None
) -> None:
    """The last one says which failure it is."""
    assert after_tries(tries, dynos, timed_out=timed_out) is failure


def test_what_was_waited_for_in_vain_is_told() -> None:
    """A dyno that starts, or one that is in quarantine."""
    assert after_waiting(0) is BOOT_TIMEOUT
    assert after_waiting(2) is ALL_QUARANTINED


def test_a_quarantine_ends_by_itself() -> None:
    """After its time, or when the dyno is another process."""
    quarantine = Quarantine(5.0)
    assert not quarantine
    quarantine.add("web.1", 100.0)
    quarantine.add("web.2", 101.0)

    assert quarantine.free(NAMES, 104.9) == ["web.3"]
    assert quarantine.next_end == 105.0
    assert quarantine.free(NAMES, 105.0) == ["web.1", "web.3"]
    quarantine.remove("web.2")
    assert not quarantine
    assert quarantine.next_end == 0.0


@pytest.mark.parametrize(
    ("method", "reused", "body_sent", "answered", "may"),
    [
        (b"GET", True, False, False, True),
        (b"HEAD", True, False, False, True),
        (b"PUT", True, False, False, True),
        (b"DELETE", True, False, False, True),
        (b"POST", True, False, False, False),
        (b"PATCH", True, False, False, False),
        (b"GET", False, False, False, False),
        (b"PUT", True, True, False, False),
        (b"GET", True, False, True, False),
    ],
)
def test_only_what_is_safe_is_sent_again(
    method: bytes, *, reused: bool, body_sent: bool, answered: bool, may: bool
) -> None:
    """An idempotent request on a connection from the pool, of which nothing else is known."""
    assert may_repeat(method, reused=reused, body_sent=body_sent, answered=answered) is may


def test_two_hundred_requests_for_each_dyno() -> None:
    """For one at least: requests may wait for it."""
    assert [most_under_way(dynos) for dynos in (0, 1, 3)] == [200, 200, 600]


def test_durations_are_scaled_together() -> None:
    """For tests, and for the impatient."""
    scaled = Durations().scaled(0.1)

    assert (scaled.first_byte, scaled.silence) == pytest.approx((3.0, 5.5))
    assert scaled.replace(connect=1.0).idle_dyno == pytest.approx(9.0)
