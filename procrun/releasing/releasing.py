"""The release phase of an app: of its start, of each change of its config vars, of edited files.

The release command runs with what would be; only when it has succeeded does that come about. Until
then the app is as it was, whatever happens to its dynos.
"""

from __future__ import annotations

from procrun.config.change import Edited
from procrun.config.ledger import Ledger
from procrun.core.release import FAILED, PENDING, described_edit
from procrun.core.text import one_line
from procrun.errors import ProcrunError
from procrun.releasing.command import LIMIT, ReleaseCommand, launch_of
from procrun.releasing.narration import Api, Plain
from procrun.releasing.output import Output
from procrun.reloading.reloader import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from procrun.config.deploy import Deploy
    from procrun.core.launch import Launch
    from procrun.core.log import Log
    from procrun.core.release import Change, Release
    from procrun.launcher import Launcher
    from procrun.loop import Loop
    from procrun.releasing.command import Result
    from procrun.releasing.narration import Narration
    from procrun.reloading.prepared import Prepared
    from procrun.requests.reconfigure import Asker
    from procrun.settings import Settings
    from procrun.supervisor import Slot, Supervisor

_PAUSE = 0.2  # seconds until we ask again whether the records are free: nobody tells


def _nothing() -> None:
    """Do nothing."""


class Releasing:
    """Lets pass what the release command lets pass. Paths in `settings` are absolute."""

    def __init__(self, settings: Settings, deploy: Deploy) -> None:
        """`deploy` is the release of the app's start, which `start` ends."""
        self._settings = settings
        self._deploy = deploy
        self.deployed = not deploy.is_first  # whether there is an app that requests can wait for
        self.output = Output()  # gets the log
        self._edited: dict[str, None] = {}  # files that wait for their turn
        self._gated: Prepared | None = None  # what was asked about since one was edited
        self._next: Callable[[], None] = _nothing  # who waits until a command has ended
        self._stop_gate: Callable[[], None] = _nothing  # ends the command that he came to

    def join(self, supervisor: Supervisor, loop: Loop, log: Log) -> None:
        """Be part of an app, before it starts."""
        settings = self._settings
        self._supervisor = supervisor
        self._loop = loop
        self._turn = loop.later(0, self._take_edits)
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
        for made in deploy.made[:-1]:
            self.narration.changed(made.change)
            self.narration.created(made.change)
        if deploy.is_new:
            self.narration.changed(deploy.release.change)
        if launcher.procfile.release is None:
            self._end_start(None)
            begin(slots)
            return
        launch = launch_of(launcher)
        name = str(launch.name)
        for slot in slots:
            slot.held_by, slot.waits_for = name, (name,)

        def done(result: Result) -> None:
            self._end_start(result)
            for slot in slots:
                slot.held_by = ""
            if result.passed and not self._supervisor.stopping:
                begin([slot for slot in slots if slot.waits_for])
            else:
                refused(result)

        hear(f"{name} runs the release command first: {one_line(launch.command)}")
        self._run(deploy.release.change, launch, done)

    def _end_start(self, result: Result | None) -> None:
        """Record what became of the start's release; None where there was nothing to run."""
        deploy, stopping = self._deploy, self._supervisor.stopping
        output = result.output if result else None
        passed = result is None or result.passed
        self._record(lambda: deploy.end(output, passed=passed, interrupted=stopping))
        self.deployed = self.deployed or passed
        if passed and deploy.is_new:
            self.narration.created(deploy.release.change)

    def gate(self, change: Change, prepared: Prepared, asker: Asker) -> Callable[[], None] | None:
        """Decide whether new config vars count; what it returns gives up.

        A command that runs is of somebody who is gone, for all others have their turn: it is
        ending, and is waited for.
        """
        if not self._command.runs:
            return self._gate(change, prepared, asker)
        asker.doing("waiting for the release command before")
        self._next = lambda: self._gate_next(change, prepared, asker)
        return self._give_up

    def _give_up(self) -> None:
        """Nobody waits any longer, for his turn or for the command that it has come to."""
        self._next = _nothing
        self._stop_gate()

    def _gate_next(self, change: Change, prepared: Prepared, asker: Asker) -> None:
        self._next = _nothing
        if self._supervisor.stopping:
            asker.tell("the app is stopping")
            asker.decide(False)
            return
        self._stop_gate = self._gate(change, prepared, asker) or _nothing

    def _gate(self, change: Change, prepared: Prepared, asker: Asker) -> Callable[[], None] | None:
        self._gated = prepared
        self.narration.changed(change)
        if prepared.launcher.procfile.release is None:
            self._decide(change, asker, None)
            return None
        launch = launch_of(prepared.launcher)
        asker.doing(f"running {launch.name}")
        self._run(change, launch, lambda result: self._decide(change, asker, result))
        return lambda: self._command.stop(str(launch.name))

    def _decide(self, change: Change, asker: Asker, result: Result | None) -> None:
        if result:
            ledger = Ledger(self._settings.root)  # whose lock is the asker's
            self._record(lambda: ledger.keep_output(change.name, result.output))
        if result and not result.passed:
            hint = f"`procrun releases output {change.name}` shows what it wrote"
            asker.tell(f"{result.words}; {hint}")
            self._tell_of_failure(change, result)
            asker.decide(False)
        elif not asker.decide(True, lambda: self.narration.created(change)):
            words = "does not count, for the env files have changed meanwhile"
            self._supervisor.say(f"release {change.name} {words}; the app goes on as it was")

    def scaled(self, formation: Mapping[str, int]) -> None:
        """Tell of a new formation."""
        self.narration.scaled(formation)

    def edited(self, files: Sequence[str], prepare: Callable[[], Prepared]) -> None:
        """Have edited files pass, now or as soon as no other release is being made."""
        self._edited |= dict.fromkeys(files)
        self._prepare = prepare
        self._gated = None
        self._take_edits()

    def _take_edits(self) -> None:
        if not self._edited or self._command.runs or self._supervisor.stopping:
            return
        files, ledger = list(self._edited), Ledger(self._settings.root)
        try:
            if not ledger.enter_if_free() or not self._release_edit(files, ledger):
                self._turn.cancel()
                self._turn = self._loop.later(_PAUSE, self._take_edits)
        except (OSError, ProcrunError) as error:
            ledger.release()
            self._edited.clear()
            self._supervisor.say(f"{changed(files)}: {error}: the app goes on as it was")

    def _release_edit(self, files: Sequence[str], ledger: Ledger) -> bool:
        """Release it, unless `gate` has decided on just that; False where it is to be tried again.

        OSError and ProcrunError where that can't be recorded, or the files have mistakes by now.
        """
        prepared = self._prepare()
        edited = Edited(self._settings)
        edited.begin(ledger)
        text = edited.file.read()
        names = dict.fromkeys(name.partition(" ")[0] for name in prepared.names)  # not `(new)`
        description = described_edit(" and ".join(files), names)
        release = edited.release(ledger, description, text.written, edited.config(text))
        if not prepared.still_holds():  # the record is of something later
            ledger.release()
            return False
        self._edited.clear()
        launcher = prepared.launcher
        if prepared.is_as(self._gated):
            ledger.release()
        elif not names:
            ledger.release()
            prepared.apply(changed(files))
        elif launcher.procfile.release is None:
            self.narration.changed(release.change)
            self._end_edit(files, prepared, ledger, release, None)
        else:
            ledger.write(release.replace(status=PENDING))
            self.narration.changed(release.change)
            self._run(
                release.change,
                launch_of(launcher),
                lambda result: self._end_edit(files, prepared, ledger, release, result),
            )
        return True

    def _end_edit(
        self,
        files: Sequence[str],
        prepared: Prepared,
        ledger: Ledger,
        release: Release,
        result: Result | None,
    ) -> None:
        passed = result is None or result.passed

        def record() -> None:
            ledger.write(release if passed else release.replace(status=FAILED))
            if result is not None:
                ledger.keep_output(release.name, result.output)

        self._record(record)
        ledger.release()
        if result and not result.passed:
            self._tell_of_failure(release.change, result)
            return
        self.narration.created(release.change)
        try:
            prepared.apply(changed(files))
        except ProcrunError as error:
            self._supervisor.say(f"{error}: the app goes on as it was")

    def _run(self, change: Change, launch: Launch, done: Callable[[Result], None]) -> None:
        def ended(result: Result) -> None:
            done(result)
            self._next()
            self._take_edits()

        self.narration.runs(change, launch)
        self._command.run(launch, ended)

    def _tell_of_failure(self, change: Change, result: Result) -> None:
        words = f"release {change.name} failed: {result.words}; the app goes on as it was"
        self._supervisor.say(words)

    def _record(self, step: Callable[[], None]) -> None:
        """Do it; a disk that is full does not end the app."""
        try:
            step()
        except (OSError, ProcrunError) as error:
            self._supervisor.say(f"the release is not recorded: {error}")
