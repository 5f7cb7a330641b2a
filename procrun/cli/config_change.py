"""A change of the config vars, told as the heroku command tells it, and the app's part in it."""

from __future__ import annotations

import sys

from procrun.cli import output
from procrun.cli.output import app_name
from procrun.config.ledger import Ledger
from procrun.control.client import NotRunning, ask
from procrun.core.commands import RECONFIGURE, Request
from procrun.core.config_output import aligned
from procrun.core.release import SUCCEEDED
from procrun.errors import FAILURE, INTERRUPTED, ProcrunError
from procrun.system.interruption import interruptible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.config.change import Edited, Gate, Outcome
    from procrun.core.release import Release
    from procrun.settings import Settings


_LAST = 10  # lines of what a release command wrote that has failed
_WHAT_NOW = (
    "The processes go on as they were. `procrun releases retry` tries it again,"
    " `procrun rollback` gives the values back."
)


def apply(
    settings: Settings,
    edited: Edited,
    doing: str,
    make: Callable[[Gate | None], Outcome],
    values: Mapping[str, str] | None = None,
) -> int:
    """Have a release made and tell of it, with the `values` that are new; the exit code.

    `Setting A and restarting ⬢ shop... done, v10`: on standard error, as it is progress. Then the
    lines of the restart, on standard output.
    """
    app = _RunningApp(settings, edited.file.path)
    where = f" and restarting {app_name(settings)}" if app.runs else f" in {edited.file.shown}"
    _progress(f"{doing}{where}")
    edited.waiting = lambda: _progress("waiting for another release")
    outcome = _made(make, app)
    release = outcome.release
    if release and release.status != SUCCEEDED:
        raise _not_counted(release, outcome, app)
    version = [release.name] if release else []
    sys.stderr.write(f"{', '.join(['done', *version])}")
    sys.stderr.write("\n" if outcome.is_new else " (nothing changed)\n")
    sys.stderr.flush()
    output.write("".join(f"{each}\n" for each in aligned(values or {})))
    app.tell_of_gate()
    return app.tell_of_restarts()


def _progress(doing: str) -> None:
    """Say what is being done, on the line that says so of all of it."""
    sys.stderr.write(f"{doing}... ")
    sys.stderr.flush()


def _made(make: Callable[[Gate | None], Outcome], app: _RunningApp) -> Outcome:
    """What comes of it; SIGTERM and SIGHUP interrupt it as SIGINT does, so that it ends tidily."""
    try:
        with interruptible():
            return make(app.lets_pass if app.runs else None)
    except KeyboardInterrupt:
        if not app.asked_for:
            sys.stderr.write("failed\n")
            raise
        sys.stderr.write(f"failed, {app.asked_for}\n")
        what = f"{app.asked_for} does not count: it was interrupted"
        raise ProcrunError(what, _WHAT_NOW, INTERRUPTED) from None
    except BaseException:
        sys.stderr.write("failed\n")
        raise


def _not_counted(release: Release, outcome: Outcome, app: _RunningApp) -> ProcrunError:
    """The error that a release is none that counts: the new one, or the one that is there."""
    if not outcome.is_new:
        sys.stderr.write(f"nothing changed, {release.name}\n")
        what = f"{release.name}, which has these values, does not count: {release.note}"
        return ProcrunError(what, _WHAT_NOW)
    sys.stderr.write(f"failed, {release.name}\n")
    app.tell_of_release_command(release)
    app.tell_of_gate()
    return ProcrunError(f"{release.name} does not count: its release command failed", _WHAT_NOW)


class _RunningApp:
    """The app that runs, if one does, and its answer to a change."""

    def __init__(self, settings: Settings, path: str) -> None:
        self._root = settings.root
        self._path = path
        self._replies: Iterator[dict[str, object]] = iter(())
        self._early: list[str] = []  # what it said before it let the release pass
        self.runs = _runs(settings.root)
        self.asked_for = ""  # the release that it was asked to let pass

    def lets_pass(self, release: Release) -> bool:
        """Whether the release passes the app's gate; True where the app has ended meanwhile."""
        self.asked_for = release.name
        options = (
            ("release", release.version),
            ("description", release.description),
            ("by", release.by),
            ("path", self._path),
        )
        self._replies = ask(self._root, Request(RECONFIGURE, (), options))
        try:
            for reply in self._replies:
                if doing := reply.get("doing"):
                    _progress(str(doing))
                if text := reply.get("text"):
                    self._early.append(str(text))
                if "released" in reply:
                    return bool(reply["released"])
        except NotRunning:
            pass
        return True

    def tell_of_release_command(self, release: Release) -> None:
        """Print the last lines that it wrote."""
        lines = (Ledger(self._root).output(release.name) or b"").splitlines()
        output.write_bytes(b"".join(line + b"\n" for line in lines[-_LAST:]))

    def tell_of_gate(self) -> None:
        """Print what it said before it let the release pass, or refused it."""
        output.write("".join(f"{each}\n" for each in self._early))

    def tell_of_restarts(self) -> int:
        """Print the rest of the answer, as `restart` does; 1 if something did not happen."""
        code = 0
        for reply in self._replies:
            if text := reply.get("text"):
                output.write(f"{text}\n")
            if reply.get("failed"):
                code = FAILURE
        return code


def _runs(root: str) -> bool:
    from procrun.control.client import connect

    try:
        connect(root).close()
    except NotRunning:
        return False
    return True
