"""How much memory several processes use together."""

from __future__ import annotations

import subprocess
import sys

from procrun.system import memory
from tests.supervision import processes

MB = 1024 * 1024
# A server that has read 40 MB and then forked; its workers have them as well, but only once.
FORKED = """import os
kept = bytearray(os.urandom(1)) * (40 << 20)
for _ in range(3):
    if not os.fork():
        os.read(0, 1)
        os._exit(0)
print(os.getpid(), flush=True)
os.read(0, 1)
"""


@processes.LINUX_ONLY
def test_what_processes_share_counts_once() -> None:
    """If it might be too much; as long as it can't be, the quick way will do."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout
        server.stdout.readline()
        with open(f"/proc/{server.pid}/task/{server.pid}/children") as file:
            pids = [server.pid, *map(int, file.read().split())]
        often, once = memory.used(pids, enough=1024 * MB), memory.used(pids, enough=MB)
        server.communicate(b"ends")

    assert len(pids) == 4
    assert often > 160 * MB
    assert 40 * MB < once < 80 * MB


def test_what_has_ended_uses_nothing() -> None:
    """It may just have."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()

    assert memory.used([process.pid], enough=0) == 0
