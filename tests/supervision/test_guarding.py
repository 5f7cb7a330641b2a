"""What the visible process does when the inner one does nothing any more."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from tests.running import Starter
from tests.supervision import processes

if TYPE_CHECKING:
    from pathlib import Path

STUCK = """
import time
from procrun import guardian

def run(link):
    link.instruct(1.0, ())
    print("stuck", flush=True)
    while True:
        time.sleep(60)

guardian._KILLED_PATIENCE = 0.2
guardian.guard(run)
"""


@processes.LINUX_ONLY
def test_an_inner_process_that_does_not_react_is_killed_in_the_end(tmp_path: Path) -> None:
    """Once somebody is impatient, and after a while."""
    with Starter((sys.executable, "-c", STUCK), tmp_path) as start:
        running = start()
        running.wait_for("stuck")
        running.signal(signal.SIGINT)
        running.signal(signal.SIGQUIT)
        status, output = running.finish()

    assert status == 128 + signal.SIGKILL
    assert "its inner process was killed by SIGKILL; all was stopped" in output
