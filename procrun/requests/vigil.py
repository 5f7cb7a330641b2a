"""Waits on behalf of a client until the whole app is up, or some of its dynos are."""

from __future__ import annotations

from procrun.core.commands import AddressInUse
from procrun.core.diagnosis import remedy
from procrun.core.lifecycle import Want
from procrun.core.log import APP
from procrun.core.names import WEB
from procrun.core.policy import Verdict
from procrun.core.readiness import Sign, asked_for
from procrun.errors import ProcrunError
from procrun.requests.entrance import UNREACHED
from procrun.settings.kinds import LONGEST
from procrun.supervisor.incarnation import Reached
from procrun.supervisor.whereabouts import with_whereabouts
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.core.log import Chunk
    from procrun.core.readiness import Readiness
    from procrun.logs.history import History
    from procrun.requests.doubts import Doubts
    from procrun.requests.subject import Subject
    from procrun.supervisor import Slot
    from procrun.supervisor.readiness import Look

_LOOK_CLOSER = "`procrun ps` and `procrun logs` show more."
_FIRST_WORD = 1.0  # seconds after which a client is told what is waited for


class _Sought:
    """One more sign that a dyno is to give."""

    def __init__(self, sign: Readiness) -> None:
        self.sign = sign
        self.look: Look | None = None  # for it, unless it is heard
        self.verdict = ""  # that it will not be heard


class _Lack(Value):
    """What keeps a dyno from being ready."""

    slot: Slot
    sign: Readiness  # that it does not give
    trouble: str  # what a look has come upon instead, "" if nothing
    state: str = ""  # what is known besides

    def __str__(self) -> str:
        return f"{self.slot.name}: {self._why}"

    @property
    def in_full(self) -> str:
        """The same, with where it listens instead if that may be the reason."""
        return str(self) if self.trouble else with_whereabouts(str(self), self.slot, self.sign)

    @property
    def _why(self) -> str:
        return self.state or self.trouble or self.sign.missing


