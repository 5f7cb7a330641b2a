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
    from procrun.reloading.prepared import Prepared
    from procrun.requests.operation import Operation
    from procrun.supervisor import Slot

    class Configured(Protocol):
        """What can have the app's env files read again."""

        def reads(self, path: str) -> bool:
            """Whether a file is one of them."""

        def prepare(self, *, config_only: bool) -> Prepared:
            """What they say. ConfigError if they are wrong."""

    # Decides, now or later, whether a new release counts. It is given what the release is, what
    # the app would become, and who asks. What it returns is called where he is gone meanwhile.
    Gate = Callable[[Change, Prepared, "Asker"], Callable[[], None] | None]


def _nothing() -> None:
    """Do nothing."""


class Asker:
    """Who wants to know whether a release counts."""

    def __init__(
        self, connection: Connection, decided: Callable[[bool, Callable[[], None]], bool]
    ) -> None:
        self._connection = connection
        self._decided = decided

    def decide(self, passed: bool, counted: Callable[[], None] = _nothing) -> bool:  # noqa: FBT001 - it is what this is about
        """Say, once, whether it passed; whether it counts, too, which the answer may forbid.

        `counted` is called if it does, before anything restarts.
        """
        return self._decided(passed, counted)

    def doing(self, text: str) -> None:
        """Say what is being done: within a second, if the decision takes longer."""
        self._connection.reply({"doing": text})

    def tell(self, text: str) -> None:
        """Say what came of it."""
        self._connection.reply({"text": text})


def pass_all(_change: Change, _prepared: Prepared, asker: Asker) -> None:
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
    if not _is_read(configured, path):
        text = f"the running app does not read {one_line(path)}: nothing changes for it"
        connection.reply({"text": text, "released": True, "last": True})
        return

    from procrun.core.release import Change  # a start need not pay for it

    told = (request.text("description"), request.text("by"))
    change = Change(request.number("release", 0), *told)
    prepared = configured.prepare(config_only=True)

    def decide(passed: bool, counted: Callable[[], None]) -> bool:  # noqa: FBT001 - as for `decide`
        try:
            if passed:
                _check_still_holds(prepared)
        except ProcrunError as error:
            connection.refuse(error)
            return False
        connection.reply({"released": passed, "last": not passed})
        if passed:
            counted()
            _restart(connection, prepared, change, operation())
        return passed

    give_up = gate(change, prepared, Asker(connection, decide))
    if give_up is not None:
        connection.closed = give_up


def _is_read(configured: Configured, path: str) -> bool:
    try:
        return configured.reads(path)
    except ValueError as error:  # with a NUL, or what the file system can't encode
        hint = "`procrun config set` names the file that it has edited."
        raise ProcrunError(f"{one_line(path)} is no path", hint) from error


def _check_still_holds(prepared: Prepared) -> None:
    """ProcrunError where the gate has let pass something else than the files say by now."""
    if not prepared.still_holds():
        hint = "`procrun releases retry` makes a release of what they say now."
        raise ProcrunError("the env files were edited meanwhile", hint)


def _restart(connection: Connection, prepared: Prepared, change: Change, answer: Operation) -> None:
    affected: list[Slot] = []

    def expect(slots: Sequence[Slot]) -> None:
        affected.extend(slots)
        answer.expect(slots, Event.RESTART)

    try:
        told, _slots = prepared.apply(f"release {change.name}", expect)
    except ProcrunError as error:  # somebody has scaled it so far that ports run out
        connection.refuse(error)
    else:
        if not affected:
            connection.reply({"text": told})
    answer.watch()
