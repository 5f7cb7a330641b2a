"""What the end of a dyno means for the app: foreman's rule, `--can-die`, `--restart`, `--watch`."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Verdict(Enum):
    """What happens when a dyno ended by itself."""

    STOP_APP = "stop the app"
    RESTART = "restart it after its cool-off"
    AWAIT_CHANGE = "start it again when its files change"
    STAY_DOWN = "leave it down"


class Policy:
    """Decides by process type; remembers what the app's exit status will be."""

    def __init__(
        self,
        restart: Callable[[str], bool],
        can_die: Callable[[str], bool],
        watched: Callable[[str], bool] = lambda _process_type: False,
    ) -> None:
        self._restart = restart
        self._can_die = can_die
        self._watched = watched
        self._first_failure = 0

    def ended(self, process_type: str, code: int) -> Verdict:
        """The verdict on a dyno of this type that ended by itself with this exit code."""
        if self._restart(process_type):
            return Verdict.RESTART
        if self._watched(process_type):
            return Verdict.AWAIT_CHANGE
        if not self._can_die(process_type):
            return Verdict.STOP_APP
        self._first_failure = self._first_failure or code
        return Verdict.STAY_DOWN

    @property
    def exit_code(self) -> int:
        """With every dyno ended by itself: the first code that was not 0, else 0."""
        return self._first_failure
