"""A start of the app as a release: the record of it, and nobody else makes one meanwhile."""

from __future__ import annotations

import os

from procrun.config.change import Edited
from procrun.config.ledger import Ledger
from procrun.core.release import (
    FAILED,
    INITIAL,
    PENDING,
    SUCCEEDED,
    Release,
    described_deploy,
    described_edit,
    difference,
    is_the_same_app,
    was_deployed,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.config_vars import ConfigVars
    from procrun.settings import Settings


class Deploy:
    """The `release` of a start, until whose `end` others wait for their turn.

    A start of what the newest release is already, if that one is good, makes no new one. `made`
    are the releases that are new, the oldest first.
    """

    def __init__(self, settings: Settings, config: ConfigVars, *, has_command: bool) -> None:
        """Wait for our turn, and record it: as pending where a release command is to run.

        Paths in `settings` are absolute; `config` is what was read of the env files. ProcrunError
        where there can't be records, ConfigError for an env file that has become wrong.
        """
        self._ledger = Ledger(settings.root)
        self._settings = settings
        self.made: list[Release] = []
        self.is_first = False  # whether no deploy of the app has succeeded before
        self._ledger.enter()  # until `end`, or until we are gone
        try:
            self.release = self._begin(config, has_command=has_command)
        except BaseException:
            self._ledger.release()
            raise

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
            self._ledger.release()

    def _begin(self, config: ConfigVars, *, has_command: bool) -> Release:
        ledger, edited = self._ledger, Edited(self._settings)
        edited.begin(ledger)
        releases = ledger.releases()
        self.is_first = not was_deployed(releases)
        if not releases:
            self.made.append(self._next(edited, config).replace(description=INITIAL))
            ledger.write(self.made[0])
        new = self._next(edited, config)
        last = edited.last(releases)
        changes = difference(last.written, new.written) if last and self._is_file else {}
        if changes:  # made by hand since: one release with the deploy would hide them
            edit = new.replace(description=described_edit(edited.name, changes))
            self.made.append(edit)
            ledger.write(edit)
            new = new.replace(version=ledger.next_version)
        newest = next(iter(releases), None)
        if newest and newest.status == SUCCEEDED and is_the_same_app(newest, new):
            return newest
        new = new.replace(description=described_deploy(new.commit))
        self.made.append(new)
        ledger.write(new.replace(status=PENDING) if has_command else new)
        return new

    @property
    def _is_file(self) -> bool:
        """Whether what env files there are can be read once more."""
        paths = (path for path, _required in self._settings.env_files)
        return all(os.path.isfile(path) for path in paths if os.path.exists(path))

    def _next(self, edited: Edited, config: ConfigVars) -> Release:
        """The next release, not yet described."""
        if self._is_file:
            text = edited.file.read()
            return edited.release(self._ledger, "", text.written, edited.config(text))
        # A pipe, as of `-e <(decrypt .env)`, can be read only once.
        values = {name: config.values[name] for name in config.origins}
        return edited.release(self._ledger, "", values, values)
