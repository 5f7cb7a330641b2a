"""What is asked over the socket, carried out by the supervisor and answered when it is so."""

from __future__ import annotations

import signal
import time

from procrun.core import commands
from procrun.core.formation import parse_changes
from procrun.core.lifecycle import Event, State
from procrun.core.log import PARTS
from procrun.core.names import DynoName
from procrun.core.text import excerpt, whole_number
from procrun.errors import ProcrunError, UsageError
from procrun.logs.history import Wanted
from procrun.port_plan import check_ports
from procrun.requests.operation import FIRST_WORD, Operation
from procrun.requests.reconfigure import reconfigure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.core.launch import Launch
    from procrun.launcher import Launcher
    from procrun.logs.history import History
    from procrun.requests.operation import Client
    from procrun.requests.route_feed import RouteFeed
    from procrun.requests.subject import Subject
    from procrun.requests.vigil import Vigil
    from procrun.supervisor import Slot

_CHANGES = (
    *(commands.START, commands.STOP, commands.RESTART, commands.SCALE, commands.RECONFIGURE),
    commands.MAINTENANCE,
)


class Verbs:
    """Takes every request of the socket."""

    def __init__(self, app: Subject, history: History) -> None:
        self._app = app
        self._supervisor = app.supervisor
        self._entrance = app.entrance
        self._history = history
        self._launcher = app.launcher  # as of now
        self._loop = app.loop
        self._routes: RouteFeed | None = None
        self._since = time.time()
        self._pending: list[Operation] = []
        self._vigils: list[Vigil] = []
        self._ending: list[Connection] = []
        self._supervisor.listen(self._changed)
        self._carry_out: dict[str, Callable[[Request, Connection], None]] = {
            commands.PS: self._ps,
            commands.LOGS: self._logs,
            commands.START: self._start,
            commands.STOP: self._stop,
            commands.RESTART: self._restart,
            commands.SCALE: self._scale,
            commands.KILL: self._kill,
            commands.WAIT: self._wait,
            commands.SHUT_DOWN: self._shut_down,
            commands.ATTACH: self._attach,
            commands.RECONFIGURE: self._reconfigure,
            commands.ROUTES: self._tell_routes,
            commands.MAINTENANCE: self._maintain,
            commands.INFO: self._describe_app,
        }

    def handle(self, request: Request, connection: Connection) -> None:
        """Carry out a request; ProcrunError if it can't be."""
        if self._supervisor.stopping and request.verb in _CHANGES:
            raise ProcrunError("the app is stopping", "`procrun start` starts it again.")
        if request.verb in _CHANGES and request.verb != commands.STOP:
            self._check_held()
        self._carry_out[request.verb](request, connection)

    def _check_held(self) -> None:
        """ProcrunError while the release command of the start runs."""
        for slot in self._supervisor.slots:
            if slot.held_by:
                what = f"{slot.held_by} runs, and nothing starts before it has succeeded"
                raise ProcrunError(what, "`procrun logs -t` follows it.")

    @property
    def _maintenance(self) -> bool:
        """Whether a router refuses requests on purpose."""
        return self._routes is not None and self._routes.maintenance

    def relaunch(self, launcher: Launcher) -> None:
        """From now on dynos are launched by this one."""
        self._launcher = launcher
        if self._routes is not None:
            self._routes.changed()

    def watch_start(self, client: Client) -> None:
        """Tell somebody what comes of the app's own start, as if it had been asked for."""
        operation = self._operation(client)
        operation.expect(self._supervisor.slots, Event.START, first=True)
        operation.await_open(self._entrance)
        operation.watch()

    def app_has_ended(self, visible_pid: int | None) -> None:
        """Tell those who asked for it; the visible process ends last, after any leftovers.

        None: nobody is to wait for that one.
        """
        for connection in self._ending:
            reply = {"text": "the app has stopped", "visible_pid": visible_pid, "last": True}
            connection.reply(reply)
        for vigil in self._vigils:
            if vigil.waiting:
                vigil.app_has_ended()

    def _changed(self, slot: Slot) -> None:
        for operation in list(self._pending):
            operation.check(slot)
        self._pending = [operation for operation in self._pending if operation.waiting]
        for vigil in list(self._vigils):
            vigil.check()
        self._vigils = [vigil for vigil in self._vigils if vigil.waiting]

    def _ps(self, _request: Request, connection: Connection) -> None:
        self._supervisor.reap()  # the news of an end may be yet to come
        slots = self._supervisor.slots
        types = list(dict.fromkeys(slot.launch.name.type for slot in slots))
        for slot in sorted(slots, key=lambda slot: _place(slot, types)):
            connection.reply(_row(slot))
        entrance = self._entrance
        router = {"urls": entrance.urls, "maintenance": self._maintenance}
        connection.reply({**(router if entrance.routed else {}), "last": True})

    def _logs(self, request: Request, connection: Connection) -> None:
        wanted = Wanted.by(request)
        if name := wanted.dyno or wanted.process_type:
            there = [slot.name for slot in self._supervisor.slots]
            commands.matching([name], dict.fromkeys((*there, *PARTS, *self._history.dynos)))
        if request.option("drain"):
            self._supervisor.catch_up()
        self._history.show(connection, request.number("lines", 100), wanted)
        if request.option("tail"):
            self._history.follow(connection, wanted, self._loop)
        else:
            self._history.end(connection)
            connection.finish()

    def _start(self, request: Request, connection: Connection) -> None:
        slots = self._named(request)
        absent = self._types_without_dynos(request.names)
        launches = [self._launcher.launch(DynoName(name, 1)) for name in absent]
        silent = [slot.launch for slot in slots if slot.child is None]
        self._check_ports(connection, [*launches, *silent])
        slots += self._supervisor.add(launches)
        for slot in slots:
            if slot.dyno.state is State.UP:
                connection.reply({"text": f"{slot.name} is up already"})
        down = [slot for slot in slots if slot.dyno.state is not State.UP]
        self._operate(connection, down, Event.START)

    def _stop(self, request: Request, connection: Connection) -> None:
        self._operate(connection, self._named(request), Event.STOP)

    def _restart(self, request: Request, connection: Connection) -> None:
        slots = self._named(request)
        if not request.names:  # whoever was stopped by hand stays down until it is named
            slots = [slot for slot in slots if slot.is_wanted]
        self._operate(connection, slots, Event.RESTART)

    def _scale(self, request: Request, connection: Connection) -> None:
        slots = {slot.launch.name: slot for slot in self._supervisor.slots}
        now = self._formation()
        wanted = parse_changes(request.names, now)
        self._launcher.check(wanted)
        names = [DynoName(name, i) for name in wanted for i in range(1, wanted[name] + 1)]
        launches = [self._launcher.launch(name) for name in names if name not in slots]
        back = [slots[name] for name in names if name in slots and slots[name].leaving]
        self._check_ports(connection, [*launches, *(slot.launch for slot in back)])
        more = [*back, *self._supervisor.add(launches)]
        fewer = [
            slot for name, slot in slots.items() if name.number > wanted.get(name.type, name.number)
        ]
        operation = self._operation(connection)
        operation.expect(more, Event.START)
        operation.expect(fewer, Event.STOP)
        self._app.releases.scaled({**now, **wanted})
        self._supervisor.begin(more)
        self._supervisor.retire(fewer)
        operation.watch()

    def _formation(self) -> dict[str, int]:
        """How many there are of every service."""
        now = dict.fromkeys(self._launcher.services, 0)
        for slot in self._supervisor.slots:
            if slot.launch.name.type in now:  # the Procfile may have lost it
                now[slot.launch.name.type] += not slot.leaving
        return now

    def _check_ports(self, connection: Connection, launches: Sequence[Launch]) -> None:
        """Warn of ports that others hold; PortTaken, with nothing done, if a web dyno needs one."""
        for warning in check_ports(launches):
            connection.reply({"text": warning})

    def _kill(self, request: Request, connection: Connection) -> None:
        number = _signal_number(request.text("signal") or "TERM")
        running = [slot for slot in self._named(request) if slot.runs]
        if not running:
            raise ProcrunError("none of them is running", "`procrun ps` shows what is.")
        for slot in running:
            if slot.child is not None:
                slot.child.signal_leader(number)
                connection.reply({"text": f"{slot.name} was sent {_signal_name(number)}"})
        connection.reply({"last": True})

    def _wait(self, request: Request, connection: Connection) -> None:
        from procrun.requests.vigil import Vigil  # a start need not pay for it

        slots = self._named(request) if request.names else None

        vigil = Vigil(request, connection, self._app, self._history, slots)
        self._vigils.append(vigil)

    def _shut_down(self, _request: Request, connection: Connection) -> None:
        self._ending.append(connection)
        self._loop.later(FIRST_WORD, lambda: self._say_who_is_left(connection))
        self._app.end()

    def _attach(self, request: Request, connection: Connection) -> None:
        from procrun.requests.attachments import attach

        attach(request, connection, self._supervisor, self._history, self._loop)

    def _reconfigure(self, request: Request, connection: Connection) -> None:
        def operation() -> Operation:
            return self._operation(connection)

        configured, gate = self._app.configured(), self._app.releases.gate
        reconfigure(request, connection, configured, gate, operation)

    def _tell_routes(self, request: Request, connection: Connection) -> None:
        self._to_routers().subscribe(request, connection)

    def _maintain(self, request: Request, connection: Connection) -> None:
        from procrun.requests.maintenance import maintain

        if not self._entrance.routed:
            text = "the app runs without a router, which alone could turn requests away"
            raise ProcrunError(text, "`procrun start --heroku` has one.")
        maintain(request, connection, self._to_routers(), self._app)

    def _to_routers(self) -> RouteFeed:
        if self._routes is None:
            from procrun.requests.route_feed import RouteFeed  # most apps have no router

            self._routes = RouteFeed(
                self._supervisor,
                self._loop,
                lambda: self._launcher,
                lambda: self._app.releases.deployed,
            )
        return self._routes

    def _describe_app(self, _request: Request, connection: Connection) -> None:
        from procrun.requests.description import describe

        settings = self._launcher.settings
        urls, formation = self._entrance.urls, self._formation()
        described = describe(settings, urls, formation, maintenance=self._maintenance)
        connection.reply({**described, "since": self._since, "last": True})

    def _say_who_is_left(self, connection: Connection) -> None:
        left = [slot.name for slot in self._supervisor.slots if slot.child is not None]
        if left:
            connection.reply({"text": f"waiting for {', '.join(left)}"})

    def _named(self, request: Request) -> list[Slot]:
        """The dynos that are meant; of a type that was scaled to none there are none."""
        slots = {slot.name: slot for slot in self._supervisor.slots}
        absent = self._types_without_dynos(request.names)
        names = [name for name in request.names if name not in absent]
        if absent and not names:
            return []
        return [slots[name] for name in commands.matching(names, slots)]

    def _types_without_dynos(self, names: Sequence[str]) -> list[str]:
        """Which of the names are process types that no dyno is of."""
        present = {slot.launch.name.type for slot in self._supervisor.slots}
        return [name for name in self._launcher.services if name in names and name not in present]

    def _operate(self, connection: Connection, slots: Sequence[Slot], event: Event) -> None:
        operation = self._operation(connection)
        operation.expect(slots, event)
        self._supervisor.command(slots, event)
        operation.watch()

    def _operation(self, client: Client) -> Operation:
        operation = Operation(client, self._loop)
        self._pending.append(operation)
        return operation


