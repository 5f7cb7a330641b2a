"""Whose an app is, and its end: only the process that has started it can stop it."""

from __future__ import annotations

import enum
import os
import threading
import time
from shutil import rmtree

from procrun.errors import ProcrunError
from procrun.testing import log_reading
from procrun.testing.log import Log, lines_of
from procrun.testing.outcomes import UNKNOWN, StopReport
from procrun.value import Value

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Chunk
    from procrun.testing.host import Host


class Phase(enum.Enum):
    """How far an app is, for this process."""

    RUNNING = "it runs"
    STOPPING = "it was told to end"
    STOPPED = "it has ended"
    KEPT = "it was let go on without us"
    NOT_OURS = "it is another process' app"


class End(Value):
    """What is left of an app."""

    report: StopReport
    chunks: tuple[Chunk, ...] = ()  # its log
    log: Log = Log()  # the same as lines


class Ownership:
    """What this process has of an app's end. In a fork of it, the app is another process'."""

    def __init__(self, host: Host | None, folder: str = "", grace: float = 0.0) -> None:
        """`grace`, in seconds, is the longest of the dynos'. Without a host it is not ours."""
        self._host = host
        self._folder = folder
        self._grace = grace
        self._owner = os.getpid()
        self._phase = Phase.RUNNING if host else Phase.NOT_OURS
        self._stopping = threading.RLock()
        self._stop_began = 0.0  # on the monotonic clock
        self._chunks: tuple[Chunk, ...] = ()  # its log, once all of that is there
        self.end: End | None = None  # once it has ended

    @property
    def phase(self) -> Phase:
        """How far it is."""
        return self._phase if self._owner == os.getpid() else Phase.NOT_OURS

    @property
    def host_is_gone(self) -> bool:
        """Whether its host has ended, though nobody told it to: what is left of it just ends."""
        return bool(self._host_to_stop and self._host_to_stop.has_ended)

    def begin_to_stop(self) -> None:
        """Have it begin to end, if that is ours to say."""
        if self._host and self.phase is Phase.RUNNING:
            self._phase = Phase.STOPPING
            self._stop_began = time.monotonic()
            self._host.tell_to_stop()

    def stop(self) -> StopReport:
        """End it, if that is ours to do; the report is always the same one.

        Whoever calls it meanwhile, in another thread, waits for that. After an interruption
        (Ctrl-C, a timeout) it goes on where it was.
        """
        if self.phase is Phase.NOT_OURS:  # and nor is the lock, in a fork
            return UNKNOWN
        with self._stopping:
            self.begin_to_stop()
            if host := self._host_to_stop:
                self.end = self._ended(host)
                self._phase = Phase.STOPPED
        return self.end.report if self.end else UNKNOWN

    def keep(self) -> None:
        """Let it go on when this process ends."""
        if self._host and self.phase is Phase.RUNNING:
            self._phase = Phase.KEPT
            self._host.keep()

    @property
    def _host_to_stop(self) -> Host | None:
        return self._host if self.phase in (Phase.RUNNING, Phase.STOPPING) else None

    def _ended(self, host: Host) -> End:
        report = UNKNOWN
        try:
            report = StopReport.of(host.stop(self._grace), 0.0)
            self._chunks = self._chunks or log_reading.chunks_left_behind(self._folder)
        except ProcrunError:
            pass  # the host was killed; its guardian ends what is left, but for its files
        host.end(self._grace)
        rmtree(self._folder, ignore_errors=True)
        report = report.replace(duration=time.monotonic() - self._stop_began)
        return End(report, self._chunks, Log(lines_of(self._chunks)))
