"""The release phase of an app: of its start, of each change of its config vars, of edited files.

The release command runs with what would be; only when it has succeeded does that come about. Until
then the app is as it was, whatever happens to its dynos.
"""

from __future__ import annotations

from procrun.config.change import Edited
from procrun.config.ledger import Ledger
from procrun.core.release import FAILED, PENDING, SUCCEEDED, is_the_same_app
from procrun.core.text import one_line
from procrun.errors import ProcrunError
from procrun.releasing.command import LIMIT, ReleaseCommand, launch_of
from procrun.releasing.narration import Api, Plain
from procrun.releasing.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.config.deploy import Deploy
    from procrun.core.launch import Launch
    from procrun.core.log import Log
    from procrun.core.release import Change, Release
    from procrun.loop import Loop
    from procrun.plan import Launcher
    from procrun.releasing.command import Result
    from procrun.releasing.narration import Narration
    from procrun.reloading.reloader import Edit
    from procrun.requests.reconfigure import Asker
    from procrun.settings import Settings
    from procrun.supervisor import Slot, Supervisor

_PAUSE = 0.2  # seconds until we ask again whether the records are free: nobody tells


class Releasing:
    """Lets pass what the release command lets pass. Paths in `settings` are absolute."""

    def __init__(self, settings: Settings, deploy: Deploy) -> None:
        """`deploy` is the release of the app's start, which `start` ends."""
        self._settings = settings
        self._deploy = deploy
        self.output = Output()  # gets the log
        self._edit: Edit | None = None  # that waits for its turn

    def join(self, supervisor: Supervisor, loop: Loop, log: Log) -> None:
        """Be part of an app, before it starts."""
        settings = self._settings
        self._supervisor = supervisor
        self._loop = loop
        limit = LIMIT * settings.time_scale
        self._command = ReleaseCommand(supervisor, loop, self.output, limit)
        self.narration: Narration = (
            Api(log, settings.dyno_size) if settings.heroku else Plain(supervisor.say)
        )

    def start(
        self,
        launcher: Launcher,
        slots: Sequence[Slot],
        begin: Callable[[Sequence[Slot]], None],
        refused: Callable[[Result], None],
        hear: Callable[[str], None],
    ) -> None:
        """Run the release command of a start, while the dynos in `slots` are held.

        Then `begin` is called with those that nobody has stopped meanwhile, or `refused`. `hear`
        is told what is waited for.
        """
        deploy = self._deploy
        for change in (made.change for made in deploy.made[:-1]):
            self.narration.changed(change)
            self.narration.created(change)
        change = deploy.release.change
        if deploy.is_new:
            self.narration.changed(change)
        if launcher.procfile.release is None:
            self._record(lambda: deploy.end(None, passed=True))
            if deploy.is_new:
                self.narration.created(change)
            begin(slots)
            return
        launch = launch_of(launcher)
        name = str(launch.name)
        for slot in slots:
            slot.held_by, slot.waits_for = name, (name,)

        def done(result: Result) -> None:
            passed, stopping = result.passed, self._supervisor.stopping
            self._record(lambda: deploy.end(result.output, passed=passed, interrupted=stopping))
            if passed and deploy.is_new:
                self.narration.created(change)
            for slot in slots:
                slot.held_by = ""
            if passed and not stopping:
                begin([slot for slot in slots if slot.waits_for])
            else:
                refused(result)

        hear(f"{name} runs the release command first: {one_line(launch.command)}")
        self._run(change, launch, done)

    def gate(self, change: Change, launcher: Launcher, asker: Asker) -> Callable[[], None] | None:
        """Decide whether new config vars count; what it returns gives up. ProcrunError if busy."""
        if self._command.runs:
            raise ProcrunError("another release command runs", "Try again when it has ended.")
        self.narration.changed(change)
        if launcher.procfile.release is None:
            self.narration.created(change)
            asker.decide(True)
            return None
        launch = launch_of(launcher)
        asker.doing(f"running {launch.name}")

        def done(result: Result) -> None:
            ledger = Ledger(self._settings.root)  # whose lock is the asker's
            self._record(lambda: ledger.keep_output(change.name, result.output))
            self._tell_of(change, result)
            hint = "" if result.passed else f"; `procrun releases output {change.name}` shows more"
            asker.tell(f"{result.words}{hint}")
            asker.decide(result.passed)

        self._run(change, launch, done)
        return lambda: self._command.stop(str(launch.name))

    def edited(self, edit: Edit) -> None:
        """Have edited files pass, now or as soon as no other release is being made."""
        self._edit = edit
        self._take_edit()

    def _take_edit(self) -> None:
        edit = self._edit
        if edit is None or self._command.runs or self._supervisor.stopping:
            return
        ledger = Ledger(self._settings.root)
        try:
            if ledger.enter_if_free():
                self._edit = None
                self._release_edit(edit, ledger)
            else:
                self._loop.later(_PAUSE, self._take_edit)
        except ProcrunError as error:
            ledger.__exit__()
            self._supervisor.say(f"{edit.description}: {error}: the app goes on as it was")

    def _release_edit(self, edit: Edit, ledger: Ledger) -> None:
        """Release it, unless whoever had the ledger before has done so."""
        edited = Edited(self._settings)
        edited.begin(ledger)
        text = edited.file.read()
        release = edited.release(ledger, edit.description, text.written, edited.config(text))
        last = edited.last(ledger.releases())
        if last and is_the_same_app(last.replace(commit=release.commit), release):
            ledger.__exit__()
            if last.status == SUCCEEDED:
                edit.apply()
            return
        launcher = edit.preview()
        self.narration.changed(release.change)
        if launcher.procfile.release is None:
            self._end_edit(edit, ledger, release, None)
            return
        ledger.write(release.replace(status=PENDING))
        launch = launch_of(launcher)
        self._run(
            release.change, launch, lambda result: self._end_edit(edit, ledger, release, result)
        )

    def _end_edit(
        self, edit: Edit, ledger: Ledger, release: Release, result: Result | None
    ) -> None:
        passed = result is None or result.passed

        def record() -> None:
            ledger.write(release if passed else release.replace(status=FAILED))
            if result is not None:
                ledger.keep_output(release.name, result.output)

        self._record(record)
        ledger.__exit__()
        if result is None:
            self.narration.created(release.change)
        else:
            self._tell_of(release.change, result)
        if passed:
            edit.apply()

    def _run(self, change: Change, launch: Launch, done: Callable[[Result], None]) -> None:
        def ended(result: Result) -> None:
            done(result)
            self._take_edit()

        self.narration.runs(change, launch)
        self._command.run(launch, ended)

    def _tell_of(self, change: Change, result: Result) -> None:
        if result.passed:
            self.narration.created(change)
        else:
            words = f"release {change.name} failed: {result.words}; the app goes on as it was"
            self._supervisor.say(words)

    def _record(self, step: Callable[[], None]) -> None:
        """Do it; a disk that is full does not end the app."""
        try:
            step()
        except (OSError, ProcrunError) as error:
            self._supervisor.say(f"the release is not recorded: {error}")
