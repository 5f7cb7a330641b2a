"""One change of the config vars: the env file edited, a release recorded, the gate passed.

In this order, so that whoever is killed in between leaves a file that is the old one or the new
one. A file that is not what the newest release says was changed by somebody else, or by a change
that was killed; that becomes a release of its own before the next one.
"""

from __future__ import annotations

import hashlib
import os
import time

from procrun.config.env_file import EnvFile
from procrun.config.ledger import Ledger
from procrun.core import envfile
from procrun.core.config_rules import check_size
from procrun.core.release import (
    EXPIRED,
    FAILED,
    INITIAL,
    PENDING,
    SUCCEEDED,
    Release,
    current,
    described,
    described_edit,
    described_retry,
    difference,
)
from procrun.errors import ProcrunError
from procrun.inputs import read_env_files, read_file, read_procfile
from procrun.system import git_head
from procrun.system.user import user
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from procrun.config.env_file import Text
    from procrun.core.envfile import Binding
    from procrun.settings import Settings

    # Runs before a new release counts; whether it may. It is told of the release, which is
    # pending. After a ProcrunError nobody knows: the release has expired. Whoever is interrupted
    # gives up: it has failed.
    Gate = Callable[[Release], bool]
    # From the text of the env file, and the releases, to its new text and a description of that,
    # "" for the usual one.
    Edit = Callable[[Text, Sequence[Release]], tuple[str, str]]


class Outcome(Value):
    """What came of a change."""

    release: Release | None  # the newest of the file
    is_new: bool = False  # whether it is of this change: nothing may have been different


class Edited:
    """The app's config vars, and the env file of them that is edited: the first one."""

    def __init__(self, settings: Settings) -> None:
        (path, required), *self._later = settings.env_files
        self.file = EnvFile(path, required=required)
        self.waiting: Callable[[], None] | None = None  # what says that others have their turn
        self._settings = settings
        root = os.path.realpath(settings.root)
        self.name = os.path.relpath(self.file.path, root)  # as records have it

    def config(self, text: Text | None = None) -> dict[str, str]:
        """The value of each config var, with that text in the file instead of its own.

        `${NAME}` is a variable above, or one of the caller's, who does not count otherwise.
        ConfigError with the mistakes of all env files.
        """
        first = (text or self.file.read()).bindings
        return _values((first, *(bindings for _path, bindings in read_env_files(self._later))))

    def shadowed(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the names that a later env file sets as well, each with the place: it wins."""
        found: dict[str, str] = {}
        for path, bindings in read_env_files(self._later):
            places = {binding.key: f"{path}:{binding.line}" for binding in bindings}
            found |= {name: places[name] for name in names if name in places}
        return found

    def before(self, releases: Sequence[Release]) -> Release | None:
        """The last good release of the file before its newest one."""
        return current([each for each in releases if each.file == self.name][1:])

    def begin(self, ledger: Ledger) -> None:
        """Clear away what was left by a change, or an app, that was killed."""
        ledger.settle()
        self.file.forget_unfinished()

    def last(self, releases: Sequence[Release]) -> Release | None:
        """The newest of the file."""
        return next((each for each in releases if each.file == self.name), None)

    def change(self, edit: Edit, gate: Gate | None = None) -> Outcome:
        """Make of the file what `edit` says, and a release of that.

        ConfigError and ProcrunError for what can't be, with nothing done. A gate that refuses
        leaves the file changed and the release failed, as on Heroku.
        """
        with Ledger(self._settings.root, self.waiting) as ledger:
            self.begin(ledger)
            releases = ledger.releases()
            before = self.file.read()
            text, description = edit(before, releases)
            after = before.with_text(text)
            old, new = self.config(before), self.config(after)
            changes = difference(before.written, after.written)
            if not changes:
                if text != before.text:  # a comment, or the order
                    self.file.replace(before, after)
                return Outcome(self.last(releases))
            check_size(old, new)
            self._record_what_others_did(ledger, releases, before, old)
            self.file.replace(before, after)
            release = self.release(ledger, description or described(changes), after.written, new)
            return Outcome(_through(gate, ledger, release), is_new=True)

    def retry(self, gate: Gate | None = None) -> Outcome:
        """Make what the file says now one more release, because the last one did not succeed.

        ProcrunError if it did, or if there is none; without a gate, too, where it is for a
        release command to say whether it succeeds.
        """
        with Ledger(self._settings.root, self.waiting) as ledger:
            self.begin(ledger)
            last = self.last(ledger.releases())
            if last is None:
                raise ProcrunError(
                    "there is no release to retry", "`procrun config set` makes one."
                )
            if last.status == SUCCEEDED:
                hint = "`procrun restart` starts the processes again."
                raise ProcrunError(f"{last.name} succeeded: there is nothing to retry", hint)
            if gate is None and (last.status == FAILED or self._has_command()):
                hint = "The next `procrun start --heroku`, or `--release`, tries again."
                raise ProcrunError("no app is running that could run the release command", hint)
            text = self.file.read()
            release = self.release(ledger, described_retry(last), text.written, self.config(text))
            return Outcome(_through(gate, ledger, release), is_new=True)

    def _has_command(self) -> bool:
        return read_procfile(self._settings.procfile).release is not None

    def _record_what_others_did(
        self, ledger: Ledger, releases: Sequence[Release], text: Text, config: Mapping[str, str]
    ) -> None:
        last = self.last(releases)
        if last is None:
            ledger.write(self.release(ledger, INITIAL, text.written, config))
        elif changes := difference(last.written, text.written):
            description = described_edit(self.name, changes)
            ledger.write(self.release(ledger, description, text.written, config))

    def release(
        self,
        ledger: Ledger,
        description: str,
        written: Mapping[str, str],
        config: Mapping[str, str],
    ) -> Release:
        """The next release, if it succeeds; nothing is recorded yet.

        `written` is what the file says, `config` the value of each config var.
        """
        return Release(
            ledger.next_version,
            time.time(),
            user(),
            description,
            SUCCEEDED,
            config,
            written,
            self.name,
            hash_of(self._settings.procfile),
            git_head.commit(self._settings.root),
        )


def _through(gate: Gate | None, ledger: Ledger, release: Release) -> Release:
    """The release after the gate."""
    if gate is None:
        ledger.write(release)
        return release
    ledger.write(release.replace(status=PENDING))
    try:
        passed = gate(release.replace(status=PENDING))
    except ProcrunError:
        ledger.write(release.replace(status=EXPIRED))
        raise
    except BaseException:
        ledger.write(release.replace(status=FAILED))
        raise
    done = release if passed else release.replace(status=FAILED)
    ledger.write(done)
    return done


def _values(files: Iterable[Iterable[Binding]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for bindings in files:
        values |= envfile.resolve(bindings, {**os.environ, **values})
    return values


def hash_of(procfile: str) -> str:
    """A hash of the Procfile; "" if there is none that can be read again."""
    try:
        content = b"" if procfile == "-" else read_file(procfile, again=True)
    except OSError:
        return ""
    return hashlib.sha256(content).hexdigest() if content else ""
