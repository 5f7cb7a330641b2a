"""What requests over the socket are about: an app that runs, and what it lets them do."""

from __future__ import annotations

from procrun.requests.reconfigure import pass_all
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from procrun.core.log import Log
    from procrun.core.release import Change
    from procrun.launcher import Launcher
    from procrun.loop import Loop
    from procrun.reloading.prepared import Prepared
    from procrun.requests.entrance import Entrance
    from procrun.requests.reconfigure import Asker, Configured
    from procrun.supervisor import Supervisor

    class Releases(Protocol):
        """What has to do with releases."""

        @property
        def deployed(self) -> bool:
            """Whether a release of the app has succeeded, now or before."""

        def gate(
            self, change: Change, prepared: Prepared, asker: Asker
        ) -> Callable[[], None] | None:
            """Decide, now or later, whether a new release counts (a `reconfigure.Gate`)."""

        def scaled(self, formation: Mapping[str, int]) -> None:
            """Hear how many dynos there are to be of each process type."""


class NoReleases:
    """Those of an app that needs nothing for them."""

    deployed = True
    gate = staticmethod(pass_all)

    def scaled(self, formation: Mapping[str, int]) -> None:
        """Nobody tells of it."""


class Subject(Value):
    """The app that they are about."""

    supervisor: Supervisor
    launcher: Launcher  # of the Procfile and the env files as they are now
    loop: Loop
    entrance: Entrance
    log: Log
    releases: Releases
    end: Callable[[], None]  # ends it as SIGTERM would
    configured: Callable[[], Configured]  # what can have the env files read again
