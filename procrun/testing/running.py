"""An app that runs for tests, and what they can do with it."""

from __future__ import annotations

import os
import re
import time
from shutil import rmtree

from procrun.control.client import AppEnded, NotRunning, ask
from procrun.core import commands
from procrun.core.commands import AddressInUse, Request
from procrun.core.log import APP
from procrun.core.order import RELEASE, RUN, Begun, Ended, Order
from procrun.errors import ProcrunError, UsageError
from procrun.testing import log_reading
from procrun.testing.errors import AppFailed, PortStolen
from procrun.testing.log import Log, lines_of
from procrun.testing.one_off import run_one_off
from procrun.testing.outcomes import UNKNOWN, CompletedRun, DynoStatus, StopReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from procrun.core.log import Chunk
    from procrun.testing.host import Host
    from procrun.testing.log import LogLine
    from procrun.testing.setup import Setup

_TAIL = 25  # lines of the log that explain what went wrong
_ADDRESS = "127.0.0.1"


class RunningApp:
    """An app on free ports of 127.0.0.1, which ends with this process at the latest.

    Every method raises ProcrunError, with what is wrong and what to do, for what it can't do.
    """

    def __init__(self, setup: Setup, order: Order, host: Host | None, begun: Begun) -> None:
        """It is being started by that host, which has told how it began.

        Without a host it belongs to another process, and is not stopped by this one.
        """
        self.setup = setup
        self._order = order
        self._host = host
        self._begun = begun
        self._owner = os.getpid()
        self._report: StopReport | None = None
        self._stop_began = 0.0  # on the monotonic clock
        self._url = ""
        self._log = Log()  # all of it, once the app has ended
        self.chunks: Sequence[Chunk] = ()  # the same as it was written

    @property
    def folder(self) -> str:
        """Where its lock, socket and log are; `procrun -d FOLDER ps` shows it."""
        return self._order.folder

    @property
    def url(self) -> str:
        """Where its web process answers, without a slash at the end."""
        self._url = self._url or f"http://{_ADDRESS}:{self.port('web')}"
        return self._url

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of its processes, but for the PORT and PS that each has of its own."""
        return self._begun.environment

    @property
    def processes(self) -> tuple[DynoStatus, ...]:
        """Every dyno, as it is now; none once it was stopped."""
        if self._report:
            return ()
        rows = self._ask(Request(commands.PS))
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
        lines = self._log if self._report else self._written(since)
        return lines.only(process, source, since)

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
        raise self._failure(f"no line matches {regex!r} {why}")

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
        return self._one_off(RUN, words, shown, env or {}, timeout)

    def release(self, *, timeout: float | None = None) -> CompletedRun:
        """Run the release command of the Procfile."""
        return self._one_off(RELEASE, (), "release", {}, timeout)

    def wait_until_ready(self, timeout: float | None = None) -> None:
        """Wait until every dyno is up. AppFailed, with the reason, if that does not come."""
        patience = self.setup.timeout if timeout is None else timeout
        try:
            self._ask(Request(commands.WAIT, (), (("timeout", max(1, round(patience * 1000))),)))
        except AppFailed:
            raise
        except AddressInUse as error:
            raise self._failure(error.message, PortStolen) from error
        except ProcrunError as error:
            raise self._failure(error.message) from error

    def restart(self, *names: str) -> None:
        """Restart dynos, by name or type; without a name all. Returns when they are ready."""
        self._change(Request(commands.RESTART, names))

    def scale(self, *changes: str, **quantities: int) -> None:
        """Change how many of a type run: `scale("web=2", "worker+1")` or `scale(web=2)`."""
        words = (*changes, *(f"{name}={number}" for name, number in quantities.items()))
        self._change(Request(commands.SCALE, words))

    def kill(self, name: str, signal: str | int = "TERM") -> None:
        """Send a signal to the first process of each dyno that the name means.

        `signal` is a name, with or without SIG, or a number. What a first process leaves when it
        ends is stopped.
        """
        self._ask(Request(commands.KILL, (name,), (("signal", str(signal)),)))

    def stop(self) -> StopReport:
        """End the app; how that went. What it left of its log stays readable.

        The report's `is_known` is False where nobody told how it ended, and where it is not ours
        to stop: it goes on, was lent to us, or belongs to the process that we are a fork of.
        """
        host = self._own_host
        if self._report is None and host:
            self.begin_to_stop()
            self._report = self._stop(host)
        return self._report or UNKNOWN

    def begin_to_stop(self) -> None:
        """Have it begin to end, without waiting for that as `stop` does."""
        host = self._own_host
        if self._report is None and host and not self._stop_began:
            self._stop_began = time.monotonic()
            host.tell_to_stop()

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by this process."""
        return self._report is not None

    def keep(self) -> None:
        """Let it go on when this process ends; `procrun -d FOLDER stop` ends it then."""
        host = self._own_host
        if self._report is None and host:
            host.keep()
            self._host = None

    def lend(self) -> str:
        """What another process of this machine needs to `borrow` it."""
        return (self._order.encode() + self._begun.encode()).decode()

    def __repr__(self) -> str:
        if self._report:
            return f"<app in {self.setup.root}, stopped: {self._report}>"
        try:
            states = ", ".join(f"{dyno!r}"[1:-1] for dyno in self.processes)
            url = f" at {self.url}" if "web" in {dyno.type for dyno in self.processes} else ""
        except ProcrunError as error:
            return f"<app in {self.setup.root}: {error.message}>"
        return f"<app in {self.setup.root}{url}: {states}>"

    @property
    def _own_host(self) -> Host | None:
        """None where it belongs to another process, of which this one may be a fork."""
        return self._host if self._owner == os.getpid() else None

    def _stop(self, host: Host) -> StopReport:
        ended: Ended | None = None
        try:
            ended = host.stop(self._begun.grace)
            self.chunks = log_reading.chunks_left_behind(self.folder)
            self._log = Log(lines_of(self.chunks))
        except ProcrunError:
            pass  # the host was killed; its guardian ends what is left, but for its files
        finally:
            host.end(self._begun.grace)
            rmtree(self.folder, ignore_errors=True)
        duration = time.monotonic() - self._stop_began
        return StopReport.of(ended, duration) if ended else UNKNOWN.replace(duration=duration)

    def _ask(self, request: Request) -> list[dict[str, object]]:
        """Every reply. AppFailed if the app is gone."""
        if self._report:
            raise AppFailed("the app was stopped")
        host = self._own_host
        try:
            if not (host and host.has_ended):  # else what is left of it just ends
                return list(ask(self.folder, request))
        except (NotRunning, AppEnded):
            pass
        why = f"the process that ran the app (pid {self._begun.pid}) has ended"
        raise AppFailed(why, "Somebody has killed it, or `procrun stop` has ended it.")

    def _change(self, request: Request) -> None:
        failures = [str(reply["text"]) for reply in self._ask(request) if reply.get("failed")]
        if failures:
            raise self._failure("; ".join(failures))
        self.wait_until_ready()

    def _named(self, name: str | None) -> list[DynoStatus]:
        """The dynos that a name, or a type, means; ProcrunError if it means none."""
        dynos = {dyno.name: dyno for dyno in self.processes}
        found = commands.matching([name] if name else [], dynos)
        return [dynos[each] for each in found]

    def _written(self, since: float | None) -> Log:
        try:
            return log_reading.written(self.folder, since)
        except NotRunning:
            return log_reading.left_behind(self.folder)

    def _lines_to_come(
        self, process: str | None, since: float | None, deadline: float
    ) -> Iterator[LogLine]:
        if self._report:
            return iter(self.logs(process, since))
        self._named(process)  # there must be such a one
        return log_reading.to_come(self.folder, since, deadline, lambda: self._may_write(process))

    def _may_write(self, process: str | None) -> bool:
        """Whether a dyno that the name means has a process, or will have one."""
        return any(dyno.state not in ("crashed", "down") for dyno in self._named(process))

    def _one_off(
        self,
        verb: str,
        words: tuple[str, ...],
        shown: str | tuple[str, ...],
        env: Mapping[str, str],
        timeout: float | None,
    ) -> CompletedRun:
        overrides = {**self._order.overrides, **env}
        order = self._order.replace(verb=verb, words=words, overrides=overrides, folder="")
        return run_one_off(order, shown, timeout, self._begun.grace)

    def _states(self, process: str | None) -> str:
        if self._report:
            return "the app was stopped"
        return ", ".join(f"{dyno.name} {dyno.why or dyno.state}" for dyno in self._named(process))

    def _failure(self, why: str, kind: type[AppFailed] = AppFailed) -> AppFailed:
        try:
            log = self.logs(source=None).last(_TAIL)
        except (ProcrunError, OSError):
            log = Log()
        return kind(why, "", log)
