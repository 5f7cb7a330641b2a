"""What Heroku's API says in an app's log, as `app[api]: Release v7 created by user ann`."""

from __future__ import annotations

from procrun.core.dyno_size import shown
from procrun.core.text import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def by_user(text: str, user: str) -> str:
    """The line of what somebody did."""
    return f"{one_line(text)} by user {one_line(user)}"


def starting(command: str) -> str:
    """That a one-off dyno is about to start."""
    return f"Starting process with command `{command}`"


def maintenance(*, on: bool) -> str:
    """That requests are turned away from now on, or no longer."""
    return f"Maintenance mode {'enabled' if on else 'disabled'}"


def scaled(quantities: Mapping[str, int], size: Callable[[str], str]) -> str:
    """`Scaled to web@2:Eco worker@1:Standard-1X`: all of the formation, with its sizes."""
    dynos = (f"{name}@{number}:{shown(size(name))}" for name, number in quantities.items())
    return f"Scaled to {' '.join(dynos)}"
