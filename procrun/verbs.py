"""What is asked over the socket, carried out by the supervisor and answered when it is so."""

from __future__ import annotations

import os
import signal

from procrun.core import commands
from procrun.core.formation import parse_changes
from procrun.core.lifecycle import Event, State
from procrun.core.names import DynoName
from procrun.errors import ProcrunError, UsageError
from procrun.logs.history import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.logs.history import History
    from procrun.loop import Loop
    from procrun.plan import Launcher
    from procrun.supervisor import Supervisor
    from procrun.supervisor.supervisor import Slot

_FIRST_WORD = 1.0  # seconds after which a client is told what is waited for


class Verbs:
    """Takes every request of the socket. `end_app` ends the app as SIGTERM would."""

    def __init__(
        self,
        supervisor: Supervisor,
        history: History,
        launcher: Launcher,
        loop: Loop,
        end_app: Callable[[], None],
    ) -> None:
        self._supervisor = supervisor
        self._history = history
        self._launcher = launcher
        self._loop = loop
        self._end_app = end_app
        self._pending: list[_Operation] = []
        self._ending: list[Connection] = []
        supervisor.changed = self._changed
        self._carry_out: dict[str, Callable[[Request, Connection], None]] = {
            commands.PS: self._ps,
            commands.LOGS: self._logs,
            commands.START: self._start,
            commands.STOP: self._stop,
            commands.RESTART: self._restart,
            commands.SCALE: self._scale,
            commands.KILL: self._kill,
            commands.SHUT_DOWN: self._shut_down,
        }

    def handle(self, request: Request, connection: Connection) -> None:
        """Carry out a request; ProcrunError if it can't be."""
        self._carry_out[request.verb](request, connection)

    def app_has_ended(self) -> None:
        """Tell those who asked for it; the visible process ends last, after any leftovers."""
        for connection in self._ending:
            reply = {"text": "the app has stopped", "visible_pid": os.getppid(), "last": True}
            connection.reply(reply)

    def _changed(self, slot: Slot) -> None:
        for operation in list(self._pending):
            operation.check(slot)
        self._pending = [operation for operation in self._pending if operation.waiting]

    def _ps(self, _request: Request, connection: Connection) -> None:
        for slot in self._supervisor.slots:
            connection.reply(_row(slot))
        connection.reply({"last": True})

    def _logs(self, request: Request, connection: Connection) -> None:
        wanted = Wanted(
            dyno=request.text("dyno"),
            process_type=request.text("type"),
            source=request.text("source"),
        )
        self._history.show(connection, request.number("lines", 100), wanted)
        if request.option("tail"):
            self._history.follow(connection, wanted, self._loop)
        else:
            connection.finish()

    def _start(self, request: Request, connection: Connection) -> None:
        slots = [slot for slot in self._named(request) if slot.dyno.state is not State.UP]
        self._operate(connection, slots, Event.START)

    def _stop(self, request: Request, connection: Connection) -> None:
        self._operate(connection, self._named(request), Event.STOP)

    def _restart(self, request: Request, connection: Connection) -> None:
        self._operate(connection, self._named(request), Event.RESTART)

    def _scale(self, request: Request, connection: Connection) -> None:
        now = {name: len(self._of_type(name)) for name in self._launcher.services}
        wanted = parse_changes(request.names, now)
        text = ",".join(f"{name}={quantity}" for name, quantity in wanted.items())
        self._launcher.check(text)
        more = [
            DynoName(name, number)
            for name, quantity in wanted.items()
            for number in range(1, quantity + 1)
            if DynoName(name, number) not in {slot.launch.name for slot in self._of_type(name)}
        ]
        launches = [self._launcher.launch(name, self._launcher.port(name)) for name in more]
        fewer = [
            slot
            for name, quantity in wanted.items()
            for slot in self._of_type(name)
            if slot.launch.name.number > quantity
        ]
        operation = self._operation(connection)
        operation.begin([self._supervisor.add(launch) for launch in launches], Event.START)
        operation.begin(fewer, Event.STOP, then=self._supervisor.remove)
        operation.check_all()

    def _kill(self, request: Request, connection: Connection) -> None:
        number = _signal_number(request.text("signal") or "TERM")
        slots = [slot for slot in self._named(request) if slot.child is not None]
        for slot in slots:
            if slot.child is not None:
                slot.child.signal_leader(number)
                sent = f"{slot.name} was sent {signal.Signals(number).name}"
                connection.reply({"text": sent})
        if not slots:
            raise ProcrunError("none of them is running", "`procrun ps` shows what is.")
        connection.reply({"last": True})

    def _shut_down(self, _request: Request, connection: Connection) -> None:
        self._ending.append(connection)
        self._end_app()

    def _named(self, request: Request) -> list[Slot]:
        slots = {slot.name: slot for slot in self._supervisor.slots}
        return [slots[name] for name in commands.matching(request.names, slots)]

    def _of_type(self, name: str) -> list[Slot]:
        return [slot for slot in self._supervisor.slots if slot.launch.name.type == name]

    def _operate(self, connection: Connection, slots: Sequence[Slot], event: Event) -> None:
        operation = self._operation(connection)
        operation.begin(slots, event)
        operation.check_all()

    def _operation(self, connection: Connection) -> _Operation:
        operation = _Operation(connection, self._supervisor)
        self._pending.append(operation)
        self._loop.later(_FIRST_WORD, operation.say_what_is_waited_for)
        return operation


