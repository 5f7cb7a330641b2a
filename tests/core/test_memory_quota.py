"""What Heroku says and does about a dyno's memory."""

from __future__ import annotations

import pytest

from procrun.core.memory_quota import FINE, MB, judge

QUOTA = 512 * MB
R14 = "Error R14 (Memory quota exceeded)"
R15 = "Error R15 (Memory quota vastly exceeded)"


@pytest.mark.parametrize("used", [0, QUOTA - 1, QUOTA])
def test_within_the_quota_nothing_is_said(used: int) -> None:
    """All of it may be used."""
    assert judge(used, QUOTA) is FINE


@pytest.mark.parametrize(
    ("used", "running"),
    [
        (516.6 * MB, "Process running mem=516M(100.9%)"),
        (1023.9 * MB, "Process running mem=1023M(200.0%)"),
    ],
)
def test_above_the_quota_is_r14(used: float, running: str) -> None:
    """It is told, and the dyno goes on."""
    found = judge(int(used), QUOTA)

    assert found.lines == (running, R14)
    assert not found.kills


def test_twice_the_quota_is_r15() -> None:
    """The dyno is killed."""
    found = judge(2 * QUOTA, QUOTA)

    running = "Process running mem=1024M(200.0%)"
    assert found.lines == (running, R15, "Stopping process with SIGKILL")
    assert found.kills
