"""How an app is reached: by its socket and its files, or not at all."""

from __future__ import annotations

from procrun.control.client import AppEnded, NotRunning, ask
from procrun.errors import ProcrunError
from procrun.testing import log_reading
from procrun.testing.errors import AppFailed
from procrun.testing.one_off import run_one_off

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import NoReturn, Protocol

    from procrun.core.commands import Request
    from procrun.core.order import Begun, Order
    from procrun.testing.log import Log, LogLine
    from procrun.testing.outcomes import CompletedRun
    from procrun.testing.ownership import Ownership

    class Reach(Protocol):
        """What can be asked of an app. ProcrunError, at each of these, for what can't."""

        @property
        def order(self) -> Order:
            """What its host was told."""

        @property
        def begun(self) -> Begun:
            """What its host said when it had begun."""

        def ask(self, request: Request, patience: float = 0.0) -> list[dict[str, object]]:
            """Every reply. AppFailed if the app is gone, or takes `patience` and more seconds."""

        def written(self, since: float | None) -> Log:
            """All that it has written since then, in seconds since the epoch."""

        def to_come(
            self, since: float | None, deadline: float, goes_on: Callable[[], bool]
        ) -> Iterator[LogLine]:
            """That, and what comes while it goes on; TimeoutError at the deadline."""

        def one_off(
            self,
            verb: str,
            words: tuple[str, ...],
            shown: str | tuple[str, ...],
            env: Mapping[str, str],
            timeout: float | None,
        ) -> CompletedRun:
            """Run a command, or the release command, in its environment."""


_MORE_PATIENCE = 10.0  # seconds that it may take to answer on a busy machine


class Local:
    """An app of this machine, started by a host of ours or of a process that has lent it."""

    def __init__(self, order: Order, begun: Begun, ownership: Ownership) -> None:
        self.order = order
        self.begun = begun
        self._ownership = ownership

    def ask(self, request: Request, patience: float = 0.0) -> list[dict[str, object]]:
        """Every reply. AppFailed if the app is gone, or takes `patience` and more seconds."""
        if self._ownership.end:
            raise AppFailed("the app was stopped")
        try:
            if not self._ownership.host_is_gone:
                return list(ask(self.order.folder, request, patience + _MORE_PATIENCE))
        except (NotRunning, AppEnded):
            pass
        except TimeoutError:
            raise self._silence() from None
        why = f"the process that ran the app (pid {self.begun.pid}) has ended"
        raise AppFailed(why, "Somebody has killed it, or `procrun stop` has ended it.")

    def written(self, since: float | None) -> Log:
        """All that it has written since then."""
        try:
            return log_reading.written(self.order.folder, since)
        except TimeoutError:
            raise self._silence() from None
        except NotRunning:
            return log_reading.left_behind(self.order.folder)

    def _silence(self) -> AppFailed:
        what = f"the process that runs the app (pid {self.begun.pid}) does not answer"
        return AppFailed(what, "Somebody may have suspended it.")

    def to_come(
        self, since: float | None, deadline: float, goes_on: Callable[[], bool]
    ) -> Iterator[LogLine]:
        """That, and what comes while it goes on."""
        return log_reading.to_come(self.order.folder, since, deadline, goes_on)

    def one_off(
        self,
        verb: str,
        words: tuple[str, ...],
        shown: str | tuple[str, ...],
        env: Mapping[str, str],
        timeout: float | None,
    ) -> CompletedRun:
        """Run a command in its environment, whether it runs or has ended."""
        overrides = {**self.order.overrides, **env}
        order = self.order.replace(verb=verb, words=words, overrides=overrides, folder="")
        return run_one_off(order, shown, timeout, self.begun.grace)


class Distant:
    """An app that runs somewhere, and of which the URL is known and nothing else."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def order(self) -> NoReturn:
        """ProcrunError."""
        self.refuse()

    @property
    def begun(self) -> NoReturn:
        """ProcrunError."""
        self.refuse()

    def ask(self, *_given: object) -> NoReturn:
        """ProcrunError."""
        self.refuse()

    written = to_come = one_off = ask

    def refuse(self) -> NoReturn:
        """ProcrunError, with what is known of it."""
        raise ProcrunError(
            f"the app at {self._url} was not started here: only its url and its port are known",
            "Leave --procrun-url out for a test that needs more.",
        )
