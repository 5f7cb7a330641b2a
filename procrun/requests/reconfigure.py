"""New config vars for the running app: once the gate has let them pass, what they change restarts.

The options of the request: `release`, the number of the release; `path`, the env file that was
edited. Its answer: one reply whose `released` says whether it passed, then those of a restart.
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

    # Decides, now or later, whether a new release counts. It is given its number, how its dynos
    # would be launched, what tells the client something meanwhile (within a second, if it takes
    # longer), and what it calls with its decision.
    Gate = Callable[[int, Launcher, Callable[[str], None], Callable[[bool], None]], None]


def pass_all(
    _release: int,
    _launcher: Launcher,
    _tell: Callable[[str], None],
    decide: Callable[[bool], None],
) -> None:
    """The gate of an app whose releases need nothing."""
    decide(True)


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

    def decide(passed: bool) -> None:  # noqa: FBT001 - nothing but this is told
        connection.reply({"released": passed, "last": not passed})
        if passed:
            _restart(connection, configured, f"release v{request.number('release', 0)}", operation)

    def tell(text: str) -> None:
        connection.reply({"text": text})

    gate(request.number("release", 0), configured.preview(), tell, decide)


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