def _place(slot: Slot, types: Sequence[str]) -> tuple[int, int]:
    """Where a dyno stands among all: with its type."""
    return types.index(slot.launch.name.type), slot.launch.name.number


def _row(slot: Slot) -> dict[str, object]:
    """A dyno as `ps` shows it; `since` in seconds since the epoch.

    `ended`: its first process has by itself, and what that one left is yet to.
    """
    state, ended = slot.dyno.state, slot.is_ending
    status = slot.incarnation.status if ended or state is State.CRASHED else None
    return {
        "name": slot.name,
        "type": slot.launch.name.type,
        "state": state.value,
        "since": slot.since,
        "pid": slot.child.pid if slot.child else None,
        "port": slot.launch.port,
        "restarts": max(0, slot.starts - 1),
        "ended": ended,
        "why": slot.incarnation.end if ended else slot.why_not_up,
        "exit_status": status if isinstance(status, int) else None,
        "signal": status if isinstance(status, str) else None,
        "again_in": slot.again_in if state is State.CRASHED else None,
        "command": slot.launch.command,
    }


def _signal_number(text: str) -> int:
    """A signal by its name, with or without SIG, or by its number; UsageError for none."""
    number = whole_number(text)
    if number is None:
        name = f"SIG{text.upper().removeprefix('SIG')}"
        number = int(signal.Signals.__members__.get(name, 0))
    if not 0 < number < signal.NSIG:
        raise UsageError(f"there is no signal {excerpt(text)}", "For example USR1, HUP or TERM.")
    return number


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # of the real-time signals only the first and the last have one
        return f"signal {number}"
