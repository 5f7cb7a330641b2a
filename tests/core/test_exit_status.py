"""Wait statuses in words and as exit codes."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from procrun.core.exit_status import code, describe, end

CORE_DUMPED = 0x80


def exited(status: int) -> int:
    """The wait status of a process that exited by itself."""
    return status << 8


@pytest.mark.parametrize(
    ("wait_status", "words", "exit_code", "how"),
    [
        (exited(0), "exited with status 0", 0, 0),
        (exited(3), "exited with status 3", 3, 3),
        (exited(255), "exited with status 255", 255, 255),
        (signal.SIGKILL, "killed by SIGKILL", 137, "SIGKILL"),
        (signal.SIGTERM, "killed by SIGTERM", 143, "SIGTERM"),
        (signal.SIGSEGV | CORE_DUMPED, "killed by SIGSEGV (core dumped)", 139, "SIGSEGV"),
        (0x7E, "killed by signal 126", 254, "signal 126"),
    ],
)
def test_a_wait_status_is_told_in_words_and_as_a_code(
    wait_status: int, words: str, exit_code: int, how: int | str
) -> None:
    """An exit gives its status, a signal its name and 128 more than its number."""
    assert describe(wait_status) == words
    assert code(wait_status) == exit_code
    assert end(wait_status) == how


@pytest.mark.parametrize(
    ("program", "words", "exit_code"),
    [
        ("raise SystemExit(3)", "exited with status 3", 3),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL", 137),
    ],
)
def test_the_layout_is_that_of_this_system(program: str, words: str, exit_code: int) -> None:
    """What the system's own waitpid gives for a real process is understood."""
    pid = os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", program], os.environ)
    _, wait_status = os.waitpid(pid, 0)

    assert describe(wait_status) == words
    assert code(wait_status) == exit_code


def test_python_reads_every_status_alike() -> None:
    """For each exit status and signal the code agrees with os.waitstatus_to_exitcode."""
    for wait_status in (*range(0, 0x10000, 0x100), *range(1, 65)):
        theirs = os.waitstatus_to_exitcode(wait_status)

        assert code(wait_status) == (theirs if theirs >= 0 else 128 - theirs)
