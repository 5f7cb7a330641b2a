"""The apps that tests share, by their setups."""

from __future__ import annotations

from procrun.errors import ProcrunError
from procrun.pytest_plugin.closing import Closing
from procrun.pytest_plugin.member import Member
from procrun.pytest_plugin.setups import setup_of
from procrun.pytest_plugin.starter import Starter
from procrun.pytest_plugin.trouble import failed_start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from procrun.pytest_plugin.lent import Lent
    from procrun.pytest_plugin.marks import Choices
    from procrun.pytest_plugin.options import Options
    from procrun.pytest_plugin.trouble import Trouble
    from procrun.testing import RunningApp, Setup


class Pool:
    """Has each app started once; one that has failed is not tried again."""

    def __init__(self, options: Options, lent: Lent | None = None) -> None:
        """`lent` is the default app, where it belongs to another process."""
        self._options = options
        self._starter = Starter(options, lent)
        self._members: dict[Setup, Member] = {}
        self._failed: dict[Setup, Trouble] = {}
        self._closing: list[str] = []
        self._has_failed = False

    def find(self, choices: Choices) -> Member | None:
        """The shared app for that, if it was started; None for a fresh one."""
        setup = self._setup(choices)
        return self._members.get(setup) if setup and not choices.fresh else None

    def member_of(self, app: RunningApp) -> Member:
        """The shared app that this is; one that is none is taken for ours."""
        found = (member for member in self._members.values() if member.app is app)
        return next(found, None) or Member(app)

    def shares(self, member: Member) -> bool:
        """Whether tests share it, yet."""
        return member in self._members.values()

    def trouble(self, choices: Choices) -> Trouble | None:
        """What is wrong with the app for that, as far as is known."""
        if member := self.find(choices):
            return member.trouble
        setup = self._setup(choices)
        return self._failed.get(setup) if setup else None

    def share(self, choices: Choices) -> Member:
        """A new app for that, to be found later. Fails the test if it does not start."""
        member = self._started(choices, self._starter.shared)
        self._members[member.app.setup] = member
        return member

    def fresh(self, choices: Choices) -> Member:
        """A new app for that. Fails the test if it does not start."""
        return self._started(choices, self._starter.fresh)

    def another(self, choices: Choices) -> Member:
        """A new app for that. ProcrunError if it does not start."""
        return self._starter.fresh(setup_of(self._options, choices))

    def begin(self, choices: Choices) -> Member:
        """A new shared app, which need not be ready. ProcrunError if it does not start."""
        member = self._starter.begin(setup_of(self._options, choices))
        self._members[member.app.setup] = member
        return member

    def drop(self, member: Member) -> None:
        """Stop a shared app."""
        if self._members.pop(member.app.setup, None):
            self.stop([member])

    def stop(self, members: Iterable[Member]) -> None:
        """Stop apps, all at once."""
        stopped = list(members)
        for member in stopped:
            member.app.begin_to_stop()
        for member in stopped:
            self._closing += member.stop()
            self._has_failed |= member.has_failed_unseen

    def close(self) -> Closing:
        """Stop all shared apps, or let them go on; what is to be said at the end."""
        members = list(self._members.values())
        self._members.clear()
        if self._options.keeps_apps:
            self._closing += [line for member in members for line in member.keep()]
            self._has_failed |= any(member.has_failed_unseen for member in members)
        else:
            self.stop(members)
        return Closing(tuple(self._closing), self._has_failed)

    def _setup(self, choices: Choices) -> Setup | None:
        """None for what can't be; a start tells why."""
        try:
            return setup_of(self._options, choices)
        except ProcrunError:
            return None

    def _started(self, choices: Choices, start: Callable[[Setup], Member]) -> Member:
        setup = None
        try:
            setup = setup_of(self._options, choices)
            return start(setup)
        except ProcrunError as error:
            failed = failed_start(error)  # told below, without the error itself
        if setup:
            self._failed[setup] = failed
        return failed.fail()
