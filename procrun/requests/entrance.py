"""Where clients reach the web dynos of an app: each itself, or all through a router."""

from __future__ import annotations

from procrun.core.names import WEB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.supervisor import Supervisor

    class Entrance(Protocol):
        """What is in front of the web dynos."""

        routed: bool  # whether that is a router, and not they themselves

        @property
        def urls(self) -> tuple[str, ...]:
            """Where web answers; those of a router as soon as it was open once."""

        @property
        def is_open(self) -> bool:
            """Whether clients reach it just now."""

        def when_open(self, call: Callable[[], None]) -> None:
            """Call once they do, at once if they do already."""


UNREACHED = "the router: its ports are not open yet"  # what is waited for


class Direct:
    """No router: each web dyno is asked on its own port."""

    routed = False
    is_open = True

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    @property
    def urls(self) -> tuple[str, ...]:
        """One of each web dyno."""
        web = [slot.launch for slot in self._supervisor.slots if slot.launch.name.type == WEB]
        return tuple(f"http://localhost:{launch.port}" for launch in web)

    def when_open(self, call: Callable[[], None]) -> None:
        """At once."""
        call()
