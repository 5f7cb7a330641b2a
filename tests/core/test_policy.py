"""What the end of a dyno means for the app."""

from __future__ import annotations

import pytest

from procrun.core.policy import Policy, Verdict


def policy(restart: str = "", can_die: str = "", watched: str = "") -> Policy:
    """A policy for process types that are named."""
    return Policy(*(types.split().__contains__ for types in (restart, can_die, watched)))


@pytest.mark.parametrize("code", [0, 1, 137])
def test_one_end_stops_the_app(code: int) -> None:
    """Foreman's rule: whatever the status."""
    assert policy().ended("web", code) is Verdict.STOP_APP


@pytest.mark.parametrize("code", [0, 1, 137])
@pytest.mark.parametrize(
    ("restart", "can_die", "verdict"),
    [
        pytest.param("worker", "worker", Verdict.STOP_APP, id="another type"),
        pytest.param("web worker", "", Verdict.RESTART, id="restart"),
        pytest.param("", "web", Verdict.STAY_DOWN, id="can die"),
        pytest.param("web", "web", Verdict.RESTART, id="both"),
    ],
)
def test_types_have_rules_of_their_own(
    restart: str, can_die: str, verdict: Verdict, code: int
) -> None:
    """Restarting goes before letting die."""
    assert policy(restart, can_die).ended("web", code) is verdict


@pytest.mark.parametrize(
    ("restart", "can_die", "verdict"),
    [
        ("", "", Verdict.AWAIT_CHANGE),
        ("", "web", Verdict.AWAIT_CHANGE),
        ("web", "", Verdict.RESTART),
    ],
)
def test_what_is_watched_waits_for_a_change(restart: str, can_die: str, verdict: Verdict) -> None:
    """Unless it is started again anyway."""
    assert policy(restart, can_die, "web").ended("web", 1) is verdict
    assert policy(watched="worker").ended("web", 1) is Verdict.STOP_APP


@pytest.mark.parametrize(
    ("codes", "status"),
    [([0, 0, 0], 0), ([0, 3, 4], 3), ([143, 0, 1], 143)],
    ids=["all well", "the second failed", "a signal"],
)
def test_the_exit_status_is_the_first_that_is_not_0(codes: list[int], status: int) -> None:
    """Where every dyno could die and did."""
    app = policy(can_die="web")
    for code in codes:
        app.ended("web", code)

    assert app.exit_code == status
