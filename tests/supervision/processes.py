"""What the process table says; on Linux without a library, because tests look often."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import leaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Running

PATIENCE = 10.0  # seconds that anything may take on a busy machine
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="what only Linux has, or shows")
FREE_PORTS = {"PROCRUN_PORT": "0"}
SOAK = (pytest.mark.soak, pytest.mark.timeout(600))  # for long repetitions


class Family:
    """What a `family` probe told of its last member."""

    def __init__(self, line: str) -> None:
        numbers = line.partition("is there: ")[2].split()
        self.pid, self.parent, self.group, self.session = map(int, numbers)


def mark() -> str:
    """The text that the processes of this test bear in their environment."""
    return os.environ[leaks.MARK]


def bearers(text: str) -> list[str]:
    """The living processes that have the text in their arguments or their environment."""
    if sys.platform != "linux":
        return [f"{process.pid} {process.name()}" for process in leaks.marked(text)]
    own = str(os.getpid())
    words = {entry: _words(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    return [
        f"{pid} {arguments.decode()!r}"
        for pid, (arguments, environment) in words.items()
        if pid != own and text.encode() in arguments + environment
    ]


def _words(pid: str) -> tuple[bytes, bytes]:
    """The arguments and the environment of a process."""
    folder = Path("/proc", pid)
    try:
        return (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
    except OSError:  # gone
        return b"", b""


def name(pid: int) -> str:
    """What the process is called."""
    return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")


def exists(pid: int) -> bool:
    """Whether there is such a process, or a group for a negative number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment(pid: int) -> bytes:
    """What a process was given as environment."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def children(pid: int) -> list[int]:
    """The pids of a process' children."""
    if sys.platform != "linux":
        return [child.pid for child in psutil.Process(pid).children()]
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def below(pid: int) -> list[int]:
    """The pids of a process' only child, of that one's only child, and so on."""
    found: list[int] = []
    while len(only := children(pid)) == 1:
        found += only
        pid = only[0]
    return found


def own_namespace() -> tuple[str, ...]:
    """The command that makes another one the first process, as in a container; skips without."""
    rights = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    prefix = ("unshare", *rights, "--pid", "--fork", "--mount-proc")
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs the right to unshare namespaces")
    return prefix


def field(pid: int, what: str) -> str:
    """One value of the process' status: "State" as a letter, "SigIgn", "PPid".

    The last of several, which is the innermost namespace's, for "NSpid" and "NSsid".
    """
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{what}:(.*)", text, re.MULTILINE)
    assert found is not None, text
    values = found[1].split()
    return values[-1] if what.startswith("NS") else values[0]


def inner(running: Running) -> int:
    """The pid of the inner process of a procrun that has started something."""
    found = children(running.pid)
    assert len(found) == 1, found
    return found[0]


def leader(running: Running, dyno: str) -> int:
    """The pid that the log tells for a dyno."""
    line = running.wait_for(re.compile(rf"{re.escape(dyno)} started \(pid \d+"))
    return int(line.partition("(pid ")[2].partition(",")[0].rstrip(")"))


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait for a state that nobody announces; fails, with `what`, after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE} s: {what}")
        time.sleep(0.002)


def pending(pid: int, number: int) -> bool:
    """Whether a signal was sent to the process and not yet taken by it."""
    return bool(int(field(pid, "ShdPnd"), 16) & 1 << number - 1)


def working_in(folder: Path) -> list[int]:
    """The processes whose current folder it is: that of what has no environment, too."""
    return [process.pid for process in leaks.marked("no mark at all", folder)]


def press_until_it_ends(running: Running) -> None:
    """Press Ctrl-C again: a second one that comes at once may be an echo of the first."""
    while not leaks.exits(running.pid, 0.06):
        running.signal(signal.SIGINT)
