"""What one process has used, beside what psutil says of it."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from procrun.system import spent

BUSY = "import time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True)\ninput()"


def test_it_is_what_psutil_says() -> None:
    """Of a process that has worked, and waits."""
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        found, known = spent.spent(process.pid), psutil.Process(process.pid)
        times, memory, started = known.cpu_times(), known.memory_info().rss, known.create_time()
        process.communicate(b"\n")

    assert found is not None
    assert found.cpu_seconds == pytest.approx(times.user + times.system, abs=0.05)
    assert found.cpu_seconds >= 0.15
    assert found.memory_bytes == pytest.approx(memory, rel=0.05)
    assert found.started == pytest.approx(started, abs=1.5)


def test_both_ways_agree() -> None:
    """The one that is for other systems works here as well."""
    mine, general = spent.spent(os.getpid()), spent._of_psutil(os.getpid())

    assert mine is not None
    assert general is not None
    assert general.started == pytest.approx(mine.started, abs=1.5)


def test_of_a_process_that_has_ended_nobody_knows() -> None:
    """It may just have."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()

    assert spent.spent(process.pid) is None
    assert spent._of_psutil(process.pid) is None
