"""`.procrun/` in the app's root: the lock of the one `start`, the socket, the last run's log.

The lock is the kernel's (flock), so that one left by a killed run is in nobody's way. The file
names the visible process, because that one lives until nothing of the app is left: a start that
gets the lock while it is still there has found the remains of a killed run, and waits for them.
"""

from __future__ import annotations

import errno
import os
import time

from procrun.errors import ProcrunError
from procrun.system.descendants import start_of, wait_for_end
from procrun.system.locks import take_if_free
from procrun.system.own_files import open_regular, remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAME = ".procrun"
SOCKET = "control.sock"
LOG = "log"
DYNOS = "dynos"
RELEASES = "releases"
_LOCK = "lock"
_BACKGROUND = "background"  # in the lock, of an app that has no terminal
_HEROKU = "heroku"  # in the lock, of one that runs as on Heroku
# Nobody tells when the lock is free or names somebody else, so both are looked at.
_PAUSE = 0.02  # seconds between two looks
_LOOKS_AT_THE_DEAD = 10  # until we believe that who has the lock lost its visible process
_LOOKS_AT_NOBODY = 100  # while the lock names nobody: a run begins, or ends


class AlreadyRunning(ProcrunError):
    """An app runs in that root; `pid` is its visible process."""

    def __init__(self, pid: int, hint: str = "") -> None:
        usual = "`procrun ps` shows it, `procrun logs -t` follows its log, `procrun stop` ends it."
        super().__init__(f"the app is running already (pid {pid})", hint or usual)


class Folder:
    """The folder of one app, `path` being `ROOT/.procrun`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.path = os.path.join(root, NAME)
        self._lock = -1

    def file(self, name: str) -> str:
        """The path of a file in it."""
        return os.path.join(self.path, name)

    @property
    def owner(self) -> Owner | None:
        """Whose app runs here, as the lock says; None if nobody's does."""
        owner = self._last
        return owner if owner and owner.lives else None

    @property
    def was_killed(self) -> bool:
        """Whether the last run could not say that it has ended."""
        owner = self._last
        return owner is not None and owner.pid != 0 and not owner.lives

    @property
    def _last(self) -> Owner | None:
        """Whom the lock names; None where there is no lock."""
        try:
            lock = open_regular(self.file(_LOCK), os.O_RDONLY)
        except OSError:
            return None
        try:
            return Owner.read(lock)
        finally:
            os.close(lock)

    def make(self) -> None:
        """Have it there, for this user alone. OSError if it can't be."""
        if os.path.islink(self.path):  # what it leads to is not ours to change
            raise OSError(errno.ELOOP, "it is a symbolic link", self.path)
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        os.chmod(self.path, 0o700)
        _write_new(self.file(".gitignore"), b"*\n")

    def claim(
        self,
        visible_pid: int,
        told: Callable[[], None],
        *,
        background: bool = False,
        heroku: bool = False,
    ) -> None:
        """Make it ours, for the app whose visible process has that pid.

        ProcrunError if another `start` has it, OSError if it can't be written. Where a killed run
        is still ending, `told` is called before the wait for that.
        """
        self.make()
        lock = open_regular(self.file(_LOCK), os.O_RDWR | os.O_CREAT)
        try:
            _take(lock, told)
            os.truncate(lock, 0)
            owner = Owner.of(visible_pid, background=background, heroku=heroku)
            os.pwrite(lock, owner.line(), 0)
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock

    def release(self) -> None:
        """Let the next start have it, whatever became of what is in it."""
        if self._lock >= 0:
            for name in (SOCKET, DYNOS):
                remove(self.file(name))
            try:
                os.truncate(self._lock, 0)
            except OSError:
                pass  # the next start waits for the visible process
            os.close(self._lock)
            self._lock = -1


class Owner:
    """A visible process as the lock names it; its start tells it from a later one of its pid."""

    def __init__(
        self, pid: int, start: str, *, background: bool = False, heroku: bool = False
    ) -> None:
        self.pid = pid
        self.background = background  # whether it has no terminal
        self.heroku = heroku  # whether its app runs as on Heroku
        self._start = start

    @classmethod
    def of(cls, pid: int, *, background: bool = False, heroku: bool = False) -> Owner:
        """The process that has that pid now."""
        return cls(pid, start_of(pid), background=background, heroku=heroku)

    @classmethod
    def read(cls, lock: int) -> Owner:
        """The one that the lock names, which may be nobody."""
        words = os.pread(lock, 64, 0).decode("ascii", "replace").split()
        pid = int(words[0]) if words and words[0].isdigit() else 0
        start, *ways = words[1:] or [""]
        return cls(pid, start, background=_BACKGROUND in ways, heroku=_HEROKU in ways)

    @property
    def lives(self) -> bool:
        """Whether it is still there."""
        return bool(self.pid and self._start) and start_of(self.pid) == self._start

    def line(self) -> bytes:
        """What the lock says of it."""
        ways = {_BACKGROUND: self.background, _HEROKU: self.heroku}
        words = (str(self.pid), self._start, *filter(ways.get, ways))
        return f"{' '.join(words)}\n".encode()


def runs_as_on_heroku(root: str) -> bool:
    """Whether an app runs there, as on Heroku."""
    owner = Folder(root).owner
    return owner is not None and owner.heroku


def _take(lock: int, told: Callable[[], None]) -> None:
    """Take the lock; ProcrunError if another `start` has it, be it while we wait."""
    dead = nobody = 0
    while not take_if_free(lock):
        owner = Owner.read(lock)
        if owner.lives:
            raise AlreadyRunning(owner.pid)
        if owner.pid:
            dead += 1
            if dead == _LOOKS_AT_THE_DEAD:
                told()  # its visible process was killed, the inner one ends the app
        else:
            nobody += 1
            if nobody == _LOOKS_AT_NOBODY:
                what = "another `procrun start` is beginning or ending here"
                raise ProcrunError(what, "Try again.")
        time.sleep(_PAUSE)
    owner = Owner.read(lock)
    if owner.lives:  # its inner process was killed, the visible one ends the app
        told()
        wait_for_end(owner.pid)


def _write_new(path: str, content: bytes) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    try:
        os.write(fd, content)
    finally:
        os.close(fd)
