"""Notices changes of the files below the app's root, as cheaply as the system allows.

Its own thread does the work, because git and the disk may be slow and the loop must not wait:
it sets the watches, collects what comes until a burst is over, and asks git what of it counts. The
loop gets whole bursts, through a pipe. Ignored folders are not watched at all: to filter their
notices would cost ten times as much. Nothing polls, nothing wakes up while nothing changes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from queue import Empty, SimpleQueue

from procrun.core.watching import Burst, Changed, What

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from procrun.core.globs import Globs
    from procrun.loop import Loop
    from procrun.watch.source import Source
    from procrun.watch.tree import Tree

    Notice = tuple[str, What]


_LONGEST_CHECKOUT = 10.0  # seconds


class Watcher:
    """Watches the files that `globs` mean below the root, and `inputs`, which are absolute paths.

    On the loop, `changed` is called with each burst, `say` with a line for the log, and `failed`
    when nothing can be watched. Folders in `apart` are never watched (absolute paths).
    """

    def __init__(
        self, root: str, globs: Globs, inputs: Collection[str], apart: Collection[str], loop: Loop
    ) -> None:
        self.changed: Callable[[Changed], None] = lambda _changed: None
        self.say: Callable[[str], None] = lambda _text: None
        self.failed: Callable[[], None] = lambda: None
        self._inputs = frozenset(inputs)
        self._loop = loop
        self._notices: SimpleQueue[Notice | None] = SimpleQueue()
        self._root = root
        self._globs = globs
        self._apart = apart
        self._tree: Tree
        self._source: Source | None = None
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = ""  # git's, while we wait for it
        self._closing = threading.Lock()
        self._closed = False
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)

    def start(self) -> None:
        """Begin; what changes while the watches are being set may go unnoticed."""
        self._loop.watch(self._ear, self._hear)
        threading.Thread(target=self._work, name="watch", daemon=True).start()

    def close(self) -> None:
        """Stop; the thread ends as soon as it can."""
        with self._closing:
            self._closed = True
        self._loop.forget(self._ear)
        os.close(self._ear)
        os.close(self._mouth)
        self._notices.put(None)
        if self._source is not None:
            self._source.close()

    def _hear(self) -> None:
        os.read(self._ear, 4096)
        while not self._calls.empty():
            self._calls.get()()

    def _on_the_loop(self, call: Callable[[], None]) -> None:
        with self._closing:
            if not self._closed:
                self._calls.put(call)
                try:
                    os.write(self._mouth, b"!")
                except BlockingIOError:
                    pass  # it is full of calls to look

    def _tell(self, text: str) -> None:
        self._on_the_loop(lambda: self.say(text))

    # What follows runs in the thread.

    def _work(self) -> None:
        try:
            self._open()
            self._serve()
        except Exception as error:  # noqa: BLE001 - nobody else would tell, and the app goes on
            self._tell(f"files can't be watched: {_reason(error)}")
            self._on_the_loop(self.failed)

    def _serve(self) -> None:
        while (notice := self._notices.get()) is not None:
            burst = Burst(time.monotonic())
            burst.add(*notice, time.monotonic())
            if not (self._collect(burst) and self._await_git(burst)):
                return
            changed = self._digest(burst)
            if changed != Changed():
                self._report(changed)

    def _open(self) -> None:
        from procrun.watch.tree import Tree

        self._tree = Tree(self._root, self._globs, self._apart)
        source = self._system()
        with self._closing:
            closed = self._closed
            self._source = source
        if closed:
            source.close()
            return
        self._tree.plant(source)
        self._watch_inputs()
        self._tell_of_limit()
        number = len(self._tree.folders)
        self._tell(f"watching {number} folder{'s' if number != 1 else ''} for changes")

    def _watch_inputs(self) -> None:
        """Watch their folders, unless they are watched already."""
        for folder in dict.fromkeys(map(os.path.dirname, self._inputs)):
            if self._source is not None and os.path.isdir(folder):
                try:
                    self._source.add(folder)
                except OSError as error:
                    self._tree.refused = error

    def _system(self) -> Source:
        """The way of this system to tell of changes. OSError if it refuses."""
        if sys.platform == "linux":
            from procrun.watch.inotify import Inotify

            return Inotify(self._notice, self._lost)
        from procrun.watch.recursive import Recursive

        return Recursive(self._root, self._notice)

    def _tell_of_limit(self) -> None:
        if self._tree.refused is not None:
            self._tell(f"not everything can be watched: {_reason(self._tree.refused)}")
            self._tree.refused = None

    def _notice(self, folder: str, name: str, what: What) -> None:
        """Called by the source, perhaps in a thread of its own; what is nothing to us ends here."""
        folder = folder.rstrip("/")
        path = f"{folder}/{name}"
        if path == self._lock:
            self._notices.put((path, What.LOCK))
        elif path in self._inputs:
            self._notices.put((path, What.INPUT))
        elif (found := self._tree.sift(folder, name, what)) is not None:
            self._notices.put(found)

    def _lost(self) -> None:
        self._notices.put(("", What.LOST))

    def _collect(self, burst: Burst) -> bool:
        """Wait until it is over; False when there is nothing more to do.

        Folders that appear are watched at once: what is written into them belongs to the burst.
        """
        grown = True
        while grown and burst.left(time.monotonic()) > 0:
            while (left := burst.left(time.monotonic())) > 0 and self._next(burst, left):
                pass
            grown = not self._closed and self._tree.adopt(burst)
            if grown:
                burst.wait(time.monotonic())
        return not self._closed

    def _next(self, burst: Burst, patience: float) -> bool:
        """Take one notice more; False if none comes in so many seconds, or ever."""
        try:
            notice = self._notices.get(timeout=patience)
        except Empty:
            return False
        if notice is not None:
            burst.add(*notice, time.monotonic())
        return notice is not None

    def _await_git(self, burst: Burst) -> bool:
        """Wait while git changes many files, however long that takes it: one restart is enough."""
        lock = self._tree.lock
        if self._source is None or not _is_held(lock):
            return True
        folder = os.path.dirname(lock)
        self._lock = lock
        try:
            self._source.add(folder)
        except OSError:
            return True
        over = time.monotonic() + _LONGEST_CHECKOUT
        while _is_held(lock) and (left := over - time.monotonic()) > 0:
            if not self._next(burst, left):
                break
        self._lock = ""
        self._source.remove(folder)
        burst.reopen(time.monotonic())
        return self._collect(burst)

    def _digest(self, burst: Burst) -> Changed:
        """What really changed; sets the watches of new folders on the way."""
        many = What.LOST in burst.first.values()
        if many or burst.of(What.RULES):
            self._tree.plant_anew(lost=many)
        sources = self._tree.digest(burst)
        self._watch_inputs()
        self._tell_of_limit()
        inputs = self._inputs if many else burst.of(What.INPUT)
        return Changed(tuple(sources), tuple(inputs), many)

    def _report(self, changed: Changed) -> None:
        self._on_the_loop(lambda: self.changed(changed))


def _is_held(lock: str) -> bool:
    """Whether git is at work, and has not left this behind when it was killed."""
    try:
        return bool(lock) and time.time() - os.stat(lock).st_mtime < _LONGEST_CHECKOUT
    except OSError:
        return False


def _reason(error: Exception) -> str:
    """What is wrong and, where the kernel has a limit, how to raise it."""
    import errno

    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOSPC:
        return f"the system's limit of watched folders is reached; {_remedy('max_user_watches')}"
    if number == errno.EMFILE:
        return f"too many programs watch files; {_remedy('max_user_instances')}"
    return str(error) if number else f"{type(error).__name__}: {error}"


def _remedy(setting: str) -> str:
    """How to double a limit of Linux."""
    try:
        with open(f"/proc/sys/fs/inotify/{setting}", encoding="ascii") as file:
            more = 2 * int(file.read())
    except (OSError, ValueError):
        return "raise it"
    return f"raise it with `sudo sysctl fs.inotify.{setting}={more}`"


__all__ = ["Watcher"]
