"""Waits on behalf of a client until the whole app is up."""

from __future__ import annotations

from procrun.core.lifecycle import Want
from procrun.core.log import APP
from procrun.core.policy import Verdict
from procrun.core.readiness import Sign, asked_for
from procrun.errors import ProcrunError
from procrun.settings.kinds import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.core.log import Chunk
    from procrun.core.readiness import Readiness
    from procrun.logs.history import History
    from procrun.loop import Loop
    from procrun.supervisor import Slot, Supervisor

_FIRST_WORD = 1.0  # seconds after which a client is told what is waited for


class Vigil:
    """One `procrun wait`: ends when every dyno is up that should be, or when one can't be.

    The options of its request: `timeout` in milliseconds, and `ready`, one more sign that each web
    dyno is to give.
    """

    def __init__(
        self,
        request: Request,
        connection: Connection,
        supervisor: Supervisor,
        history: History,
        loop: Loop,
    ) -> None:
        """Begin; ProcrunError for a sign that can't be waited for."""
        self._connection = connection
        self._supervisor = supervisor
        self._history = history
        self._signs: dict[Slot, str] = {}  # what is missing of those that are to give one more
        self._ends: list[Callable[[], None]] = []
        text = request.text("ready")
        if text:
            self._expect(asked_for(text))
        timeout = min(request.number("timeout", 0), LONGEST * 1000)
        if timeout > 0:
            self._ends.append(loop.later(timeout / 1000, self._give_up).cancel)
        self._ends.append(loop.later(_FIRST_WORD, self._say_what_is_waited_for).cancel)
        connection.closed = self._end
        self._check()

    @property
    def waiting(self) -> bool:
        """Whether it goes on."""
        return bool(self._ends)

    def check(self) -> None:
        """Something happened to a dyno."""
        if self.waiting:
            self._check()

    def app_has_ended(self) -> None:
        """Tell the client."""
        blame = [
            f": {slot.name} {slot.last_end}"
            for slot in self._supervisor.slots
            if slot.verdict is Verdict.STOP_APP
        ]
        self._refuse(f"the app has ended{blame[0] if blame else ''}")

    def _expect(self, sign: Readiness) -> None:
        slots = [slot for slot in self._supervisor.slots if slot.launch.name.type == "web"]
        if not slots:
            raise ProcrunError("there is no web process to wait for", "Leave --ready out.")
        if sign.sign is Sign.LAUNCHED:
            return
        self._signs = dict.fromkeys(slots, sign.missing)  # of all, before any is given
        for slot in slots:
            if sign.sign is Sign.LOG:
                self._listen(slot, sign)
            else:
                self._look(slot, sign)

    def _look(self, slot: Slot, sign: Readiness) -> None:
        look = self._supervisor.look(slot, sign, lambda: self._given(slot))
        self._ends.append(look.end)

    def _listen(self, slot: Slot, sign: Readiness) -> None:
        search = sign.search

        def hear(chunk: Chunk) -> None:
            own = chunk.dyno == slot.name and chunk.source == APP and slot in self._signs
            new = chunk.when >= slot.started_at  # not of an earlier process
            if own and new and any(map(search, chunk.data.splitlines())):
                self._given(slot)

        self._history.listen(hear)
        self._ends.append(lambda: self._history.ignore(hear))

    def _given(self, slot: Slot) -> None:
        self._signs.pop(slot, None)
        if self.waiting:
            self._check()

    def _check(self) -> None:
        if self._supervisor.stopping:
            return  # its last words are yet to come
        failed = [slot for slot in self._supervisor.slots if slot.has_ended and not slot.is_ready]
        if failed:
            self._refuse(", ".join(f"{slot.name} {slot.last_end}" for slot in failed))
        elif not self._missing():
            self._end()
            self._connection.reply({"text": "the app is ready", "last": True})

    def _missing(self) -> list[str]:
        """What is not yet as it should be, in words."""
        found = []
        for slot in self._supervisor.slots:
            if slot.dyno.want is Want.DOWN and not slot.waits_for:
                continue  # somebody stopped it
            if not slot.is_ready:
                found.append(f"{slot.name}: {slot.why_not_up or slot.dyno.state.value}")
            elif slot in self._signs:
                found.append(f"{slot.name}: {self._signs[slot]}")
        return found

    def _say_what_is_waited_for(self) -> None:
        self._connection.reply({"text": f"waiting for {', '.join(self._missing())}"})

    def _give_up(self) -> None:
        self._refuse(f"not ready in time: {', '.join(self._missing())}")

    def _refuse(self, why: str) -> None:
        self._end()
        self._connection.refuse(ProcrunError(why, "`procrun ps` and `procrun logs` show more."))

    def _end(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            end()
