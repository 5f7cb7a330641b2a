"""The line between an app and the process that owns it: a test suite, or `procrun with`.

It is the standard input and output of the app's host. What the owner writes is a letter each: stop,
or go on without me. The end of it means that the owner is gone, however it went, and ends the app.
What the owner reads is two lines: how the app began, and how it ended.
"""

from __future__ import annotations

import os
import select

from procrun.core.order import KEEP, STOP, Begun
from procrun.system.signal_roles import STOPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.app.owner import Run
    from procrun.core.order import Ended, Refused

_IN, _OUT = 0, 1
_LETTERS = 16  # bytes; more than an owner ever says


class Lifeline:
    """The host's end. `kept` once the owner has let the app go on without it."""

    shows_log = False
    writes_files = False
    needs_reception = True
    ends_with_its_dynos = False

    def __init__(self) -> None:
        self.kept = False
        self._is_cut = False

    def hear(self, text: str) -> None:
        """The owner waits for more."""

    def began(self, run: Run) -> None:
        """Tell the owner so; end the app when the owner says so or is gone."""
        self.tell(Begun(run.launcher.config.values, run.grace, os.getppid()))

        def heard() -> None:
            if why := self._hear():
                run.end(why)
            if self._is_cut:
                run.loop.forget(_IN)

        run.loop.watch(_IN, heard)

    def ended(self, run: Run, why: str) -> None:
        """The owner may still read its log, until it lets go."""

    @property
    def lingers(self) -> bool:
        """Whether the owner has yet to let go."""
        return not (self.kept or self._is_cut)

    def tell(self, what: Begun | Ended | Refused) -> None:
        """Write a line to the owner, who may be gone."""
        try:
            line = what.encode()
            while line:
                line = line[os.write(_OUT, line) :]
        except OSError:
            pass

    def await_end(self, signals: int) -> None:
        """Wait until the owner lets go: it reads what the app has left, until then.

        `signals` is what the guardian relays; one that stops us ends the wait, as does its end.
        """
        while self.lingers:
            ready, _, _ = select.select([_IN, signals], [], [])
            if _IN in ready:
                self._hear()
            if signals in ready and not _are_harmless(os.read(signals, _LETTERS)):
                break

    def _hear(self) -> str:
        """Why the app is to end, "" if it goes on."""
        said = os.read(_IN, _LETTERS)
        self._is_cut = not said
        self.kept = self.kept or KEEP in said
        if STOP in said:
            return "stopped"
        return "stopped because its owner is gone" if self._is_cut and not self.kept else ""


def _are_harmless(numbers: bytes) -> bool:
    return bool(numbers) and not any(number in STOPS for number in numbers)
