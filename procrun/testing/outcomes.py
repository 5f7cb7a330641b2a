"""What tests get back: of a one-off command, of a look at a dyno, of the app's end."""

from __future__ import annotations

from procrun.core.commands import BadRequest
from procrun.value import Value

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.core.order import Ended


class CompletedRun(Value):
    """A one-off command that has ended; 128+n as its status for a signal."""

    command: str | tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    def __repr__(self) -> str:
        said = "".join(
            f"\n--- {name}\n{text.rstrip()}"
            for name, text in (("stdout", self.stdout), ("stderr", self.stderr))
            if text.strip()
        )
        return f"<{self.command!r} exited with {self.returncode}>{said}"


class DynoStatus(Value):
    """A dyno as `procrun ps` shows it."""

    name: str
    type: str
    state: str  # "starting", "up", "stopping", "down", "crashed"
    since: float  # when the state became so, in seconds since the epoch
    pid: int | None
    port: int
    restarts: int
    why: str  # what it waits for or what became of it, "" if there is nothing to say
    command: str
    end: int | str | None = None  # of a crashed one: its exit status, or the signal's name
    ended: bool = False  # what its first process has left is yet to end

    @classmethod
    def of(cls, row: Mapping[str, object]) -> DynoStatus:
        """The dyno of a row as the app sends it; BadRequest for what is none."""
        return cls(
            str(row["name"]),
            str(row["type"]),
            str(row["state"]),
            _number(row, "since"),
            None if row["pid"] is None else int(_number(row, "pid")),
            int(_number(row, "port")),
            int(_number(row, "restarts")),
            str(row["why"]),
            str(row["command"]),
            _end(row["exit_status"], row["signal"]),
            row["ended"] is True,
        )

    @property
    def crashed(self) -> bool:
        """Whether it ended by itself, be there something left of it or not."""
        return self.ended or self.state == "crashed"

    def __repr__(self) -> str:
        pid = f" (pid {self.pid})" if self.pid else ""
        why = f": {self.why}" if self.why else ""
        return f"<{self.name} {self.state}{pid}{why}>"


def _end(exit_status: object, signal: object) -> int | str | None:
    if isinstance(exit_status, int):
        return exit_status
    return signal if isinstance(signal, str) else None


class StopReport(Value):
    """How an app ended."""

    exit_statuses: Mapping[str, int | None]  # by dyno; 128+n for a signal; None: it did not end
    forced: tuple[str, ...]  # dynos that did not end within their grace, and were killed
    duration: float  # seconds
    survivors: tuple[str, ...]  # dynos that not even SIGKILL has ended
    is_known: bool = True  # False where nobody told how it ended, or it was not ours to stop

    @classmethod
    def of(cls, ended: Ended, duration: float) -> StopReport:
        """The report of what a host has told."""
        dynos = ended.dynos
        return cls(
            {dyno.name: dyno.code for dyno in dynos},
            tuple(dyno.name for dyno in dynos if dyno.was_killed),
            duration,
            tuple(dyno.name for dyno in dynos if dyno.outlives_us),
        )

    @property
    def graceful(self) -> bool:
        """Whether all of it ended when it was asked to."""
        return self.is_known and not self.forced and not self.survivors


def _number(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    if not isinstance(value, int | float):
        raise BadRequest(f"the {name} of a dyno must be a number")
    return value


UNKNOWN = StopReport({}, (), 0.0, (), is_known=False)
