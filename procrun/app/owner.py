"""Whose a run of an app is: who sees its log, who hears that it began, what it ends with.

Its owner is a terminal, the caller of `procrun start -D` (app/announcement.py), or the process at
the other end of a lifeline (app/lifeline.py).
"""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.app.reception import Reception
    from procrun.launcher import Launcher
    from procrun.logs.terminal import Format
    from procrun.loop import Loop
    from procrun.requests.entrance import Entrance
    from procrun.supervisor import Supervisor


class Run(Value):
    """What an owner gets to know of a run that other processes can reach."""

    supervisor: Supervisor
    reception: Reception
    entrance: Entrance
    launcher: Launcher
    loop: Loop
    layout: Callable[[], Format]  # of a log that is read later
    grace: float  # seconds, the longest of any dyno's
    end: Callable[[str], None]  # for the reason that it is given
    code: int  # what it ends with, as far as that is known


class Terminal:
    """Whoever has standard output, and reads the log there."""

    shows_log = True
    writes_files = True
    needs_reception = False
    ends_with_its_dynos = True
    lingers = False

    def hear(self, text: str) -> None:
        """It is in the log."""

    def began(self, run: Run) -> None:
        """Nobody waits to hear it."""

    def ended(self, run: Run, why: str) -> None:
        """It was seen."""


if TYPE_CHECKING:

    class Owner(Protocol):
        """Whose a run is."""

        shows_log: bool  # on standard output, whose reader it needs then
        writes_files: bool  # of its log, where the settings say so
        needs_reception: bool  # an app that no other process reaches is of no use to it
        ends_with_its_dynos: bool  # else it is there to be asked about them

        @property
        def lingers(self) -> bool:
            """Whether our processes stay when all has ended, until it lets go of them."""

        def hear(self, text: str) -> None:
            """Something happens before that."""

        def began(self, run: Run) -> None:
            """The dynos are starting, and other processes reach the app."""

        def ended(self, run: Run, why: str) -> None:
            """All has ended, for a reason that may be ""."""
