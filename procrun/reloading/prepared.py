"""A change of the app that is ready: read from its files, to be made once it may be."""

from __future__ import annotations

from procrun.core.difference import moving
from procrun.core.lifecycle import Event
from procrun.core.watching import listed
from procrun.reloading.rereading import compare, differing, read_again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.core.launch import Launch
    from procrun.launcher import Launcher
    from procrun.plan import Plan
    from procrun.reloading.rereading import Comparison
    from procrun.settings import Settings
    from procrun.supervisor import Slot, Supervisor

    Expect = Callable[[Sequence[Slot]], None]


class Current:
    """What the app is by now, and how it becomes what a launcher says."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        supervisor: Supervisor,
        relaunch: Callable[[Launcher], None],
    ) -> None:
        """Paths in `settings` are absolute; `relaunch` is told of each new launcher."""
        self._settings = settings
        self._plan = plan
        self._supervisor = supervisor
        self._relaunch = relaunch
        self.launcher = plan.launcher

    def read(self, *, config_only: bool = False) -> Launcher:
        """What the files say; ConfigError with every mistake in them."""
        return read_again(self._settings, self._plan, self.launcher, config_only=config_only)

    def become(self, launcher: Launcher, what: str, expect: Expect) -> tuple[str, list[Slot]]:
        """Be what a launcher says, because of `what`: as `scale` would.

        The line about it that is in the log, and the dynos that restart or start. `expect` hears
        of those that restart before they do. ConfigError, with nothing done, if it can't be.
        """
        slots = {slot.launch.name: slot for slot in self._supervisor.slots}
        present = [slot.launch for slot in slots.values() if not (slot.leaving or slot.one_off)]
        compared = compare(self._plan, self.launcher, launcher, present)
        expect([slot for slot in slots.values() if _is_restarting(slot)])
        for note in compared.notes:
            self._supervisor.say(note)
        found = compared.difference
        changed = [slots[launch.name] for launch in found.different]
        holders = {slot.child.launch.port: name for name, slot in slots.items() if slot.child}
        for launch in found.different:
            slots[launch.name].launch = launch
        restarting = [slot for slot in changed if slot.is_wanted]
        expect(restarting)
        told = _told(what, differing(self.launcher, launcher), compared, restarting)
        self._supervisor.say(told)
        self.launcher = launcher
        self._relaunch(launcher)
        added = [self._add(launch, slots.get(launch.name)) for launch in found.added]
        self._supervisor.retire([slots[name] for name in found.removed])
        if moving((*found.different, *found.added), holders.get):
            waiting = [slot for slot in changed if slot.waits_for]
            leaving = [slot for slot in slots.values() if slot.leaving]
            moved = [*restarting, *waiting, *added]
            self._supervisor.change_places(moved, [*moved, *leaving])
        else:
            self._supervisor.command(restarting, Event.RESTART)
            self._supervisor.begin(added)
        return told, [*restarting, *added]

    def _add(self, launch: Launch, leaving: Slot | None) -> Slot:
        if leaving is None:
            return self._supervisor.add([launch])[0]
        leaving.launch = launch
        return leaving


class Prepared:
    """What the app is to become: what its files said when it was made, nothing done yet."""

    def __init__(self, current: Current, *, config_only: bool = False) -> None:
        """Read it. `config_only` leaves the Procfile as it is. ConfigError for mistakes."""
        self._current = current
        self._config_only = config_only
        self.launcher = current.read(config_only=config_only)

    @property
    def names(self) -> tuple[str, ...]:
        """The process types and the variables that differ from the app's."""
        return differing(self._current.launcher, self.launcher)

    def is_as(self, other: Prepared | None) -> bool:
        """Whether it comes to the same as another one."""
        return other is not None and not differing(self.launcher, other.launcher)

    def still_holds(self) -> bool:
        """Whether the files say the same now; ConfigError where they have mistakes by now."""
        now = self._current.read(config_only=self._config_only)
        return not differing(self.launcher, now)

    def apply(self, what: str, expect: Expect = lambda _slots: None) -> tuple[str, list[Slot]]:
        """Make it so, whatever the files say by now; as `Current.become`."""
        return self._current.become(self.launcher, what, expect)


def _is_restarting(slot: Slot) -> bool:
    """Whether its process is to give way to one that is launched otherwise."""
    return bool(slot.is_wanted and slot.child and slot.child.launch != slot.launch)


def _told(what: str, names: Sequence[str], compared: Comparison, restarting: Sequence[Slot]) -> str:
    """`.env changed: DEBUG; restarting web.1`."""
    found = compared.difference
    actions = {
        "restarting": [slot.name for slot in restarting],
        "starting": [str(launch.name) for launch in found.added],
        "stopping": [str(name) for name in found.removed],
    }
    done = [f"{verb} {listed(names)}" for verb, names in actions.items() if names]
    which = listed(names) or ("ports" if done else "nothing that matters to what runs")
    return f"{what}: {'; '.join((which, ', '.join(done))) if done else which}"
