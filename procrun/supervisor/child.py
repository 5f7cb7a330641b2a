"""One operating-system process that leads a dyno: pid, group, descriptors, one exit status.

What was rejected:
* Taking end of file for the end of the process: a grandchild may hold the pipe for ever.
* Taking the leader's end for the end of the dyno: its shell may die of a SIGTERM that the program
  under it ignores. A dyno is gone when its group is empty and what left the group has ended too.
* Keeping a copy of the terminal's other side closed: a process that closes all of its descriptors
  for a moment would look like the end of the output. We hold it until the leader has ended.
"""

from __future__ import annotations

import os
import select
import signal

from procrun.core.lines import Lines
from procrun.supervisor.spawn import Wiring, spawn
from procrun.system.pipes import widen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.launch import Launch

_RESERVE = 8  # descriptors that procrun keeps for itself
READ_AT_ONCE = 64 * 1024  # bytes; more is no faster and less fair to the others


class Child:
    """A started process with the reading end of what it writes, and the writing end of its input.

    `keyboard` is where to write for it to read; both ends are one on a terminal, and none blocks.
    As long as we have it, the input does not end. `wait_status` is None until it is reaped.
    """

    def __init__(self, launch: Launch, size: tuple[int, int] | None) -> None:
        """Start it; with `size` (rows, columns) on a terminal of its own. OSError if impossible."""
        self.launch = launch
        self.name = str(launch.name)
        self.lines = Lines()
        self.wait_status: int | None = None
        self.announced = False  # its end was told, after its last words
        self.asked_to_end = False
        self.strays: set[int] = set()  # descendants that left the group
        self.terminal = size is not None
        self._ear = -1  # the child's end of its standard input, where that is a pipe
        _leave_a_reserve()
        if size is None:
            self.descriptor, self._far = os.pipe()
            self._ear, self.keyboard = os.pipe()
            os.set_blocking(self.keyboard, False)
            widen(self.descriptor, 4 * READ_AT_ONCE)
            wiring = Wiring(standard_input=self._ear, output=self._far)
        else:
            self.descriptor, self._far = os.openpty()
            self.keyboard = self.descriptor
            self.resize(size)
            wiring = Wiring(terminal=os.ttyname(self._far))
        try:
            self.pid = spawn(
                launch.command, launch.environment, wiring, reads_profile=launch.reads_profile
            )
        except BaseException:
            self.close()
            raise
        os.set_blocking(self.descriptor, False)
        if not self.terminal:
            self._close_far()
            os.close(self._ear)
            self._ear = -1

    def read(self) -> bytes | None:
        """Some of what it wrote: b"" at the end of all output, None if there is nothing yet."""
        try:
            return os.read(self.descriptor, READ_AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:  # EIO: nobody has the terminal open any more
            return b""

    @property
    def has_written(self) -> bool:
        """Whether there is something to read."""
        asked = select.poll()
        asked.register(self.descriptor, select.POLLIN)
        return any(event & select.POLLIN for _fd, event in asked.poll(0))

    def ended(self, wait_status: int) -> None:
        """Note that the leader was reaped."""
        self.wait_status = wait_status
        self._close_far()

    def resize(self, size: tuple[int, int]) -> None:
        """Tell the terminal its size (rows, columns); the kernel sends SIGWINCH."""
        if self.terminal:
            import termios

            termios.tcsetwinsize(self.descriptor, size)

    def redraw(self) -> None:
        """Have the program in the foreground of its terminal look at the size again, and draw."""
        try:
            os.killpg(os.tcgetpgrp(self.descriptor), signal.SIGWINCH)
        except OSError:
            pass  # nobody is there

    def signal_leader(self, number: int) -> None:
        """Send a signal to the leader only."""
        if self.wait_status is None:
            _kill(self.pid, number)

    def signal_all(self, number: int) -> None:
        """Send a signal to the whole group and to the strays that are known."""
        _kill(-self.pid, number)
        for pid in self.strays:
            _kill(pid, number)

    @property
    def gone(self) -> bool:
        """Whether nothing of the dyno is left."""
        if self.wait_status is None or _alive(-self.pid):
            return False
        self.strays = {pid for pid in self.strays if _alive(pid)}
        return not self.strays

    @property
    def over(self) -> bool:
        """Whether nothing of the dyno is left and its end was told."""
        return self.announced and self.gone

    def close(self) -> None:
        """Let go of the descriptors."""
        self._close_far()
        for fd in {self.descriptor, self.keyboard, self._ear} - {-1}:
            os.close(fd)
        self.descriptor = self.keyboard = self._ear = -1

    def _close_far(self) -> None:
        if self._far >= 0:
            os.close(self._far)
            self._far = -1


def _leave_a_reserve() -> None:
    """OSError now, rather than when procrun itself needs a descriptor and there is none left."""
    taken: list[int] = []
    try:
        while len(taken) < _RESERVE:
            taken.append(os.dup(0))
    finally:
        for each in taken:
            os.close(each)


def _alive(pid: int) -> bool:
    """Whether a process, or a group for a negative number, exists (a zombie does)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # it ended meanwhile, or changed its user; macOS says so of a group of zombies
