"""Where other processes reach a running app: its folder, its socket, the end of its log."""

from __future__ import annotations

import os
import sys

from procrun.control.folder import DYNOS, LOG, SOCKET, Folder
from procrun.control.roster import Roster
from procrun.logs.history import History
from procrun.system.own_files import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.control.server import Server
    from procrun.launcher import Launcher
    from procrun.requests.operation import Client
    from procrun.requests.subject import Subject
    from procrun.requests.verbs import Verbs
    from procrun.supervisor import Slot, Supervisor


class Reception:
    """The folder of an app that is about to start, and what is in it while it runs."""

    def __init__(
        self, root: str, visible_pid: int, *, background: bool = False, heroku: bool = False
    ) -> None:
        """Take the folder. ProcrunError if the app runs already, OSError if it can't be written.

        Waits for what is left of a run that was killed.
        """
        self.history = History()
        self._visible_pid = visible_pid
        self._server: Server | None = None
        self._verbs: Verbs | None = None
        self._folder = Folder(os.path.abspath(root))
        self._folder.claim(visible_pid, _tell_of_the_wait, background=background, heroku=heroku)

    def open(self, app: Subject) -> None:
        """Listen, and have done with the app what is asked for.

        OSError if there can't be one more socket.
        """
        from procrun.control.server import Server
        from procrun.requests.verbs import Verbs

        remove(self._folder.file(LOG))  # of the run before: if we are killed it is not ours
        self._verbs = Verbs(app, self.history)
        self._server = Server(self._folder.file(SOCKET), app.loop, self._verbs.handle)
        self._keep_roster(app.supervisor)

    def _keep_roster(self, supervisor: Supervisor) -> None:
        roster = Roster(self._folder.file(DYNOS))

        def update(_slot: Slot | None = None) -> None:
            roster.update([slot.name for slot in supervisor.slots])

        supervisor.listen(update)
        update()

    @property
    def folder(self) -> str:
        """Where its files are, the socket among them."""
        return self._folder.path

    def watch_start(self, client: Client) -> None:
        """Tell somebody what becomes of the dynos that were just started; only once open."""
        if self._verbs is not None:
            self._verbs.watch_start(client)

    def relaunch(self, launcher: Launcher) -> None:
        """From now on dynos are launched by this one."""
        if self._verbs is not None:
            self._verbs.relaunch(launcher)

    def close(self, *, lingers: bool) -> None:
        """Leave the log of this run, and let the next start have the folder.

        Nobody is told to wait for a visible process that `lingers`.
        """
        try:
            self.history.save(self._folder.file(LOG))
        except OSError:
            pass  # a full disk: there is nobody to tell any more
        if self._verbs is not None:
            self._verbs.app_has_ended(None if lingers else self._visible_pid)
        if self._server is not None:
            self._server.close()
        self._folder.release()


def _tell_of_the_wait() -> None:
    sys.stderr.write("procrun: waiting for what is left of a run that was killed\n")
