"""Who is attached to a dyno, when the system has nothing left to give."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from procrun.core.policy import Policy
from procrun.supervisor.attachment import Attachment
from tests.supervision.stage import STAY, Stage, named

if TYPE_CHECKING:
    from procrun.supervisor import Slot


class Member:
    """Somebody who keeps what he is told."""

    size = None

    def __init__(self) -> None:
        self.told: list[str] = []

    def show(self, written: bytes) -> None:
        """Not kept."""

    def tell(self, text: str) -> None:
        """Keep it."""
        self.told.append(text)

    def hold(self, *, held: bool) -> None:
        """Nothing is typed."""

    def part(self, text: str, _code: int) -> None:
        """Keep why."""
        self.told.append(text)


def test_a_dyno_that_does_not_hear_any_more_is_told_in_the_log() -> None:
    """As well as to whoever is attached: for want of descriptors."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def take_descriptors(slot: Slot) -> None:
        if slot.starts == 2 and resource.getrlimit(resource.RLIMIT_NOFILE) == limits:
            free = os.dup(0)
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))

    stage, member = Stage(Policy(named("a"), named())), Member()
    try:
        stage.start(STAY)
        stage.wait_for("ready")
        (slot,) = stage.supervisor.slots
        stage.supervisor.listen(take_descriptors)
        Attachment.of(slot, stage.supervisor, stage.loop).join(member)
        stage.crash("a.1")
        stage.see_group_end("a.1")
        stage.pass_time(10)
    finally:
        stage.supervisor.ignore(take_descriptors)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        stage.close()

    member.told.pop(0)  # of the crash
    assert member.told[0] == "a.1 does not hear you any more: Too many open files"
    assert member.told[1].startswith("a.1 was started again")
    assert "a.1 does not hear what is typed any more: Too many open files" in stage.log.lines
