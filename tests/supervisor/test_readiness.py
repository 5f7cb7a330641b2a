"""Looks at a dyno that starts, where the system lacks what they take."""

from __future__ import annotations

import os
import resource
import signal
from typing import TYPE_CHECKING

from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.core.readiness import Readiness, Sign
from procrun.loop import Loop
from procrun.supervisor.readiness import CommandLook

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_command_that_cannot_be_started_is_tried_again() -> None:
    """For want of descriptors it is; the app goes on."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    ready = Readiness(Sign.COMMAND, "true")
    launch = Launch(DynoName("web", 1), "", dict(os.environ), 0, 0, signal.SIGTERM, ready)
    errands: dict[int, Callable[[int], None]] = {}
    loop = Loop()
    look = CommandLook(loop, lambda: None, launch, errands)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        loop.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert not errands
    while not errands:
        loop.turn()

    (pid,) = errands
    errands[pid](os.waitpid(pid, 0)[1])
    look.end()
    loop.close()
