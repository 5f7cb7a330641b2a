"""The apps of a test session: those that tests share, each with what is known about it."""

from __future__ import annotations

import os
import time
from typing import TypeVar

from procrun.errors import ProcrunError
from procrun.pytest_plugin.marks import Asked
from procrun.pytest_plugin.trouble import Trouble, crash, failed_start
from procrun.testing import AppFailed, Setup, start
from procrun.testing.lending import DistantApp, borrow
from procrun.testing.setup import words
from procrun.testing.starting import begin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrun.pytest_plugin.options import Options
    from procrun.testing import RunningApp, StopReport

T = TypeVar("T")

_TAIL = 25  # lines of the log that explain a crash


class Member:
    """An app that tests share."""

    def __init__(self, app: RunningApp, *, is_lent: bool = False) -> None:
        """`is_lent` where it belongs to another process."""
        self.app = app
        self.is_lent = is_lent
        self.trouble: Trouble | None = None
        self._or_another = " or another test beside it" if is_lent else ""

    def look(self, when: str) -> None:
        """See whether it has crashed, or was stopped. `when` is put behind what happened."""
        if self.trouble:
            return
        when += self._or_another
        try:
            crashed = [dyno for dyno in self.app.processes if dyno.crashed]
            if crashed:
                names = {dyno.name for dyno in crashed}
                lines = self.app.logs(source=None)
                log = type(lines)(line for line in lines if line.dyno in names)
                self.trouble = crash(crashed, when, log.last(_TAIL))
            elif self.app.is_stopped:
                self.trouble = Trouble(f"the app was stopped {when}")
        except ProcrunError as error:
            reason = error.reason if isinstance(error, AppFailed) else error.message
            self.trouble = Trouble(f"{reason} {when}")


class Pool:
    """The apps by their setups. `closing` are lines to be shown at the end of the session."""

    def __init__(self, options: Options, lent: str = "", not_lent: str = "") -> None:
        """`lent` is the default app, from another process; `not_lent` why that did not start."""
        self.closing: list[str] = []
        self._options = options
        self._lent, self._not_lent = lent, not_lent
        self._members: dict[Setup, Member] = {}
        self._failed: dict[Setup, Trouble] = {}
        self._released: set[Setup] = set()

    def setup(self, asked: Asked) -> Setup:
        """What the ini file says, but for what is asked for. ProcrunError for what can't be."""
        options = self._options
        setup = Setup.of(
            os.path.join(options.rootdir, _either(asked.root, options.root)),
            _either(asked.processes, words(options.processes)),
            _either(asked.env_file, options.env_file),
            dict(asked.env or ()),
        )
        return setup.replace(
            ready=_either(asked.ready, options.ready),
            timeout=_either(asked.timeout, options.timeout),
            procfile=_either(asked.procfile, options.procfile),
            pass_env=(*options.pass_env, *(asked.pass_env or ())),
        )

    def find(self, asked: Asked) -> tuple[Member | None, Trouble | None]:
        """The shared app for that, if it runs, and what is wrong with it, if it failed.

        For a fresh app, only whether such a one has failed to start.
        """
        try:
            setup = self.setup(asked)
        except ProcrunError:
            return None, None
        member = None if asked.fresh else self._members.get(setup)
        return member, member.trouble if member else self._failed.get(setup)

    def shared(self, asked: Asked) -> tuple[Member, Setup | None]:
        """The shared app for that, and its setup if it was started just now.

        Fails the test if it does not start, or did not, or has crashed.
        """
        found, failed = self.find(asked)
        if failed:
            failed.fail()
        if found:
            return found, None
        member = self.own(asked)
        self._members[member.app.setup] = member
        return member, member.app.setup

    def own(self, asked: Asked) -> Member:
        """A new app for that. Fails the test if it does not start; that is remembered."""
        setup = None
        try:
            setup = self.setup(asked)
            return self._start(setup, may_borrow=not asked.fresh)
        except ProcrunError as error:
            failed = failed_start(error)  # told below, without the error itself
        if setup:
            self._failed[setup] = failed
        return failed.fail()

    def begin(self, asked: Asked) -> RunningApp:
        """A new shared app, which need not be ready. ProcrunError if it does not start."""
        app = begin(self.setup(asked), release=self._options.release)
        self._members[app.setup] = Member(app)
        return app

    def start(self, setup: Setup) -> RunningApp:
        """A new app. ProcrunError if it does not start."""
        release = self._options.release and setup not in self._released
        app = start(setup, release=release)
        self._released.add(setup)
        return app

    def drop(self, setup: Setup) -> None:
        """Stop a shared app."""
        if member := self._members.pop(setup, None):
            self._tell_untold([member])
            self.stop(member.app)

    def stop(self, app: RunningApp) -> None:
        """Stop an app."""
        self.closing += told_of_end(app.stop())

    def close(self) -> list[str]:
        """Stop all shared apps, all at once, or let them go on; the closing lines."""
        members = list(self._members.values())
        self._members.clear()
        self._tell_untold(members)
        if self._options.keep:
            self.closing += [line for member in members for line in _kept(member)]
            return self.closing
        for member in members:
            member.app.begin_to_stop()
        for member in members:
            self.stop(member.app)
        return self.closing

    def _start(self, setup: Setup, *, may_borrow: bool) -> Member:
        if self._options.url:
            return Member(DistantApp(setup, self._options.url), is_lent=True)
        is_lent = bool(self._lent or self._not_lent)
        if not may_borrow or not is_lent or setup != self.setup(Asked()):
            return Member(self.start(setup))
        if self._not_lent:
            raise AppFailed(self._not_lent)
        app = borrow(setup, self._lent)
        app.wait_until_ready()
        return Member(app, is_lent=True)

    def _tell_untold(self, members: Iterable[Member]) -> None:
        """What no test was told any more."""
        for member in members:
            if member.trouble and not member.trouble.is_told:
                self.closing.append(f"procrun: {member.trouble.line}")


def _either(said: T | None, default: T) -> T:
    return default if said is None else said


def now_drained(app: RunningApp) -> float:
    """The time; what the app has written until then is in its log. ProcrunError if it is gone."""
    app.logs(since=time.time())
    return time.time()


def told_of_end(report: StopReport) -> list[str]:
    """Lines about an app that did not end as it should."""
    after = f"after {report.duration:.0f} s"
    lines = [f"procrun: {name} ignored SIGTERM and was killed {after}" for name in report.forced]
    lines += [
        f"procrun: {name} could not be killed, and is left behind" for name in report.survivors
    ]
    return lines


def _kept(member: Member) -> list[str]:
    """Let an app go on; lines that say where it is."""
    if member.is_lent or member.app.is_stopped:
        return []
    shown = repr(member.app)
    member.app.keep()
    reach = f"procrun -d {member.app.folder}"
    return [f"procrun: {shown} goes on", f"  {reach} ps|logs|stop"]
