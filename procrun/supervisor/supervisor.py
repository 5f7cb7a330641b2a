"""Starts, ends and restarts the dynos, as the table of core/lifecycle.py decides.

Nothing here waits: the loop calls back (a child was reaped, a timer is due, a signal came), it runs
to completion and returns.
"""

from __future__ import annotations

import os
import time

from procrun.core import exit_status
from procrun.core.duration import duration
from procrun.core.lifecycle import Effect, Event, State
from procrun.core.log import PLATFORM, PROCRUN, Chunk
from procrun.core.policy import Verdict
from procrun.core.restart import crashes_in_a_row, starts_again
from procrun.supervisor import strays
from procrun.supervisor.conduct import PLAIN
from procrun.supervisor.ends import Ends
from procrun.supervisor.incarnation import Reached
from procrun.supervisor.slot import Slot, unready
from procrun.supervisor.starts import Starts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from procrun.core.launch import Launch
    from procrun.core.log import Log
    from procrun.core.policy import Policy
    from procrun.core.readiness import Readiness
    from procrun.core.wording import Lines
    from procrun.loop import Loop
    from procrun.supervisor.child import Child
    from procrun.supervisor.conduct import Conduct
    from procrun.supervisor.readiness import Look

_FIRST_WORD = 1.0  # seconds of stopping after which procrun says for whom it waits


