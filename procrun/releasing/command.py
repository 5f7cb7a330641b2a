"""Runs the release command as a one-off dyno, and tells how it ended."""

from __future__ import annotations

from procrun.clean_env import name_of_one_off
from procrun.core.duration import duration
from procrun.core.lifecycle import Event, State
from procrun.core.names import RELEASE, DynoName
from procrun.core.readiness import LAUNCHED
from procrun.errors import FAILURE
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.launch import Launch
    from procrun.launcher import Launcher
    from procrun.loop import Loop
    from procrun.releasing.output import Output
    from procrun.supervisor import Slot, Supervisor

LIMIT = 3600.0  # seconds, as on Heroku


class Result(Value):
    """How a release command ended."""

    passed: bool
    code: int  # 0 only if it passed
    words: str  # `release.4711 exited with status 1`
    output: bytes


class ReleaseCommand:
    """One release command at a time. `output` gets the log, `limit` is in seconds."""

    def __init__(
        self, supervisor: Supervisor, loop: Loop, output: Output, limit: float = LIMIT
    ) -> None:
        self._supervisor = supervisor
        self._loop = loop
        self._output = output
        self._limit = limit
        self._timer = loop.later(0, lambda: None)
        self._timer.cancel()
        self._slot: Slot | None = None
        self._done: Callable[[Result], None] = lambda _result: None
        self._is_late = False

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self._slot is not None

    def run(self, launch: Launch, done: Callable[[Result], None]) -> None:
        """Start it; `done` hears how it ended, perhaps before this returns."""
        (slot,) = self._supervisor.add([launch], one_off=True)
        self._slot, self._done, self._is_late = slot, done, False
        self._output.begin(slot.name)
        self._supervisor.listen(self._check)
        self._timer = self._loop.later(self._limit, self._end_late)
        self._supervisor.begin([slot])

    def stop(self, name: str) -> None:
        """End the one of that name, if it still runs."""
        if self._slot is not None and self._slot.name == name:
            self._supervisor.command([self._slot], Event.STOP)

    def _end_late(self) -> None:
        if self._slot is not None:
            self._is_late = True
            self._supervisor.befall(self._slot, Event.GRACE_TIMEOUT)

    def _check(self, slot: Slot) -> None:
        if slot is not self._slot or not slot.is_over:
            return
        self._slot = None
        self._supervisor.ignore(self._check)
        self._timer.cancel()
        passed = slot.dyno.state is State.COMPLETE and slot.incarnation.code == 0
        code = 0 if passed else slot.incarnation.code or FAILURE
        self._done(Result(passed, code, f"{slot.name} {self._end(slot)}", self._output.take()))

    def _end(self, slot: Slot) -> str:
        if self._is_late:
            return f"did not end within {duration(self._limit)}"
        if slot.dyno.state is State.DOWN:
            return "was stopped"
        return slot.incarnation.end


def launch_of(launcher: Launcher) -> Launch:
    """What it takes to launch the release command, under a name of its own. The Procfile has one.

    It has the port of its type, waits for nobody, and is up as soon as it is launched.
    """
    port = launcher.launch(DynoName(RELEASE, 1)).port
    launch = launcher.launch(name_of_one_off(RELEASE), port)
    return launch.replace(after=(), ready=LAUNCHED)
