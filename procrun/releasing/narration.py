"""What the log says of releases: a few words of procrun's, or what Heroku's API says there."""

from __future__ import annotations

from procrun.core import api_lines
from procrun.requests import api_log
from procrun.system.user import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from procrun.core.launch import Launch
    from procrun.core.log import Log
    from procrun.core.release import Change

    class Narration(Protocol):
        """Whoever tells of releases."""

        def changed(self, change: Change) -> None:
            """What a new release is; it may still fail."""

        def runs(self, change: Change, launch: Launch) -> None:
            """Its release command is about to run."""

        def created(self, change: Change) -> None:
            """It counts."""

        def scaled(self, quantities: Mapping[str, int]) -> None:
            """The formation is another one, in all."""


class Plain:
    """procrun's own words."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def changed(self, change: Change) -> None:
        """That is told with the rest."""

    def runs(self, change: Change, launch: Launch) -> None:
        """Say what is waited for."""
        self._say(f"release {change.name}: {launch.name} runs first")

    def created(self, change: Change) -> None:
        """What follows shows it."""

    def scaled(self, quantities: Mapping[str, int]) -> None:
        """What starts and stops shows it."""


class Api:
    """The lines `app[api]: …`, with the name of whoever did it."""

    def __init__(self, log: Log, size: Callable[[str], str]) -> None:
        """`size` gives the size of a process type's dynos."""
        self._log = log
        self._size = size

    def changed(self, change: Change) -> None:
        """`Set FOO, BAR config vars by user ann`."""
        self._say(change.description, change.by)

    def runs(self, change: Change, launch: Launch) -> None:
        """`Running release v99 commands by user ann`, and which."""
        self._say(f"Running release {change.name} commands", change.by)
        self._say(api_lines.starting(launch.command), change.by)

    def created(self, change: Change) -> None:
        """`Release v99 created by user ann`."""
        self._say(f"Release {change.name} created", change.by)

    def scaled(self, quantities: Mapping[str, int]) -> None:
        """`Scaled to web@2:Eco worker@1:Eco by user ann`."""
        self._say(api_lines.scaled(quantities, self._size), user())

    def _say(self, text: str, by: str) -> None:
        api_log.tell(self._log, text, by)
