"""What the log says of dynos, in procrun's own words. core/wording_heroku.py has Heroku's."""

from __future__ import annotations

from procrun.core.duration import duration
from procrun.core.lifecycle import Event
from procrun.core.names import WEB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from procrun.core.launch import Launch
    from procrun.core.lifecycle import State

    Line = tuple[str, str]  # whose it is, a dyno's or PROCRUN's, and its text
    Lines = Iterable[Line]

    class Wording(Protocol):
        """The lines for all that happens to a dyno, which is called `name`."""

        def remark(self, name: str, text: str) -> Line:
            """What helps whoever watches, whatever else is said."""

        def launched(self, launch: Launch, pid: int) -> Lines:
            """Its process was started."""

        def is_up(self, launch: Launch, after: float) -> Lines:
            """It has given its sign, so many seconds after its start."""

        def changed(self, name: str, before: State, after: State) -> Lines:
            """It is something else or, where it is ending, will be next."""

        def is_to_end(self, name: str, event: Event) -> Lines:
            """Because of the event its process is about to be asked to end."""

        def asked_to_end(self, name: str, signal: str) -> Lines:
            """All of its processes are sent a signal."""

        def is_late(self, name: str, grace: float) -> Lines:
            """Something of it is there after its grace in seconds, and is killed."""

        def never_bound(self, name: str, boot_timeout: float, why: str) -> Lines:
            """It is not up in time, in seconds, and is killed; why, in words."""

        def ended(self, name: str, code: int, how: str) -> Lines:
            """Its process ended by itself with an exit code; how in words."""

        def stopped(self, name: str, code: int, how: str, *, as_asked: bool) -> Lines:
            """Its process ended when it was asked to, by nothing else where it is `as_asked`."""


class Plain:
    """For a person at a terminal: few lines, each of which names the dyno.

    `tells_ports` is whether web dynos are asked on ports of their own, and not through a router.
    """

    def __init__(self, *, tells_ports: bool = True) -> None:
        self._tells_ports = tells_ports

    def remark(self, name: str, text: str) -> Line:
        """It is one line more of the dyno's."""
        return name, text

    def launched(self, launch: Launch, pid: int) -> Lines:
        """`web.1 started (pid 4242, port 5000)`."""
        port = f", port {launch.port}" if launch.name.type == WEB and self._tells_ports else ""
        yield str(launch.name), f"{launch.name} started (pid {pid}{port})"

    def is_up(self, launch: Launch, after: float) -> Lines:
        """`web.1 is up after 0.3 s: http://localhost:5000`."""
        is_asked = launch.name.type == WEB and self._tells_ports
        where = f": {own_url(launch)}" if is_asked else ""
        yield str(launch.name), f"{launch.name} is up after {duration(after)}{where}"

    def changed(self, _name: str, _before: State, _after: State) -> Lines:
        """What made it so was told."""
        return ()

    def is_to_end(self, name: str, event: Event) -> Lines:
        """Whoever asks for it knows."""
        if event is Event.CYCLE:
            yield name, f"{name} has run for a day: restarting it"

    def asked_to_end(self, _name: str, _signal: str) -> Lines:
        """Its end is told."""
        return ()

    def is_late(self, name: str, grace: float) -> Lines:
        """`web.1 did not end within 5 s: killing it`."""
        if grace:
            yield name, f"{name} did not end within {duration(grace)}: killing it"

    def never_bound(self, name: str, boot_timeout: float, why: str) -> Lines:
        """`web.1 is not up after 60 s (its port is not open yet): killing it`."""
        yield name, f"{name} is not up after {duration(boot_timeout)} ({why}): killing it"

    def ended(self, name: str, _code: int, how: str) -> Lines:
        """`web.1 exited with status 3 after 20 ms`."""
        yield name, f"{name} {how}"

    def stopped(self, name: str, _code: int, how: str, *, as_asked: bool) -> Lines:
        """`web.1 stopped`, and how, if that was not to be expected."""
        yield name, f"{name} stopped" + ("" if as_asked else f", {how}")


def own_url(launch: Launch) -> str:
    """Where a web dyno without a router is."""
    return f"http://localhost:{launch.port}"
