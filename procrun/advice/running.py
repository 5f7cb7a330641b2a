"""What the processes of a running app show: each is looked at once, and nothing polls."""

from __future__ import annotations

from procrun.core import heroku_ports, heroku_writes
from procrun.core.diagnosis import listens, remedy
from procrun.core.lifecycle import State
from procrun.core.names import WEB
from procrun.supervisor.strays import processes_of
from procrun.system import listeners, open_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from procrun.loop import Loop
    from procrun.supervisor import Slot, Supervisor

_NOT_UP = (5.0, 20.0)  # seconds without an open port, after which it is looked at
_UP = 5.0  # seconds after which a process has opened what it writes to


class Onlooker:
    """Says through the supervisor what dynos do that would fail on Heroku, once for each type.

    `root` is the app's absolute one, `said` the lines that were said before the start: what is in
    them is not said again.
    """

    def __init__(
        self, supervisor: Supervisor, loop: Loop, root: str, said: Iterable[str] = ()
    ) -> None:
        self._supervisor = supervisor
        self._loop = loop
        self._root = root
        self._said = "\n".join(said)
        self._seen: dict[str, tuple[int, State]] = {}  # the last start and state of each dyno
        self._told: set[tuple[str, str]] = set()  # types and subjects
        supervisor.listen(self._happened)

    def _happened(self, slot: Slot) -> None:
        moment = (slot.starts, slot.dyno.state)
        if slot.child is None:
            self._seen.pop(slot.name, None)
            return
        if self._seen.get(slot.name) == moment:
            return
        self._seen[slot.name] = moment
        is_web = slot.launch.name.type == WEB and slot.launch.ready.is_on_port
        if slot.dyno.state is State.STARTING and is_web:
            for seconds in _NOT_UP:
                self._later(seconds, slot, self._look_for_port)
        elif slot.dyno.state is State.UP:
            if is_web:
                self._later(0, slot, self._look_at_address)
            self._later(_UP, slot, self._look_at_files)

    def _later(self, seconds: float, slot: Slot, look: Callable[[Slot], None]) -> None:
        """Have a look then, if the process is still there and in the same state."""
        moment = (slot.starts, slot.dyno.state)

        def due() -> None:
            if (slot.starts, slot.dyno.state) == moment and slot.runs:
                look(slot)

        self._loop.later(seconds, due)

    def _look_for_port(self, slot: Slot) -> None:
        found = [place for place in self._places(slot) if place[1]]
        words = listens(slot.launch.port, found, own=False) if found else ""
        if words:
            self._tell(slot, "port", words, remedy(words) or "Bind 0.0.0.0:$PORT.")

    def _look_at_address(self, slot: Slot) -> None:
        addresses = {host for host, port in self._places(slot) if port == slot.launch.port}
        if addresses and all(map(heroku_ports.is_loopback, addresses)):
            where = " and ".join(sorted(addresses))
            self._tell(slot, "port", heroku_ports.alone_on(where), "Bind 0.0.0.0:$PORT.")

    def _look_at_files(self, slot: Slot) -> None:
        if slot.child is None:
            return
        paths = open_files.written(processes_of(slot.child))
        for kind, files in heroku_writes.sorted_out(self._root, paths).items():
            words, hint = heroku_writes.in_words(kind, files[0])
            if words not in self._said:
                self._tell(slot, kind.value, words, hint)

    def _places(self, slot: Slot) -> Iterable[tuple[str, int]]:
        return (slot.child and listeners.places(processes_of(slot.child))) or ()

    def _tell(self, slot: Slot, subject: str, words: str, hint: str) -> None:
        key = (slot.launch.name.type, subject)
        known = heroku_ports.out_of_reach(slot.launch.command) if subject == "port" else None
        if key in self._told or (known and known[0] in self._said):
            return
        self._told.add(key)
        self._supervisor.remark(slot, f"warning: {slot.name} {words}. {hint}")