class _Operation:
    """Something that some dynos are to become; a line for each that did, or did not."""

    def __init__(self, connection: Connection, supervisor: Supervisor) -> None:
        self._connection = connection
        self._supervisor = supervisor
        self._goals: dict[Slot, tuple[Event, int]] = {}
        self._then: dict[Slot, Callable[[Slot], None]] = {}
        self._begun = False

    @property
    def waiting(self) -> bool:
        """Whether some dyno is not yet what it should be."""
        return bool(self._goals) or not self._begun

    def begin(
        self,
        slots: Sequence[Slot],
        event: Event,
        then: Callable[[Slot], None] | None = None,
    ) -> None:
        """Give dynos a command; `then` is called with each that has carried it out."""
        for slot in slots:
            self._goals[slot] = (event, slot.starts)
            if then is not None:
                self._then[slot] = then
        for slot in slots:
            self._supervisor.command(slot, event)

    def check_all(self) -> None:
        """Tell of those that are so already; from now on `check` does."""
        self._begun = True
        for slot in list(self._goals):
            self.check(slot)
        self._end_if_done()

    def check(self, slot: Slot) -> None:
        """Tell of a dyno that has become what it should, or never will."""
        if slot not in self._goals or not self._begun:
            return
        outcome = _outcome(slot, *self._goals[slot])
        if outcome is None:
            return
        text, failed = outcome
        self._connection.reply({"text": text, "failed": failed})
        del self._goals[slot]
        if slot in self._then and not failed:
            self._then.pop(slot)(slot)
        self._end_if_done()

    def say_what_is_waited_for(self) -> None:
        """After a while, so that nobody wonders."""
        if self._goals and self._connection.open:
            names = ", ".join(slot.name for slot in self._goals)
            self._connection.reply({"text": f"waiting for {names}"})

    def _end_if_done(self) -> None:
        if not self._goals:
            self._connection.reply({"last": True})


def _outcome(slot: Slot, event: Event, starts: int) -> tuple[str, bool] | None:
    """What has come of a command: in words, and whether it failed. None while it is open."""
    state = slot.dyno.state
    if event is Event.STOP:
        done = state is State.DOWN and slot.child is None
        return (f"{slot.name} stopped", False) if done else None
    if slot.starts > starts and state is State.UP and slot.child is not None:
        verb = "restarted" if event is Event.RESTART else "started"
        return f"{slot.name} {verb} (pid {slot.child.pid})", False
    if slot.starts > starts and state is State.CRASHED:
        return f"{slot.name} {slot.last_end}", True
    return None


def _row(slot: Slot) -> dict[str, object]:
    """A dyno as `ps` shows it; `since` in seconds since the epoch."""
    state = slot.dyno.state
    return {
        "name": slot.name,
        "type": slot.launch.name.type,
        "state": state.value,
        "since": slot.changed_at,
        "pid": slot.child.pid if slot.child else None,
        "port": slot.launch.port,
        "restarts": max(0, slot.starts - 1),
        "why": slot.last_end if state is State.CRASHED else "",
        "again_in": slot.again_in if state is State.CRASHED else None,
        "command": slot.launch.command,
    }


def _signal_number(name: str) -> int:
    """A signal by its name, with or without SIG, or by its number; UsageError for none."""
    try:
        return (
            int(name)
            if name.isdigit()
            else signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"]
        )
    except KeyError:
        raise UsageError(f"there is no signal {name}", "For example USR1, HUP or TERM.") from None
