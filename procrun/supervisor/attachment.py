"""Who is attached to a dyno's terminal: one writes, the others look on.

It belongs to the dyno's slot, so that it outlives the dyno's processes.
"""

from __future__ import annotations

from procrun.core.lifecycle import State
from procrun.core.policy import Verdict
from procrun.core.restart import starts_again
from procrun.errors import FAILURE
from procrun.supervisor.feed import FULL, Feed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from procrun.loop import Loop
    from procrun.supervisor.child import Child
    from procrun.supervisor.slot import Slot
    from procrun.supervisor.supervisor import Supervisor

    class Member(Protocol):
        """Somebody who is attached."""

        @property
        def size(self) -> tuple[int, int] | None:
            """Rows and columns of its terminal, None if it has none."""

        def show(self, written: bytes) -> None:
            """Take what the dyno wrote."""

        def tell(self, text: str, /) -> None:
            """Take a notice."""

        def hold(self, *, held: bool) -> None:
            """Stop typing, because the dyno does not take it; go on."""

        def part(self, text: str, code: int, /) -> None:
            """The dyno has ended for good: why, and 1 if it should not have."""


class Attachment:
    """Everybody who is attached to one dyno. The first who came writes."""

    @classmethod
    def of(cls, slot: Slot, supervisor: Supervisor, loop: Loop) -> Attachment:
        """The one of a slot, made where there is none."""
        if not isinstance(slot.attachment, cls):
            slot.attachment = cls(slot, supervisor, loop)
        return slot.attachment

    def __init__(self, slot: Slot, supervisor: Supervisor, loop: Loop) -> None:
        self._slot = slot
        self._supervisor = supervisor
        self._loop = loop
        self._members: list[Member] = []
        self._child: Child | None = None
        self._feed: Feed | None = None
        self._told = 0  # of the end of which start
        self._when_taken: list[Callable[[], None]] = []

    def join(self, member: Member) -> None:
        """Attach somebody. OSError if there is no descriptor left."""
        self._show(b"")  # who has left unseen is noticed when written to
        if not self._members:
            self._begin()
        self._members.append(member)
        self._fit()

    def leave(self, member: Member) -> None:
        """Let somebody go; the next one writes. Harmless if it has gone."""
        if member not in self._members:
            return
        wrote = self.writes(member)
        self._members.remove(member)
        self._fit()
        if not self._members:
            self._detach()
        elif wrote:
            self._members[0].tell(f"you type into {self._slot.name} now: whoever did has left")

    def writes(self, member: Member) -> bool:
        """Whether it is the one who types."""
        return self._members[:1] == [member]

    def write(self, member: Member, typed: bytes) -> None:
        """Pass on what somebody typed, if it is the one who may."""
        if self._feed is not None and self.writes(member):
            self._feed.write(typed)
            if self._feed.pending >= FULL:
                member.hold(held=True)

    def when_taken(self, call: Callable[[], None]) -> None:
        """Call once the dyno has taken all that was typed."""
        if self._feed is None or not self._feed.pending:
            call()
        else:
            self._when_taken.append(call)

    def resized(self, member: Member) -> None:
        """Somebody's terminal has another size."""
        if self.writes(member):
            self._fit()

    def redraw(self) -> None:
        """Somebody's terminal does not show any more what it did."""
        if self._child is not None and self._child.terminal:
            self._child.redraw()

    def _changed(self, slot: Slot) -> None:
        """Something has happened to a dyno."""
        if slot is not self._slot or not self._members:
            return
        if slot.child is not self._child:
            if self._feed is not None:
                self._feed.abandon()
            self._detach()
            self._attach_again()
        if slot.dyno.state is State.CRASHED:
            self._crashed()
        elif slot.dyno.state is State.DOWN and not slot.waits_for:
            by_itself = slot.verdict is Verdict.STOP_APP
            self._part(slot.incarnation.end if by_itself else "was stopped", failed=by_itself)

    def _begin(self) -> None:
        self._slot.attachment = self  # not so any more if the only one had left unseen
        self._supervisor.listen(self._changed)
        try:
            self._attach()
        except OSError:
            self._end()
            raise

    def _end(self) -> None:
        self._slot.attachment = None
        self._supervisor.ignore(self._changed)

    def _attach_again(self) -> None:
        name = self._slot.name
        try:
            self._attach()
        except OSError as error:
            self._tell_all(f"{name} does not hear you any more: {error.strerror}")
            self._supervisor.say(f"{name} does not hear what is typed any more: {error.strerror}")
        if self._child is not None:
            self._tell_all(f"{name} was started again (pid {self._child.pid})")

    def _crashed(self) -> None:
        slot = self._slot
        if slot.has_ended:
            self._part(slot.incarnation.end, failed=True)
        elif slot.starts != self._told and (further := self._further()):
            self._told = slot.starts
            self._tell_all(f"{slot.name} {slot.incarnation.end}{further}")

    def _further(self) -> str:
        """How it goes on after a crash; "" if the app is being stopped."""
        if (again_in := self._slot.again_in) is not None:
            return f", {starts_again(again_in)}"
        waits = self._slot.verdict is Verdict.AWAIT_CHANGE and not self._supervisor.stopping
        return "; it waits for a change" if waits else ""

    def _part(self, why: str, *, failed: bool) -> None:
        code = FAILURE if failed and self._slot.incarnation.code else 0
        members, self._members = self._members, []
        self._when_taken.clear()
        self._detach()
        self._fit()
        for member in members:
            member.part(f"{self._slot.name} {why}", code)

    def _attach(self) -> None:
        """Listen to the dyno's process, if it has one."""
        self._child = child = self._slot.child
        if child is not None and self._slot.intake is not None:
            self._slot.intake.tap = self._show
            self._feed = Feed(child.keyboard, self._loop)
            self._feed.drained = self._taken

    def _detach(self) -> None:
        if self._slot.intake is not None:
            self._slot.intake.tap = None
        feed, self._feed, self._child = self._feed, None, None
        if feed is not None:
            feed.drained = lambda: None
            feed.close()
        self._taken()
        if not self._members:
            self._end()

    def _show(self, written: bytes) -> None:
        for member in tuple(self._members):
            member.show(written)

    def _tell_all(self, text: str) -> None:
        for member in tuple(self._members):
            member.tell(text)

    def _taken(self) -> None:
        """The dyno has taken everything, or is gone."""
        calls, self._when_taken = self._when_taken, []
        for call in calls:
            call()
        for member in self._members[:1]:
            member.hold(held=False)

    def _fit(self) -> None:
        """Give the dyno's terminal the size of the writer's."""
        sizes = [member.size for member in self._members[:1]]
        self._supervisor.fit(self._slot, sizes[0] if sizes else None)
