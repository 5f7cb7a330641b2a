"""What speaks against dynos ever being ready, while somebody waits for them.

Only where who answers must be a process of the app: there nothing mends itself as in a developer's
hands, and whoever waits wants the reason rather than his patience tried.
"""

from __future__ import annotations

import os

from procrun.core.diagnosis import is_reached_by, listens
from procrun.core.lifecycle import State
from procrun.core.log import APP
from procrun.core.symptoms import Deaths, names, says_address_in_use
from procrun.supervisor.strays import processes_of
from procrun.system.listeners import listened_on, places, stranger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.log import Chunk
    from procrun.logs.history import History
    from procrun.loop import Loop
    from procrun.supervisor import Slot, Supervisor

_PAUSE = 0.25  # seconds between two looks at what nobody tells of
_ELSEWHERE = 2.0  # seconds for which it listens on its port, but where nobody finds it


class Doubts:
    """Watches the dynos of a vigil; `tell` is called when one of them will not be ready."""

    def __init__(
        self, supervisor: Supervisor, history: History, loop: Loop, tell: Callable[[], None]
    ) -> None:
        self._supervisor = supervisor
        self._history = history
        self._loop = loop
        self._tell = tell
        self._cases: dict[tuple[str, int], _Case] = {}  # by the dyno's name and its start
        self._timer = loop.later(0, self._look)
        history.listen(self._hear)

    def end(self) -> None:
        """Watch no more."""
        self._timer.cancel()
        self._history.ignore(self._hear)

    def against(self, slot: Slot) -> str:
        """Why a dyno will not be ready, in a sentence; "" as long as it may."""
        return self._case(slot).verdict

    def in_use(self, slot: Slot) -> bool:
        """Whether its log has said that an address is in use."""
        return self._case(slot).in_use

    def _case(self, slot: Slot) -> _Case:
        return self._cases.setdefault((slot.name, slot.starts), _Case())

    def _hear(self, chunk: Chunk) -> None:
        if chunk.source != APP:
            return
        for slot in self._supervisor.slots:
            if (
                slot.name == chunk.dyno
                and slot.launch.ready.own
                and chunk.when >= slot.incarnation.started_at
            ):
                case = self._case(slot)
                if case.hear(chunk.data, slot.launch.port):
                    self._look_in(0)

    def _look_in(self, seconds: float) -> None:
        self._timer.cancel()
        self._timer = self._loop.later(seconds, self._look)

    def _look(self) -> None:
        self._look_in(_PAUSE)
        now = self._loop.now()
        found = False
        for slot in self._supervisor.slots:
            if slot.launch.ready.own and slot.runs and slot.dyno.state is State.STARTING:
                case = self._case(slot)
                case.verdict = case.verdict or _verdict(slot, case, now)
                found = found or bool(case.verdict)
        if found:
            self._tell()


class _Case:
    """What is known of one process."""

    def __init__(self) -> None:
        self.in_use = False
        self.names_port = False
        self.deaths = Deaths()
        self.elsewhere_since: float | None = None
        self.verdict = ""

    def hear(self, lines: bytes, port: int) -> bool:
        """Take note of what it wrote; whether that is news that may decide."""
        before = self.in_use, self.deaths.words
        self.deaths.hear(lines)
        if says_address_in_use(lines):
            self.in_use = True
            self.names_port = self.names_port or names(port, lines)
        return (self.in_use, self.deaths.words) != before


def _verdict(slot: Slot, case: _Case, now: float) -> str:
    """Why a dyno that is starting will not be ready; "" as long as it may."""
    if case.deaths.words:
        return f"{slot.name}: {case.deaths.words}"
    if case.in_use and (why := _who_has(slot.launch.port, named=case.names_port)):
        return f"{slot.name} can't listen on port {slot.launch.port}: {why}"
    if slot.look and (why := slot.look.verdict(now)):
        return why
    if slot.launch.ready.is_on_port and (why := _elsewhere(slot, case, now)):
        return f"{slot.name} {why}"
    return ""


def _who_has(port: int, *, named: bool) -> str:
    """Who has a port that a dyno says is in use; "" if it may be one of ours, or another port."""
    if other := stranger(port, os.getpid()):
        return f"{other} does"
    return "it is in use" if named and not listened_on(port) else ""


def _elsewhere(slot: Slot, case: _Case, now: float) -> str:
    """That it listens on its port for long, but where nobody finds it; else ""."""
    addresses = listened_on(slot.launch.port)
    if not addresses or any(map(is_reached_by, addresses)):
        case.elsewhere_since = None
        return ""
    if case.elsewhere_since is None:
        case.elsewhere_since = now
    if now - case.elsewhere_since < _ELSEWHERE or slot.child is None:
        return ""
    found = places(processes_of(slot.child)) or []
    ours = [place for place in found if place[1] == slot.launch.port]
    return listens(slot.launch.port, ours) if ours else ""
