"""New config vars for the running app: once the gate has let them pass, what they change restarts.

The options of the request: `release`, the number of the release; `description` and `by`, what and
whose it is; `path`, the env file that was edited. Its answer: one reply whose `released` says
whether it passed, then those of a restart; before that one, perhaps, what is being done.
"""

from __future__ import annotations

from procrun.core.lifecycle import Event
from procrun.core.text import one_line
from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from procrun.control.server import Connection
    from procrun.core.commands import Request
    from procrun.core.release import Change
    from procrun.plan import Launcher
    from procrun.requests.operation import Operation
    from procrun.supervisor import Slot

    class Configured(Protocol):
        """What can have the app's env files read again."""

        def reads(self, path: str) -> bool:
            """Whether a file is one of them."""

        def preview(self) -> Launcher:
            """How dynos would be launched then. ConfigError if the files are wrong."""

        def reconfigure(self, what: str, expect: Callable[[Sequence[Slot]], None]) -> str:
            """Do it, because of `what`; `expect` hears of the dynos before they restart."""

    # Decides, now or later, whether a new release counts. It is given what the release is, how its
    # dynos would be launched, and who asks. What it returns is called where he is gone meanwhile.
    Gate = Callable[[Change, Launcher, "Asker"], Callable[[], None] | None]


class Asker:
    """Who wants to know whether a release counts."""

    def __init__(self, connection: Connection, decided: Callable[[bool], None]) -> None:
        self._connection = connection
        self.decide = decided  # call it once, with whether it passed

    def doing(self, text: str) -> None:
        """Say what is being done: within a second, if the decision takes longer."""
        self._connection.reply({"doing": text})

    def tell(self, text: str) -> None:
        """Say what came of it."""
        self._connection.reply({"text": text})


def pass_all(_change: Change, _launcher: Launcher, asker: Asker) -> None:
    """The gate of an app whose releases need nothing."""
    asker.decide(True)


def reconfigure(
    request: Request,
    connection: Connection,
    configured: Configured,
    gate: Gate,
    operation: Callable[[], Operation],
) -> None:
    """Carry it out; ProcrunError if it can't be. `operation` makes what answers of the restarts."""
    path = request.text("path")
    if not configured.reads(path):
        text = f"the running app does not read {one_line(path)}: nothing changes for it"
        connection.reply({"text": text, "released": True, "last": True})
        return

    from procrun.core.release import Change  # a start need not pay for it

    version = request.number("release", 0)
    change = Change(version, request.text("description"), request.text("by"))
    launcher = configured.preview()

    def decide(passed: bool) -> None:  # noqa: FBT001 - nothing but this is told
        try:
            if passed:
                _check_the_same(launcher, configured.preview())
        except ProcrunError as error:
            connection.refuse(error)
            return
        connection.reply({"released": passed, "last": not passed})
        if passed:
            _restart(connection, configured, f"release v{version}", operation)

    give_up = gate(change, launcher, Asker(connection, decide))
    if give_up is not None:
        connection.closed = give_up


def _check_the_same(gated: Launcher, now: Launcher) -> None:
    """ProcrunError where the gate has let pass something else than the files say by now."""
    if gated.config.values != now.config.values:
        hint = "`procrun releases retry` makes a release of what they say now."
        raise ProcrunError("the env files were edited meanwhile", hint)


def _restart(
    connection: Connection,
    configured: Configured,
    what: str,
    operation: Callable[[], Operation],
) -> None:
    affected: list[Slot] = []
    answer = operation()

    def expect(slots: Sequence[Slot]) -> None:
        affected.extend(slots)
        answer.expect(slots, Event.RESTART)

    try:
        told = configured.reconfigure(what, expect)
    except ProcrunError as error:  # somebody edited the file while the gate was closed
        connection.refuse(error)
    else:
        if not affected:
            connection.reply({"text": told})
    answer.watch()
