"""An app that runs for tests, and what they can do with it."""

from __future__ import annotations

import os
import re
import time

from procrun.core import commands
from procrun.core.commands import AddressInUse, Request, means
from procrun.core.log import APP, PROCRUN
from procrun.core.order import RELEASE, RUN
from procrun.core.suites import TAIL, url_of
from procrun.errors import ProcrunError, UsageError
from procrun.testing.environment import types_in
from procrun.testing.errors import AppFailed, PortStolen
from procrun.testing.log import Log
from procrun.testing.outcomes import DynoStatus

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from procrun.testing.log import LogLine
    from procrun.testing.outcomes import CompletedRun, StopReport
    from procrun.testing.ownership import Ownership
    from procrun.testing.reach import Reach
    from procrun.testing.setup import Setup


class RunningApp:
    """An app on free ports of 127.0.0.1, which ends with this process at the latest.

    Every method raises ProcrunError, with what is wrong and what to do, for what it can't do.
    """

    def __init__(self, setup: Setup, reach: Reach, ownership: Ownership) -> None:
        """It has been begun, and may be starting yet."""
        self.setup = setup
        self.ownership = ownership
        self._reach = reach
        self._url = ""

    @property
    def folder(self) -> str:
        """Where its lock, socket and log are; `procrun -d FOLDER ps` shows it."""
        return self._reach.order.folder

    @property
    def pid(self) -> int:
        """Of the process that runs it."""
        return self._reach.begun.pid

    @property
    def url(self) -> str:
        """Where its web process answers, without a slash at the end."""
        self._url = self._url or url_of(self._web().port)
        return self._url

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of its processes, but for the PORT and PS that each has of its own."""
        return self._reach.begun.environment

    @property
    def processes(self) -> tuple[DynoStatus, ...]:
        """Every dyno, as it is now; none once it was stopped."""
        if self.is_stopped:
            return ()
        rows = self._reach.ask(Request(commands.PS))
        return tuple(DynoStatus.of(row) for row in rows if "name" in row)

    def port(self, name: str) -> int:
        """The port of a dyno (`web.1`), or of the first of a type (`web`)."""
        return self._named(name)[0].port

    def logs(
        self, process: str | None = None, since: float | None = None, *, source: str | None = APP
    ) -> Log:
        """The lines that its processes have written by now, the last 4 MB of them.

        `process` is a dyno or a type; `since` is in seconds since the epoch. A `source` of "heroku"
        means procrun's own lines about the dynos, None both.
        """
        end = self.ownership.end
        lines = end.log if end else self._reach.written(since)
        found = lines.only(process, source, since)
        if process is not None and not found:
            self._check_name(process)
        return found

    def wait_for_log(
        self,
        regex: str,
        timeout: float = 10.0,
        *,
        process: str | None = None,
        since: float | None = None,
    ) -> LogLine:
        """The first line of a process that the expression is found in, be it there already.

        AppFailed if there is none within so many seconds, or none can come any more.
        """
        try:
            for line in self._lines_to_come(process, since, time.monotonic() + timeout):
                if re.search(regex, line) and line.is_of(process, APP):
                    return line
            why = f"and none can come: {self._states(process)}"
        except TimeoutError:
            why = f"within {timeout:g} s"
        raise self._failure(f"no line matches {regex!r} {why}", process=process)

    def run(
        self,
        command: str | Sequence[str | os.PathLike[str]],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> CompletedRun:
        """Run a one-off command in the app's environment, as `procrun run` does.

        A text goes to the shell, a sequence is passed on literally; where its first word is a
        process type, that type's command takes its place. Nothing is there to be read by it. `env`
        beats all else. AppFailed where it does not end within `timeout` seconds.
        """
        several = () if isinstance(command, str) else command
        words = tuple(map(os.fsdecode, several)) or (str(command),)
        shown = command if isinstance(command, str) else words
        if not command or any("\0" in word for word in words):
            raise UsageError(f"{shown!r} is no command", "Write app.run('make seed').")
        return self._reach.one_off(RUN, words, shown, env or {}, timeout)

    def release(self, *, timeout: float | None = None) -> CompletedRun:
        """Run the release command of the Procfile."""
        return self._reach.one_off(RELEASE, (), "release", {}, timeout)

    def wait_until_ready(self, timeout: float | None = None) -> None:
        """Wait until every dyno is up. AppFailed, with the reason, if that does not come."""
        self._wait((), timeout)

    def _wait(self, names: Iterable[str], timeout: float | None = None) -> None:
        """The same for these dynos; no names mean all."""
        patience = self.setup.timeout if timeout is None else timeout
        try:
            milliseconds = max(1, round(patience * 1000))
            self._reach.ask(
                Request(commands.WAIT, tuple(names), (("timeout", milliseconds),)), patience
            )
        except AppFailed:
            raise
        except AddressInUse as error:
            raise self._failure(error.message, PortStolen) from error
        except ProcrunError as error:
            raise self._failure(error.message, hint=error.hint) from error

    def restart(self, *names: str) -> None:
        """Restart dynos, by name or type; without a name all. Returns when they are ready."""
        self._change(Request(commands.RESTART, names), names)

    def scale(self, *changes: str, **quantities: int) -> None:
        """Change how many of a type run: `scale("web=2", "worker+1")` or `scale(web=2)`."""
        words = (*changes, *(f"{name}={number}" for name, number in quantities.items()))
        types = {re.split("[=+-]", word)[0] for word in words}
        self._change(Request(commands.SCALE, words), types)

    def kill(self, name: str, signal: str | int = "TERM") -> None:
        """Send a signal to the first process of each dyno that the name means.

        `signal` is a name, with or without SIG, or a number. What a first process leaves when it
        ends is stopped.
        """
        self._reach.ask(Request(commands.KILL, (name,), (("signal", str(signal)),)))

    def stop(self) -> StopReport:
        """End the app; how that went. What it left of its log stays readable.

        The report's `is_known` is False where nobody told how it ended, and where it is not ours
        to stop: it goes on, was lent to us, or belongs to the process that we are a fork of.
        """
        return self.ownership.stop()

    def begin_to_stop(self) -> None:
        """Have it begin to end, without waiting for that as `stop` does."""
        self.ownership.begin_to_stop()

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by this process."""
        return self.ownership.end is not None

    def keep(self) -> None:
        """Let it go on when this process ends; `procrun -d FOLDER stop` ends it then."""
        self.ownership.keep()

    def lend(self) -> str:
        """What another process of this machine needs to `borrow` it."""
        return (self._reach.order.encode() + self._reach.begun.encode()).decode()

    def __repr__(self) -> str:
        if end := self.ownership.end:
            return f"<app in {self.setup.root}, stopped: {end.report}>"
        try:
            states = ", ".join(f"{dyno!r}"[1:-1] for dyno in self.processes)
            url = f" at {self.url}" if "web" in {dyno.type for dyno in self.processes} else ""
        except ProcrunError as error:
            return f"<app in {self.setup.root}: {error.message}>"
        return f"<app in {self.setup.root}{url}: {states}>"

    def _change(self, request: Request, concerned: Collection[str]) -> None:
        patience = self._reach.begun.grace + self.setup.timeout
        replies = self._reach.ask(request, patience)
        failures = [str(reply["text"]) for reply in replies if reply.get("failed")]
        if failures:
            raise self._failure("; ".join(failures))
        there = [dyno.name for dyno in self.processes if _is_concerned(dyno, concerned)]
        if there:
            self._wait(there)

    def _web(self) -> DynoStatus:
        dynos = self.processes
        for dyno in dynos:
            if dyno.type == "web":
                return dyno
        if self.is_stopped:
            raise AppFailed("the app was stopped")
        types = ", ".join(dict.fromkeys(dyno.type for dyno in dynos)) or "nothing"
        what = f"this app has no web process: it runs {types}"
        raise AppFailed(what, "Name web in processes, or use port().")

    def _named(self, name: str) -> list[DynoStatus]:
        """The dynos that a name, or a type, means; ProcrunError if it means none."""
        dynos = {dyno.name: dyno for dyno in self.processes}
        found = commands.matching([name], dynos)
        return [dynos[each] for each in found]

    def _lines_to_come(
        self, process: str | None, since: float | None, deadline: float
    ) -> Iterator[LogLine]:
        if self.is_stopped:
            return iter(self.logs(process, since))
        if process is not None:
            self._check_name(process)
        return self._reach.to_come(since, deadline, lambda: self._may_write(process))

    def _check_name(self, name: str) -> None:
        """ProcrunError if no dyno has it or has had it, and no type of the Procfile."""
        dynos = dict.fromkeys(dyno.name for dyno in self._dynos_if_any())
        if self.is_stopped or not any(means(name, dyno) for dyno in dynos):
            end = self.ownership.end
            log = end.log if end else self._reach.written(None)
            dynos |= dict.fromkeys(line.dyno for line in log if line.dyno != PROCRUN)
            if name not in types_in(str(self._reach.order.options["procfile"])):
                commands.matching([name], dynos)

    def _dynos_if_any(self) -> tuple[DynoStatus, ...]:
        try:
            return self.processes
        except AppFailed:  # it is gone
            return ()

    def _may_write(self, process: str | None) -> bool:
        """Whether a dyno that the name means has a process, or will have one."""
        return any(dyno.state not in ("crashed", "down") for dyno in self._called(process))

    def _called(self, name: str | None) -> list[DynoStatus]:
        """The dynos that a name means just now, which may be none; None means all."""
        return [dyno for dyno in self.processes if name is None or means(name, dyno.name)]

    def _states(self, process: str | None) -> str:
        if self.is_stopped:
            return "the app was stopped"
        states = (f"{dyno.name} {dyno.why or dyno.state}" for dyno in self._called(process))
        return ", ".join(states) or f"no {process or 'process'} runs"

    def _failure(
        self,
        why: str,
        kind: type[AppFailed] = AppFailed,
        hint: str = "",
        *,
        process: str | None = None,
    ) -> AppFailed:
        try:
            log = self.logs(process, source=None).last(TAIL)
        except (ProcrunError, OSError):
            log = Log()
        return kind(why, hint, log)


def _is_concerned(dyno: DynoStatus, names: Collection[str]) -> bool:
    return not names or any(means(name, dyno.name) for name in names)