class Vigil:
    """One `procrun wait`: ends when every dyno is up that should be, or when one can't be.

    And not before clients reach the app, where that takes a router.

    It is about these `slots` alone, if there are any given.

    The options of its request: `timeout` in milliseconds, and `ready`, one more sign that each web
    dyno is to give.
    """

    def __init__(
        self,
        request: Request,
        connection: Connection,
        app: Subject,
        history: History,
        slots: Sequence[Slot] | None = None,
    ) -> None:
        """Begin; ProcrunError for a sign that can't be waited for."""
        self._connection = connection
        self._supervisor = app.supervisor
        self._entrance = app.entrance
        self._history = history
        self._loop = loop = app.loop
        self._named = slots
        self._sought: dict[Slot, _Sought] = {}  # of those that are yet to give one more
        self._ends: list[Callable[[], None]] = []
        self._doubts: Doubts | None = None
        self._awaits_entrance = False
        text = request.text("ready")
        if text:
            self._expect(asked_for(text))
        timeout = min(request.number("timeout", 0), LONGEST * 1000)
        if timeout > 0:
            self._ends.append(loop.later(timeout / 1000, self._give_up).cancel)
        self._ends.append(loop.later(_FIRST_WORD, self._say_what_is_waited_for).cancel)
        connection.closed = self._end
        if any(slot.launch.ready.own for slot in self._slots):
            self._begin_to_doubt()
        self._check()

    @property
    def _slots(self) -> Sequence[Slot]:
        slots, named = self._supervisor.slots, self._named
        if named is None:  # what runs once is nothing to wait for: who is held by it says so
            return [slot for slot in slots if not slot.one_off]
        return [slot for slot in slots if slot in named]

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
            f": {slot.name} {slot.incarnation.end}"
            for slot in self._supervisor.slots
            if slot.verdict is Verdict.STOP_APP
        ]
        self._refuse(f"the app has ended{blame[0] if blame else ''}")

    def _begin_to_doubt(self) -> None:
        from procrun.requests.doubts import Doubts

        self._doubts = Doubts(self._supervisor, self._history, self._loop, self.check)
        self._ends.append(self._doubts.end)

    def _expect(self, sign: Readiness) -> None:
        slots = [slot for slot in self._slots if slot.launch.name.type == WEB]
        if not slots:
            raise ProcrunError("there is no web process to wait for", "Leave --ready out.")
        if sign.sign is Sign.LAUNCHED:
            return
        # Of all, before any is given.
        self._sought = {slot: _Sought(_like(slot, sign)) for slot in slots}
        for slot, sought in list(self._sought.items()):
            if sign.sign is Sign.LOG:
                self._listen(slot, sought)
            else:
                self._look(slot, sought)

    def _look(self, slot: Slot, sought: _Sought) -> None:
        sought.look = self._supervisor.look(slot, sought.sign, lambda: self._given(slot))
        self._ends.append(sought.look.end)

    def _listen(self, slot: Slot, sought: _Sought) -> None:
        from procrun.supervisor.expression import Expression

        expression = Expression(sought.sign)

        def hear(chunk: Chunk) -> None:
            own = chunk.dyno == slot.name and chunk.source == APP and slot in self._sought
            new = chunk.when >= slot.incarnation.started_at  # not of an earlier process
            if not (own and new) or sought.verdict:
                return
            if expression.is_in(chunk.data):
                self._given(slot)
            elif expression.trouble:
                sought.verdict = f"{slot.name}: {expression.trouble}"
                self._loop.later(0, self.check)  # what was written before is heard in between

        self._history.listen(hear)
        self._ends.append(lambda: self._history.ignore(hear))

    def _given(self, slot: Slot) -> None:
        self._sought.pop(slot, None)
        if self.waiting:
            self._check()

    def _check(self) -> None:
        if self._supervisor.stopping:
            return  # its last words are yet to come
        failed = [slot for slot in self._slots if self._has_failed(slot)]
        doubted = [slot for slot in self._slots if self._against(slot)]
        if failed:
            self._refuse(", ".join(map(_end_of, failed)), failed)
        elif doubted:
            self._refuse(", ".join(map(self._against, doubted)), doubted)
        elif not self._entrance.is_open:
            self._await_entrance()
        elif not self._lacks():
            self._end()
            what = "the app is" if self._named is None else "all of them are"
            self._connection.reply({"text": f"{what} ready", "last": True})

    def _await_entrance(self) -> None:
        if not self._awaits_entrance:
            self._awaits_entrance = True
            self._entrance.when_open(self._reached)

    def _reached(self) -> None:
        self._awaits_entrance = False
        self.check()

    def _has_failed(self, slot: Slot) -> bool:
        """Whether a dyno has ended, or is about to, that was to go on."""
        ends = slot.has_ended or slot.is_ending
        return ends and not self._has_done_its_work(slot)

    def _has_done_its_work(self, slot: Slot) -> bool:
        """Whether a dyno that has ended was to end: one that succeeded, and serves nobody."""
        last = slot.incarnation
        serves = slot.launch.ready.is_on_port or slot in self._sought
        has_begun = last.reached is Reached.UP or slot.launch.name.type != WEB
        return last.code == 0 and has_begun and not serves

    def _against(self, slot: Slot) -> str:
        """Why a dyno will not be ready, though it runs."""
        sought = self._sought.get(slot)
        by_look = slot.look.verdict(self._loop.now()) if slot.look else ""
        by_doubts = self._doubts.against(slot) if self._doubts else ""
        return by_doubts or by_look or (sought.verdict if sought else "")

    def _lacks(self) -> list[_Lack]:
        """What keeps the app from being ready; what somebody stopped does not."""
        wanted = [slot for slot in self._slots if slot.dyno.want is Want.UP or slot.waits_for]
        return [lack for lack in map(self._lack, wanted) if lack]

    def _lack(self, slot: Slot) -> _Lack | None:
        if not slot.is_ready:
            state = slot.why_not_up or slot.dyno.state.value
            return _Lack(slot, slot.launch.ready, _trouble(slot.look), state)
        sought = self._sought.get(slot)
        return _Lack(slot, sought.sign, _trouble(sought.look)) if sought else None

    def _missing(self, show: Callable[[_Lack], str]) -> str:
        """All that keeps the app from being ready, in words."""
        lacks = [show(lack) for lack in self._lacks()]
        return ", ".join(lacks if self._entrance.is_open else [*lacks, UNREACHED])

    def _say_what_is_waited_for(self) -> None:
        self._connection.reply({"text": f"waiting for {self._missing(str)}"})

    def _give_up(self) -> None:
        missing = self._missing(lambda lack: lack.in_full)
        self._refuse(f"not ready in time: {missing}", hint=remedy(missing))

    def _refuse(self, why: str, slots: Iterable[Slot] = (), hint: str = "") -> None:
        """Give up because of these dynos, and say what to do about it if that is known."""
        self._end()
        doubts = self._doubts
        early = [slot for slot in slots if slot.incarnation.reached is not Reached.UP]
        in_use = doubts and any(map(doubts.in_use, early))
        kind = AddressInUse if in_use else ProcrunError
        self._connection.refuse(kind(why, hint or ("" if doubts else _LOOK_CLOSER)))

    def _end(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            end()


def _like(slot: Slot, sign: Readiness) -> Readiness:
    """A sign that is to be given where the dyno's own is."""
    own = slot.launch.ready
    return sign.replace(own=own.own, routed=own.routed)


def _trouble(look: Look | None) -> str:
    return look.trouble if look else ""


def _end_of(slot: Slot) -> str:
    """How a dyno ended that somebody waits for."""
    last = slot.incarnation
    never = " before it was ready" if last.reached is Reached.SPAWNED else ""
    return f"{slot.name} {last.end}{never}"
