"""What becomes of a start in the background, in the words that its caller hears."""

from __future__ import annotations

import os

from procrun.core.names import WEB
from procrun.errors import FAILURE
from procrun.logs.history import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.app.owner import Run
    from procrun.background import Caller

_TAIL = 20  # lines of the log that explain a failure
_LONGEST = 1000  # bytes of each: all of them fit into the pipe to a caller that is suspended


class Background:
    """The owner of an app in the background: who called, and hears what becomes of its start.

    `root` is the app's, from where the caller is.
    """

    shows_log = False
    writes_files = True
    needs_reception = True
    ends_with_its_dynos = True
    lingers = False

    def __init__(self, caller: Caller, root: str) -> None:
        self._caller = caller
        self._reach = "procrun" if root == "." else f"procrun -d {root}"
        self._announcement: Announcement | None = None

    def hear(self, text: str) -> None:
        """Tell the caller, who waits."""
        self._caller.tell(f"procrun: {text}", error=True)

    def began(self, run: Run) -> None:
        """Tell of the first start of the dynos."""
        run.reception.watch_start(self._announced(run))

    def ended(self, run: Run, why: str) -> None:
        """Tell so, if the start was not over before."""
        self._announced(run).ended(why, run.code or FAILURE)

    def _announced(self, run: Run) -> Announcement:
        if self._announcement is None:
            self._announcement = Announcement(self._caller, run, self._reach, os.getppid())
        return self._announcement


class Announcement:
    """Watches the first start of the dynos, as an Operation's client, and tells the caller.

    `reach` is how procrun is called from where the caller is: `procrun`, or `procrun -d DIR`;
    `visible_pid` is the process that the app ends with.
    """

    def __init__(self, caller: Caller, run: Run, reach: str, visible_pid: int) -> None:
        self._caller = caller
        self._run = run
        self._reach = reach
        self._visible_pid = visible_pid
        self._failures: list[str] = []
        self._made = False

    def reply(self, fields: Mapping[str, object]) -> None:
        """Take what an Operation says."""
        if self._made:
            return
        text = str(fields.get("text", ""))
        if fields.get("failed"):
            self._failures.append(text)
        elif text:
            remark = "failed" not in fields  # of no dyno that has started
            self._caller.tell(f"procrun: {text}" if remark else self._with_port(text), error=remark)
        if fields.get("last") and not self._run.supervisor.stopping:
            self._conclude()

    def ended(self, why: str, code: int = FAILURE) -> None:
        """The app has ended with an exit code, which is the caller's as well."""
        if self._made:
            return
        self._made = True
        self._show_log()
        reason = self._failures[0] if self._failures else why
        self._caller.tell(f"procrun: the app did not start: {reason}", error=True)
        self._caller.done(code, ends=True)

    def _conclude(self) -> None:
        self._made = True
        if self._failures:
            self._show_log()
        for failure in self._failures:
            self._caller.tell(f"procrun: {failure}", error=True)
        goes_on = any(not slot.has_ended for slot in self._run.supervisor.slots)
        for line in self._how_to_reach() if goes_on else ("All of the app has ended.",):
            self._caller.tell(line, error=bool(self._failures))
        self._caller.done(FAILURE if self._failures else 0, ends=not goes_on)

    def _how_to_reach(self) -> tuple[str, ...]:
        what = "goes on" if self._failures else "runs"
        reach = self._reach
        shown = f"`{reach} ps` shows it, `{reach} logs -t` follows its log, `{reach} stop` ends it."
        first = f"The app {what} in the background (pid {self._visible_pid})."
        if self._run.entrance.routed:
            return f"{first[:-1]}, at {' and '.join(self._run.entrance.urls)}", f"  {shown}"
        return first, f"  {shown}"

    def _with_port(self, text: str) -> str:
        """What is told of a dyno, with the port of a web dyno that is asked itself."""
        if self._run.entrance.routed:
            return text
        for slot in self._run.supervisor.slots:
            if slot.launch.name.type == WEB and slot.child and text.startswith(f"{slot.name} "):
                pid = f"(pid {slot.child.pid}"
                return text.replace(pid, f"{pid}, port {slot.launch.port}", 1)
        return text

    def _show_log(self) -> None:
        layout = self._run.layout()
        chunks = self._run.reception.history.last(_TAIL, Wanted())
        pieces = [bytes(piece) for chunk in chunks for piece in layout.render(chunk)]
        for line in b"".join(pieces).rstrip(b"\n").split(b"\n")[-_TAIL:]:
            self._caller.tell(line[:_LONGEST], error=True)