class Supervisor:
    """Owns every child.

    `ended(name, code, text)` is called when a dyno's end stops the app, `finished()` when nothing
    runs any more and nothing will.
    """

    def __init__(
        self,
        loop: Loop,
        log: Log,
        policy: Policy,
        keep: frozenset[str],
        *,
        terminal: tuple[int, int] | None,
        adopts: bool,
        conduct: Conduct = PLAIN,
    ) -> None:
        self._loop = loop
        self._log = log
        self._policy = policy
        self._conduct = conduct
        self._wording = conduct.wording
        self._keep = keep
        self._terminal = terminal  # rows and columns for the dynos' terminals, None for pipes
        self._slots: list[Slot] = []
        self._children: dict[int, Slot] = {}  # by the leader's pid
        self._stopping = False
        self._listeners: list[Callable[[Slot], None]] = []
        self._starts = Starts(self, self._wording, loop, log)
        self._ends = Ends(self, self._wording, loop, keep, adopts=adopts)
        self.ended: Callable[[str, int, str], None] = lambda _name, _code, _text: None
        self.finished: Callable[[], None] = lambda: None
        self._effects: dict[Effect, Callable[[Slot], None]] = {
            Effect.SPAWN: self._starts.spawn,
            Effect.TERMINATE: self._ends.terminate,
            Effect.KILL: self._ends.kill,
            Effect.COOL_OFF: self._cool_off,
        }

    def add(self, launches: Iterable[Launch], *, one_off: bool = False) -> list[Slot]:
        """More dynos; they are down until they are told to start."""
        slots = [Slot(launch, one_off=one_off) for launch in launches]
        self._slots += slots
        return slots

    def begin(self, slots: Iterable[Slot]) -> None:
        """Start dynos, each as soon as the types that it comes after are ready."""
        for slot in slots:
            if self._stopping:
                break
            slot.leaving = False
            slot.waits_for = unready(slot, self._slots)
            if slot.waits_for:
                self.remark(slot, f"{slot.name} {slot.why_not_up}")
                self.tell(slot)
            else:
                self.handle(slot, Event.START)
                self._log.flush()

    def listen(self, call: Callable[[Slot], None]) -> None:
        """Call after whatever happens to a dyno."""
        self._listeners = [*self._listeners, call]

    def ignore(self, call: Callable[[Slot], None]) -> None:
        """Call no more."""
        self._listeners = [each for each in self._listeners if each != call]

    def relieve_with(self, call: Callable[[Slot], bool]) -> None:
        """Ask whether somebody lets a dyno have no more requests before it is asked to end.

        If so, `relieved` is to be called when it has none.
        """
        self._ends.relieve = call

    def relieved(self, slot: Slot) -> None:
        """A dyno that is stopping has no more requests."""
        self._ends.relieved(slot)

    def await_end(self, pid: int, call: Callable[[int], None]) -> None:
        """Call with the wait status of a child that is no dyno, once it has ended."""
        self._starts.looks.await_end(pid, call)

    @property
    def slots(self) -> Sequence[Slot]:
        """Every dyno, in the order in which they were started."""
        return self._slots

    @property
    def stopping(self) -> bool:
        """Whether all is to end: nothing may be started any more."""
        return self._stopping

    def command(self, slots: Sequence[Slot], event: Event) -> None:
        """START, STOP or RESTART dynos because somebody wants it."""
        strays.find([slot.child for slot in slots if slot.child is not None], self._keep)
        for slot in slots:
            if self._stopping and event is not Event.STOP:
                break  # one of them could not be started, which stops the app
            slot.waits_for = ()  # whoever says so knows better
            slot.crashes = 0
            if event is not Event.STOP:
                slot.leaving = False
                if slot.dyno.state is State.CRASHED:
                    slot.disarm()
            ends = slot.one_off and event is Event.RESTART  # it runs once
            self.handle(slot, Event.STOP if ends else event)

    def retire(self, slots: Sequence[Slot]) -> None:
        """Stop dynos, and forget each once it is down, unless it is told to start before."""
        for slot in slots:
            slot.leaving = True
        self.command(slots, Event.STOP)

    def change_places(self, slots: Sequence[Slot], before: Iterable[Slot]) -> None:
        """Start dynos again, each once the others in `before`, which have the ports, are gone."""
        children = tuple(slot.child for slot in before if slot.child is not None)
        strays.find(children, self._keep)
        for slot in slots:
            slot.leaving = False
            slot.crashes = 0
            slot.behind = children
            slot.waits_for = unready(slot, self._slots)
        for slot in slots:
            if slot.child is None:
                slot.disarm()
                self.begin([slot])
            else:
                self.handle(slot, Event.STOP if slot.waits_for else Event.RESTART)

    def befall(self, slot: Slot, event: Event) -> None:
        """Let something happen to a dyno that nobody has asked for: it outlives its time."""
        if slot.child is not None:
            strays.find([slot.child], self._keep)
        self.handle(slot, event)

    def stop(self) -> None:
        """Ask every dyno to end; `finished` follows."""
        if self._stopping:
            return
        self._stopping = True
        self._ends.relieve_no_longer()
        running = [slot for slot in self._slots if slot.child is not None]
        strays.find(self._running(), self._keep)
        for slot in list(self._slots):
            slot.waits_for = ()
            self.handle(slot, Event.STOP)
        if running:
            self._loop.later(_FIRST_WORD, lambda: self._ends.say_who_is_left(_FIRST_WORD))
        self._check_finished()

    def rest(self) -> bool:
        """Start nothing any more if all has ended by itself, as `finished` told; whether so still.

        Somebody may have started a dyno since.
        """
        self._stopping = self._stopping or self._has_ended_by_itself
        return self._stopping

    def kill(self) -> None:
        """End every dyno at once."""
        self.stop()
        strays.find(self._running(), self._keep)
        for slot in self._slots:
            if slot.child is not None:
                self._ends.kill(slot)

    def look(self, slot: Slot, sign: Readiness, found: Callable[[], None]) -> Look:
        """Look at a dyno for one sign more, one that is not in its log."""
        return self._starts.looks.look(slot.launch, sign, found)

    def pass_on(self, number: int) -> None:
        """Send a signal to each dyno's leader."""
        for child in self._running():
            child.signal_leader(number)

    def catch_up(self) -> None:
        """Publish all that the dynos have written by now."""
        for slot in list(self._children.values()):
            if slot.intake is not None:
                slot.intake.catch_up()

    def resize(self, size: tuple[int, int]) -> None:
        """Tell each dyno's terminal its size (rows, columns)."""
        if self._terminal is not None:
            self._terminal = size
            for slot in self._slots:
                self.fit(slot, slot.size)

    def fit(self, slot: Slot, size: tuple[int, int] | None) -> None:
        """Give a dyno's terminal a size of its own; None for that of all others."""
        slot.size = size
        if slot.child is not None and (size := size or self._terminal):
            slot.child.resize(size)

    def resume(self) -> None:
        """The log is no longer held up."""
        for slot in list(self._children.values()):
            if slot.intake is not None:
                slot.intake.resume()

    def reap(self) -> None:
        """Take notice of every child that ended, adopted orphans included."""
        while True:
            try:
                pid, wait_status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            self._starts.looks.reaped(pid, wait_status)
            slot = self._children.get(pid)
            for child in self._running():
                child.strays.discard(pid)  # it may soon be somebody else's
            if slot is not None and slot.child is not None and slot.intake is not None:
                slot.child.ended(wait_status)
                slot.intake.drain()
        self.check_groups()

    def check_groups(self) -> None:
        """Find the dynos of which nothing is left."""
        for slot in list(self._children.values()):
            child = slot.child
            if child is not None and child.over:
                self.gone(slot)

    def say(self, text: str) -> None:
        """Write a line of procrun's own into the log."""
        self.publish([(PROCRUN, text)])

    def publish(self, lines: Lines) -> None:
        """Write lines into the log: what became of a dyno, or PROCRUN's own."""
        for name, text in lines:
            state = name != PROCRUN
            chunk = Chunk(time.time(), PLATFORM, name, os.fsencode(text) + b"\n", state=state)
            self._log.publish(chunk)

    def remark(self, slot: Slot, text: str) -> None:
        """Write what helps whoever watches a dyno; the text names the dyno."""
        self.publish([self._wording.remark(slot.name, text)])

    def _running(self) -> Sequence[Child]:
        return [slot.child for slot in self._slots if slot.child is not None]

    def handle(self, slot: Slot, event: Event) -> None:
        """Let an event happen to a dyno."""
        before, heading = slot.dyno.state, slot.dyno.heading
        effects = slot.dyno.handle(event)
        if Effect.TERMINATE in effects:
            self.publish(self._wording.is_to_end(slot.name, event))
        if slot.dyno.heading is not heading and slot.starts:
            self.publish(self._wording.changed(slot.name, heading, slot.dyno.heading))
        if slot.dyno.state is not before:
            slot.changed_at = time.time()
            if before is State.STARTING:
                self._starts.looks.end(slot)
        if slot.dyno.state is State.UP:
            slot.incarnation.reached = Reached.UP
        for effect in effects:
            self._effects[effect](slot)
        if slot.dyno.state is State.DOWN:
            slot.disarm()
        is_over = slot.is_over and slot in self._slots
        if is_over:
            self._slots.remove(slot)
        self.tell(slot)
        if slot.is_ready or slot not in self._slots:
            self._start_what_waited()
        if is_over and slot.one_off:
            self._check_ended()

    def tell(self, slot: Slot) -> None:
        """Tell who listens that something has happened to a dyno."""
        for call in self._listeners:
            call(slot)

    def _start_what_waited(self) -> None:
        for slot in list(self._slots):
            if slot.waits_for and not self._stopping:
                slot.waits_for = unready(slot, self._slots)
                if not slot.waits_for:
                    self.handle(slot, Event.START)

    def size_of(self, slot: Slot) -> tuple[int, int] | None:
        """Rows and columns of a dyno's terminal; None where dynos have pipes."""
        return self._terminal and (slot.size or self._terminal)

    def own(self, slot: Slot) -> None:
        """See to the process that a dyno has now."""
        if slot.child is not None:
            self._children[slot.child.pid] = slot

    def leader_ended(self, slot: Slot) -> None:
        """The process of a dyno has ended, and its last words are out."""
        child = slot.child
        if child is None or child.wait_status is None:
            return
        child.announced = True
        self._starts.looks.end(slot)
        text = exit_status.describe(child.wait_status)
        code = exit_status.code(child.wait_status)
        slot.incarnation.end, slot.incarnation.code = text, code
        slot.incarnation.status = exit_status.end(child.wait_status)
        slot.incarnation.ended_at = time.time()
        if child.asked_to_end:
            expected = code in (0, 128 + slot.launch.stop_signal)
            self.publish(self._wording.stopped(slot.name, code, text, as_asked=expected))
        else:
            text = f"{text} after {duration(self._loop.now() - slot.incarnation.since)}"
            self.publish(self._wording.ended(slot.name, code, text))
            self.judge(slot, code, text)
        if not child.asked_to_end:
            strays.find([child], self._keep)
        if child.gone:
            self.gone(slot)
        elif not child.asked_to_end:
            self._ends.terminate(slot)
            self.tell(slot)

    def judge(self, slot: Slot, code: int, text: str) -> None:
        """Decide what becomes of a dyno that has ended by itself."""
        uptime = self._loop.now() - slot.incarnation.since
        if slot.launch.boot_timeout and slot.incarnation.reached is not Reached.UP:
            uptime = 0.0  # waiting for it was not health
        slot.crashes = crashes_in_a_row(slot.crashes, uptime, self._conduct.healthy)
        slot.incarnation.code = code
        if slot.one_off:
            return
        slot.verdict = self._policy.ended(slot.launch.name.type, code)
        if slot.verdict is Verdict.STOP_APP and not self._stopping:
            self.ended(slot.name, code, text)

    def gone(self, slot: Slot) -> None:
        """Nothing of the dyno is left."""
        child, intake = slot.child, slot.intake
        if child is None or intake is None:
            return
        slot.disarm()
        intake.close()
        self._children.pop(child.pid, None)
        slot.child = slot.intake = None
        self.handle(slot, Event.EXITED)
        self._start_what_waited()
        self._check_finished()

    def _cool_off(self, slot: Slot) -> None:
        if slot.verdict is Verdict.RESTART and not self._stopping:
            delay = self._conduct.rest(slot.crashes)
            if delay:
                self.remark(slot, f"{slot.name} {starts_again(delay)}")
            slot.arm(self._loop.later(delay, lambda: self.handle(slot, Event.COOLED_OFF)))
            return
        if slot.verdict is Verdict.AWAIT_CHANGE and not self._stopping:
            self.remark(slot, f"{slot.name} waits for a change")
            return
        self._start_what_waited()
        self._check_ended()

    def _check_ended(self) -> None:
        if self._has_ended_by_itself:
            self.finished()

    @property
    def _has_ended_by_itself(self) -> bool:
        """Whether all of the formation has: nothing will happen any more."""
        waiting = [each for each in self._slots if each.waits_for and not each.child]
        ended = [each.has_ended or each in waiting for each in self._slots]
        return bool(ended) and all(ended) and not any(each.held_by for each in waiting)

    def _check_finished(self) -> None:
        if self._stopping and not self._children:
            self.finished()
