"""A start of the app as a release: the record of it, and nobody else makes one meanwhile."""

from __future__ import annotations

from procrun.config.change import Edited
from procrun.config.ledger import Ledger
from procrun.core.release import (
    FAILED,
    INITIAL,
    PENDING,
    Release,
    current,
    described_deploy,
    is_the_same_app,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.settings import Settings


class Deploy:
    """The `release` of a start, until whose `end` others wait for their turn.

    A start of what the newest good release is already makes no new one. `made` are the releases
    that are new, the oldest first.
    """

    def __init__(self, settings: Settings, *, has_command: bool) -> None:
        """Wait for our turn, and record it: as pending where a release command is to run.

        Paths in `settings` are absolute. ProcrunError where there can't be records, ConfigError
        for an env file that can't be read again.
        """
        self._ledger = Ledger(settings.root).__enter__()  # until `end`, or until we are gone
        self.made: list[Release] = []
        self.release = self._begin(Edited(settings), has_command=has_command)

    @property
    def is_new(self) -> bool:
        """Whether the release was made for this start."""
        return self.release in self.made

    def end(self, output: bytes | None, *, passed: bool, interrupted: bool = False) -> None:
        """Record what became of it, and what its release command wrote. Others may go on.

        A release that has been good before stays so where the command was `interrupted`.
        ProcrunError and OSError where that can't be recorded.
        """
        try:
            if passed and self.is_new:
                self._ledger.write(self.release)
            elif not passed and (self.is_new or not interrupted):
                self._ledger.write(self.release.replace(status=FAILED))
            if output is not None:
                self._ledger.keep_output(self.release.name, output)
        finally:
            self._ledger.__exit__()

    def _begin(self, edited: Edited, *, has_command: bool) -> Release:
        ledger = self._ledger
        edited.begin(ledger)
        text = edited.file.read()
        config = edited.config(text)
        releases = ledger.releases()
        if not releases:
            self.made.append(edited.release(ledger, INITIAL, text, config))
            ledger.write(self.made[0])
        new = edited.release(ledger, "", text, config)
        known = current(releases)
        if known is not None and is_the_same_app(known, new):
            return known
        new = new.replace(description=described_deploy(new.commit))
        self.made.append(new)
        ledger.write(new.replace(status=PENDING) if has_command else new)
        return new
