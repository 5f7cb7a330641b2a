"""What changed files mean for the running app: dynos restart, the Procfile is read again."""

from __future__ import annotations

import math
import os

from procrun.core.globs import Globs
from procrun.core.lifecycle import Event
from procrun.core.text import one_line
from procrun.core.watching import Affected, Edits, Suspicion, in_words, listed
from procrun.errors import ProcrunError
from procrun.inputs import read_file, shown_path
from procrun.reloading.prepared import Current, Prepared
from procrun.reloading.rereading import in_lines, inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.launcher import Launcher
    from procrun.loop import Loop
    from procrun.plan import Plan
    from procrun.settings import Settings
    from procrun.supervisor import Slot, Supervisor
    from procrun.watch import Watcher


_MOST_PROBLEMS = 10  # in the log of an app that goes on


class Reloader:
    """Carries out what changes of files ask for. `relaunch` is told of each new launcher."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        supervisor: Supervisor,
        loop: Loop,
        relaunch: Callable[[Launcher], None],
    ) -> None:
        """Paths in `settings` must be absolute."""
        self._settings = settings
        self._current = Current(settings, plan, supervisor, relaunch)
        self._supervisor = supervisor
        self._loop = loop
        self._suspicion = Suspicion()
        self._late: dict[str, float] = {}  # sources to restart for later, with when they changed
        self._alarm = loop.later(0, lambda: None)  # which is then
        self._contents: dict[str, bytes | str] = {}
        self._watcher: Watcher | None = None
        self._has_failed = False
        # What lets edited files pass; it has them prepared when their turn has come.
        self.gate: Callable[[Sequence[str], Callable[[], Prepared]], None] | None = None

    def start(self) -> None:
        """Watch the current folder, which is the app's root by now."""
        try:
            from procrun.watch import Scope, Watcher
        except (ImportError, OSError) as error:  # the dynos took every descriptor
            self.say(f"files can't be watched: {error}")
            self.failed()
            return
        settings = self._settings
        own = [globs for _name, globs in settings.watch.types]
        globs = Globs(glob for each in (settings.watch.default, *own) for glob in each)
        files = inputs(settings)
        if any(os.path.exists(path) and not os.path.isfile(path) for path in files):
            files = []  # a pipe, as of `-e <(decrypt .env)`, can be read only once
        self._contents = {path: _content(path) for path in files}
        watched = {same for path in self._contents for same in (path, os.path.realpath(path))}
        apart = [os.path.realpath(settings.log_dir)] if settings.log_dir else []
        scope = Scope(os.getcwd(), globs, frozenset(watched), frozenset(apart))
        self._watcher = Watcher(scope, self, self._loop)
        self._watcher.start()

    def close(self) -> None:
        """Watch no longer."""
        self._alarm.cancel()
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()

    def are_watched_for(self, process_type: str) -> bool:
        """Whether a change of files may restart this type."""
        return not self._has_failed and bool(self._settings.watch(process_type))

    def say(self, text: str) -> None:
        """Write a line of the watcher's into the log."""
        self._supervisor.say(text)

    def failed(self) -> None:
        """Go on without watching."""
        self._has_failed = True
        self.close()

    def edited(self, edits: Edits) -> None:
        """Carry out what a burst of changes asks for."""
        if self._supervisor.stopping:
            return
        restarting = self._read_again() if edits.inputs else []
        if edits.sources or edits.many:
            self._restart(edits, except_for=restarting)

    def _restart(self, edits: Edits, except_for: Sequence[Slot]) -> None:
        """Restart what the changed sources are for, unless it is restarting anyway."""
        sources = edits.sources if edits.many else self._innocent(edits.sources)
        slots = self._wanted(None if edits.many else sources)
        slots = [slot for slot in slots if slot not in except_for]
        self._command(slots, in_words(edits, sources))

    def _wanted(self, sources: Sequence[str] | None) -> list[Slot]:
        """The dynos that are to run, and that the sources are for; None stands for any."""
        watch = self._settings.watch
        affects = watch if sources is None else Affected(watch.default, dict(watch.types), sources)
        wanted = [slot for slot in self._supervisor.slots if slot.is_wanted]
        return [slot for slot in wanted if affects(slot.launch.name.type)]

    def _command(self, slots: Sequence[Slot], why: str) -> None:
        if slots:
            self._supervisor.say(f"{why}: restarting {listed([slot.name for slot in slots])}")
            self._supervisor.command(slots, Event.RESTART)

    def _innocent(self, sources: Sequence[str]) -> Sequence[str]:
        """Those sources that the dynos do not write themselves whenever they start.

        It may be that they do not write the others either: then these have their turn later.
        """
        now = self._loop.now()
        starts = [slot.incarnation.since for slot in self._supervisor.slots if slot.is_wanted]
        innocent = self._suspicion.cleared(sources, max(starts, default=-math.inf), now)
        postponed = self._suspicion.postponed(sources)
        if postponed:
            self._late |= dict.fromkeys(postponed, now)
            self._alarm.cancel()
            self._alarm = self._loop.later(max(postponed.values()) - now, self._restart_late)
        for source in self._suspicion.news():
            self._supervisor.say(
                f"{one_line(source)} changes at every start: ignored from now on while a process"
                " starts. Put it into .gitignore, or say what to watch with --watch GLOB"
            )
        return innocent

    def _restart_late(self) -> None:
        """Restart the dynos that have not started since those sources changed."""
        late, self._late = self._late, {}
        if self._supervisor.stopping:
            return
        sources = tuple(late)
        changed_at = max(late.values())
        slots = [slot for slot in self._wanted(sources) if slot.incarnation.since <= changed_at]
        self._command(slots, in_words(Edits(sources), sources))

    def _read_again(self) -> list[Slot]:
        """Make the app what its Procfile and its env files say now; the dynos that restart."""
        before = self._contents
        self._contents = {path: _content(path) for path in before}
        files = [path for path in before if before[path] != self._contents[path]]
        if not files:
            return []  # written anew as it was
        shown = [shown_path(path) for path in files]
        what = changed(shown)
        try:
            prepared = Prepared(self._current)
            if self.gate is None:
                return prepared.apply(what)[1]
        except ProcrunError as error:
            for line in in_lines(error.problems, _MOST_PROBLEMS):
                self._supervisor.say(line)
            self._supervisor.say(f"{what}, but there are mistakes: the app goes on as it was")
        else:
            self.gate(shown, self.prepare)
        return []

    def reads(self, path: str) -> bool:
        """Whether a file is one of the app's env files."""
        same = os.path.realpath(path)
        return any(os.path.realpath(each) == same for each, _ in self._settings.env_files)

    def prepare(self, *, config_only: bool = False) -> Prepared:
        """What the files say now; with `config_only` the Procfile stays as it was read last.

        Whoever watches the files has nothing left to do for them. ConfigError for mistakes.
        """
        env_files = [path for path, _required in self._settings.env_files]
        files = [path for path in self._contents if path in env_files or not config_only]
        contents = {path: _content(path) for path in files}
        prepared = Prepared(self._current, config_only=config_only)
        self._contents |= contents
        return prepared


def changed(files: Sequence[str]) -> str:
    """`.env and Procfile changed`."""
    return f"{listed([one_line(each) for each in files])} changed"


def _content(path: str) -> bytes | str:
    """What is in a file, or why nobody knows."""
    try:
        return read_file(path, again=True)
    except OSError as error:
        return str(error)
