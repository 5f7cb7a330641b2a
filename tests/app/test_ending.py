"""Which signals end an app, which kill it, and what it ends with."""

from __future__ import annotations

from signal import SIGINT, SIGQUIT, SIGTERM, Signals
from typing import TYPE_CHECKING

import pytest

from procrun.app.ending import Ending
from procrun.core.policy import Policy
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GRACE = 3600.0  # seconds: only a kill is impatient before
DIRECT, RELAYED = False, True


class Screen:
    """A display of which only the end is asked."""

    def __init__(self) -> None:
        self.abandoned = 0

    def end_focus(self) -> None:
        """It has none."""

    def abandon_if_blocked(self) -> None:
        """Which is the last thing that a kill does."""
        self.abandoned += 1


@pytest.fixture
def screen() -> Screen:
    """The display of the app."""
    return Screen()


@pytest.fixture
def ending(screen: Screen) -> Iterator[Ending]:
    """The end of an app without dynos."""
    loop = Loop()
    policy = Policy(lambda _type: False, lambda _type: True)
    supervisor = Supervisor(loop, Hub([]), policy, frozenset(), terminal=None, adopts=False)
    yield Ending(supervisor, loop, screen, None, policy, GRACE)  # type: ignore[arg-type]  # all that it asks
    loop.close()


@pytest.mark.parametrize(
    ("signals", "kills"),
    [
        ([(SIGINT, DIRECT)], 0),
        ([(SIGINT, DIRECT), (SIGINT, RELAYED)], 0),
        ([(SIGINT, RELAYED), (SIGINT, DIRECT)], 0),
        ([(SIGINT, DIRECT), (SIGINT, RELAYED)] * 2, 1),
        ([(SIGINT, RELAYED), (SIGINT, DIRECT)] * 2, 1),
        ([(SIGINT, DIRECT), (SIGINT, DIRECT), (SIGINT, RELAYED), (SIGINT, RELAYED)], 1),
        ([(SIGINT, RELAYED)] * 2, 1),
        ([(SIGTERM, RELAYED), (SIGQUIT, RELAYED)], 1),
        ([(SIGINT, RELAYED), (SIGTERM, RELAYED)], 0),
    ],
)
def test_the_second_of_some_signals_kills(
    ending: Ending, screen: Screen, signals: Sequence[tuple[Signals, bool]], kills: int
) -> None:
    """One that comes directly and relayed is one; the first decides what the app ends with."""
    for number, relayed in signals:
        ending.asked(number, relayed=relayed)

    assert screen.abandoned == kills
    assert ending.code == 128 + signals[0][0]
    assert ending.last_words == f"stopped by {signals[0][0].name}"


def test_the_first_reason_counts(ending: Ending) -> None:
    """Until there is one the code is that of the dynos."""
    assert (ending.has_begun, ending.code) == (False, 0)
    ending.begin(3, "stopped because web.1 exited")
    ending.guardian_is_gone()

    assert (ending.has_begun, ending.code) == (True, 3)
    assert ending.last_words == "stopped because web.1 exited"


def test_an_interrupt_kills_an_app_that_ends_already(ending: Ending, screen: Screen) -> None:
    """Whatever the reason was."""
    ending.begin(0)
    ending.asked(SIGINT, relayed=DIRECT)
    assert screen.abandoned == 0
    ending.asked(SIGINT, relayed=RELAYED)

    assert (screen.abandoned, ending.code) == (1, 0)
