"""The app's router from its first start to its end, however many processes that takes."""

from __future__ import annotations

import time
from enum import Enum

from procrun.certificates.trust_mark import hint, is_decided
from procrun.core.duration import duration
from procrun.core.exit_status import describe
from procrun.core.lifecycle import State
from procrun.core.log import PLATFORM, ROUTER, Chunk
from procrun.core.names import WEB
from procrun.core.router_urls import urls
from procrun.front.child import Hearers, RouterProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from procrun.core.log import Log
    from procrun.core.router_orders import Orders
    from procrun.loop import Loop, Timer
    from procrun.supervisor import Slot, Supervisor

_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before it is started again
_PROVEN = 30.0  # seconds that it must have been there for the first of them to hold anew
_FIRST_WORD = 1.0  # seconds of waiting for it at the end after which that is said
_LAST_ANSWERS = 2.0  # seconds for clients to read on once no dyno is left
_OWN = b"procrun: "  # in front of the router's words


class Phase(Enum):
    """How far the router is."""

    IDLE = "idle"  # nothing was started yet
    STARTING = "starting"
    OPEN = "open"  # its ports are
    PAUSED = "paused"  # it has ended and is started again
    ENDING = "ending"
    GONE = "gone"


class Front:
    """Starts the router beside the first dyno, and again when it ends; tells where it answers.

    `failed(why)` is called where it can't even begin. `grace` is how long it may take to end
    (seconds).
    """

    routed = True  # what is told of web dynos, whose own ports are nobody's business

    def __init__(
        self, orders: Orders, supervisor: Supervisor, log: Log, loop: Loop, grace: float
    ) -> None:
        self.failed: Callable[[str], None] = lambda _why: None
        self.urls: tuple[str, ...] = ()  # known once it is open
        self._orders = orders
        self._supervisor = supervisor
        self._log = log
        self._loop = loop
        self._grace = grace
        self._phase = Phase.IDLE
        self._process: RouterProcess | None = None
        self._began = 0.0  # when the last process was started
        self._ends = 0  # of processes in a row that did not last
        self._words = ""  # the last thing that it said itself
        self._told = False  # where it answers
        self._when_open: list[Callable[[], None]] = []
        self._then: Callable[[], None] | None = None  # what is to be done when it is gone
        self._timer: Timer | None = None  # of the next start, or of the end
        supervisor.listen(self._changed)

    @property
    def is_open(self) -> bool:
        """Whether clients reach it."""
        return self._phase is Phase.OPEN

    def when_open(self, call: Callable[[], None]) -> None:
        """Call once clients reach it; at once if they do."""
        if self.is_open:
            call()
        else:
            self._when_open.append(call)

    def stop(self) -> None:
        """Let nobody in any more, and end it when what is under way has ended, within the grace."""
        if self._phase in (Phase.ENDING, Phase.GONE):
            return
        self._cancel()
        if self._process is None:
            self._phase = Phase.GONE
            return
        self._phase = Phase.ENDING
        self._process.stop()
        self._timer = self._loop.later(self._grace, self.kill)

    def end(self, then: Callable[[], None]) -> None:
        """The same, now that no dyno is left; `then` is called when nothing of it is there."""
        self.stop()
        if self._phase is Phase.GONE:
            then()
        elif self._then is None:
            self._loop.later(min(_LAST_ANSWERS, self._grace), self.kill)
            self._loop.later(_FIRST_WORD, self._say_what_is_waited_for)
        self._then = then

    def kill(self) -> None:
        """End it at once."""
        self.stop()
        if self._process is not None:
            from signal import SIGKILL

            self._process.signal(SIGKILL)

    def _changed(self, slot: Slot) -> None:
        if slot.child is None:
            return
        if self._phase is Phase.IDLE:
            self._phase = Phase.STARTING
            self._timer = self._loop.later(0, self._start)  # the dynos come first
        elif slot.dyno.state is State.UP and slot.launch.name.type == WEB:
            self._tell()

    def _start(self) -> None:
        self._phase = Phase.STARTING
        self._began = self._loop.now()
        self._words = ""
        hearers = Hearers(self._served, self._said, self._opened)
        try:
            self._process = RouterProcess(self._orders, self._loop, hearers)
        except OSError as error:
            self._again(f"could not be started: {error.strerror or error}")
        else:
            self._supervisor.await_end(self._process.pid, self._ended)

    def _served(self, lines: bytes) -> None:
        self._log.publish(Chunk(time.time(), PLATFORM, ROUTER, lines))

    def _said(self, lines: bytes) -> None:
        for line in lines.splitlines():
            self._words = line.removeprefix(_OWN).decode("utf-8", "replace")
            self._supervisor.say(self._words)

    def _opened(self, line: bytes) -> None:
        import json

        try:
            ports: Mapping[str, int] = json.loads(line)
        except ValueError:
            return  # it was killed in the middle of it
        self.urls = urls(self._orders.app, self._orders.bind, ports)
        # The next process has the same ports.
        self._orders = self._orders.replace(http=ports["http"], https=ports.get("https"))
        if self._phase is not Phase.STARTING:
            return  # these were its last words
        self._phase = Phase.OPEN
        calls, self._when_open = self._when_open, []
        for call in calls:
            call()
        self._tell()

    def _tell(self) -> None:
        """Where web answers, once, as soon as it does."""
        web = (slot for slot in self._supervisor.slots if slot.launch.name.type == WEB)
        if self.urls and not self._told and any(slot.dyno.state is State.UP for slot in web):
            self._told = True
            where = " and ".join(self.urls)
            self._supervisor.say(f"the app is at {where}{hint(self.urls, told=is_decided())}")

    def _ended(self, wait_status: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.reaped()
        if self._phase is Phase.ENDING:
            self._gone()
            return
        begun = bool(self.urls)
        killed = wait_status & 0x7F
        if begun or killed:
            lasted = duration(self._loop.now() - self._began)
            self._again(f"{_in_words(wait_status)} after {lasted}")
        else:
            self._phase = Phase.GONE
            self.failed(self._words or f"the router {_in_words(wait_status)}")

    def _again(self, how: str) -> None:
        self._phase = Phase.PAUSED
        if self._loop.now() - self._began >= _PROVEN:
            self._ends = 0
        pause = _PAUSES[min(self._ends, len(_PAUSES) - 1)]
        self._ends += 1
        when = f"in {duration(pause)}" if pause else "now"
        self._supervisor.say(f"the router {how}; it starts again {when}")
        self._timer = self._loop.later(pause, self._start)

    def _gone(self) -> None:
        self._phase = Phase.GONE
        self._cancel()
        if self._then is not None:
            self._then()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _say_what_is_waited_for(self) -> None:
        if self._phase is not Phase.GONE:
            text = "waiting for the router, which has requests still; Ctrl-C kills at once"
            self._supervisor.say(text)


def _in_words(wait_status: int) -> str:
    """What the router did, or what was done to it."""
    how = describe(wait_status)
    return f"was {how}" if wait_status & 0x7F else how
