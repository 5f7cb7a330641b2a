"""The composition root: builds the parts from a plan, runs them, returns the exit code."""

from __future__ import annotations

import os
import signal

from procrun.app.display import Display
from procrun.app.ending import Ending
from procrun.app.owner import Run, Terminal
from procrun.core.policy import Policy
from procrun.errors import FAILURE, ProcrunError
from procrun.inputs import current_folder
from procrun.logs.hub import Hub
from procrun.loop import Loop
from procrun.port_plan import PortTaken, check_router
from procrun.requests.entrance import Direct
from procrun.supervisor import Supervisor
from procrun.supervisor.conduct import conduct_of
from procrun.supervisor.signals import Signals
from procrun.system import descendants
from procrun.system.signal_roles import STOPS, TO_LEADERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from procrun.app.owner import Owner
    from procrun.app.reception import Reception
    from procrun.core.order import DynoEnd
    from procrun.front import Front
    from procrun.guardian import Link
    from procrun.logs.hub import Sink
    from procrun.plan import Plan
    from procrun.releasing.command import Result
    from procrun.releasing.releasing import Releasing
    from procrun.reloading.reloader import Reloader
    from procrun.requests.entrance import Entrance
    from procrun.settings import Settings
    from procrun.supervisor import Slot


class App:
    """A formation that runs for its `owner`. With a `reception` other processes reach it."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        link: Link,
        reception: Reception | None = None,
        owner: Owner | None = None,
        releasing: Releasing | None = None,
    ) -> None:
        """Build the parts. Without an `owner` it is that of the terminal.

        With `releasing` the app starts, and changes, only as its release command lets it.
        """
        self._plan = plan
        self._releasing = releasing
        self._reception = reception
        self._owner = owner or Terminal()
        self._loop = Loop()
        self._display = Display(settings, plan, self._loop, self._reader_is_gone)
        self._hub = Hub(self._sinks(settings))
        policy = Policy(settings.restart, settings.can_die, self._is_watched)
        self._supervisor = Supervisor(
            self._loop,
            self._hub,
            policy,
            descendants.as_listed(settings.keep),
            terminal=self._display.size if plan.terminal else None,
            adopts=descendants.adopt_orphans(),
            conduct=conduct_of(settings),
        )
        self._signals = Signals(self._loop, link.lifeline, self._received, self._guardian_is_gone)
        if releasing:
            releasing.join(self._supervisor, self._loop, self._hub)
        self._has_begun = self._is_reachable = False
        self._patience = max(launch.grace for launch in plan.launches)
        self._supervisor.ended = self._dyno_ended
        self._supervisor.finished = self._finished
        self._loop.end_of_turn = self._end_of_turn
        _look_after(settings, self._supervisor, self._loop, plan.notes)
        self._settings = settings
        self._folder = current_folder()  # that paths in them are relative to
        self._reloader: Reloader | None = None
        self._watcher = self._reloading() if plan.is_watched else None
        front = self._put_front() if settings.router else None
        self._entrance: Entrance = front or Direct(self._supervisor)
        self._ending = Ending(
            self._supervisor, self._loop, self._display, front, policy, self._patience
        )

    def run(self) -> int:
        """Run until everything has ended; the exit code."""
        self._signals.listen()
        _keep_freed_memory()
        for note in self._plan.notes:
            self._supervisor.say(note)
        try:
            self._start()
            self._loop.run()
        finally:
            self._display.end_focus()
        if self._watcher:
            self._watcher.close()
        if self._ending.last_words:
            self._supervisor.say(self._ending.last_words)
        self._hub.close()
        if self._reception:
            self._owner.ended(self._known(self._reception), self._ending.last_words)
            self._reception.close(lingers=self._owner.lingers)
        self._display.close()
        self._loop.close()
        return self._ending.code

    @property
    def ends(self) -> tuple[DynoEnd, ...]:
        """How each dyno ended, once all of them have."""
        return tuple(slot.end for slot in self._supervisor.slots)

    def _start(self) -> None:
        slots = self._supervisor.add(self._plan.launches)
        if self._releasing:
            launcher, hear = self._plan.launcher, self._owner.hear
            self._releasing.start(launcher, slots, self._begin, self._refused, hear)
        else:
            self._begin(slots)
        self._open_reception()
        if self._watcher:
            self._watcher.start()

    def _begin(self, slots: Sequence[Slot]) -> None:
        self._has_begun = True
        self._display.begin_focus(self._supervisor)
        self._supervisor.begin(slots)
        self._tell_owner()

    def _refused(self, result: Result) -> None:
        why = f"stopped because {result.words}: the release command failed"
        self._ending.begin(result.code, why)

    def _tell_owner(self) -> None:
        if self._reception and self._is_reachable and self._has_begun:
            self._owner.began(self._known(self._reception))

    def _sinks(self, settings: Settings) -> list[Sink]:
        sinks: list[Sink] = [self._display.sink] if self._owner.shows_log else []
        if settings.log_dir and self._owner.writes_files:
            from procrun.logs.files import FileSink

            sinks.append(FileSink(settings.log_dir, settings.log_size))
        if self._reception:
            sinks.append(self._reception.history)
        if self._releasing:
            sinks.append(self._releasing.output)
        return sinks

    def _open_reception(self) -> None:
        if self._reception is None:
            return
        from procrun.requests.subject import NoReleases, Subject

        app = Subject(
            self._supervisor,
            self._plan.launcher,
            self._loop,
            self._entrance,
            self._hub,
            self._releasing or NoReleases(),
            self._stop_on_request,
            self._reloading,
        )
        try:
            self._reception.open(app)
        except (OSError, ImportError) as error:  # the dynos took every descriptor
            self._supervisor.say(f"`procrun ps` and the like can't reach this run: {error}")
            if self._owner.needs_reception:
                why = "stopped because nobody could reach it in the background"
                self._ending.begin(FAILURE, why)
        else:
            self._is_reachable = True
            self._tell_owner()

    def _put_front(self) -> Front:
        """A router in front of the web dynos. ProcrunError without what it learns of them by."""
        from procrun.front import Front, orders_of

        if self._reception is None:
            hint = "Without --heroku and --router it needs none; -d DIR names another root."
            raise ProcrunError("the router needs the app's folder, which can't be written", hint)
        orders = orders_of(self._settings, self._plan.launcher, self._reception.folder)
        front = Front(orders, self._supervisor, self._hub, self._loop, self._patience)
        front.failed = self._router_failed
        return front

    def _router_failed(self, why: str) -> None:
        try:
            check_router(self._plan.launcher.ports)
        except PortTaken as error:
            why = str(error.problems[0])
        self._ending.begin(FAILURE, f"stopped because {why}")

    def _known(self, reception: Reception) -> Run:
        return Run(
            self._supervisor,
            reception,
            self._entrance,
            self._plan.launcher,
            self._loop,
            self._display.lines,
            self._patience,
            self._end,
            FAILURE if self._has_begun else self._ending.code or FAILURE,
        )

    def _reloading(self) -> Reloader:
        """What can have the files read again, of an app that is not watched as well."""
        if self._reloader is None:
            from procrun.reloading.reloader import Reloader
            from procrun.reloading.rereading import anchored

            settings = anchored(self._settings, self._folder)
            relaunch = self._reception.relaunch if self._reception else lambda _launcher: None
            self._reloader = Reloader(settings, self._plan, self._supervisor, self._loop, relaunch)
            if self._releasing:
                self._reloader.gate = self._releasing.edited
        return self._reloader

    def _is_watched(self, process_type: str) -> bool:
        return self._watcher is not None and self._watcher.are_watched_for(process_type)

    def _end(self, why: str) -> None:
        self._ending.begin(0, why, patient=False)

    def _stop_on_request(self) -> None:
        self._end("stopped by `procrun stop`")

    def _received(self, number: int, *, relayed: bool) -> None:
        if number == signal.SIGCHLD:
            self._supervisor.reap()
        elif number in TO_LEADERS:
            self._supervisor.pass_on(number)
        elif number == signal.SIGWINCH:
            self._supervisor.resize(self._display.size)
            self._display.resized()
        elif number == signal.SIGCONT:
            self._display.continued()
        elif self._display.takes_for_detaching(number):
            self._supervisor.say("your keys come to procrun already; Ctrl-C stops the app")
        elif number in STOPS:
            if number == signal.SIGINT:
                self._display.interrupted()
            self._ending.asked(number, relayed=relayed)

    def _dyno_ended(self, name: str, code: int, text: str) -> None:
        self._ending.begin(code, f"stopped because {name} {text}")

    def _reader_is_gone(self, error: int) -> None:
        if self._owner.shows_log:  # else he says whether he is gone, or lets us go on without him
            self._ending.reader_is_gone(error)

    def _guardian_is_gone(self) -> None:
        self._ending.guardian_is_gone()

    def _finished(self) -> None:
        if self._ending.has_begun or self._owner.ends_with_its_dynos:
            self._ending.finished()

    def _end_of_turn(self) -> None:
        self._hub.flush()
        if self._hub.blocked:
            self._loop.paused = True
        elif self._loop.paused:
            self._loop.paused = False
            self._supervisor.resume()


def _look_after(
    settings: Settings, supervisor: Supervisor, loop: Loop, notes: Iterable[str]
) -> None:
    """Have looked at dynos what the platform would; `notes` are said already."""
    if settings.heroku:
        from procrun.advice.running import Onlooker

        Onlooker(supervisor, loop, os.path.realpath(settings.root), notes)
    if settings.heroku or settings.cycle:
        from procrun.supervisor.upkeep import attend  # nobody else pays for it

        attend(settings, supervisor, loop)


def _keep_freed_memory() -> None:
    """Make glibc keep what is freed for the next chunk of the log.

    By default it gives the kernel back all above 128 KiB, and each chunk pays for its pages anew:
    half of the throughput. Freeing one large block raises that limit to twice the block's size.
    """
    bytes(4 * 1024 * 1024)
