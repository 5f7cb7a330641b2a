"""What watches: a thread that sets the watches, collects notices, and asks git what counts."""

from __future__ import annotations

import os
import sys
import threading
import time
from queue import Empty, SimpleQueue

from procrun.core.text import one_line
from procrun.core.watching import Burst, Edits, What
from procrun.watch.limits import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.watch.scope import Listener, Scope, System
    from procrun.watch.source import Notice, Source
    from procrun.watch.tree import Tree


_LONGEST_CHECKOUT = 10.0  # seconds


def of_this_system(root: str, notice: Notice, lost: Callable[[], None]) -> Source:
    """The way of this system to tell of changes. OSError if it refuses."""
    if sys.platform == "linux":
        from procrun.watch.inotify import Inotify

        return Inotify(notice, lost)
    from procrun.watch.recursive import Recursive

    return Recursive(root, notice)


class Worker:
    """Watches a scope, in a thread of its own, in which the listener is called, too."""

    def __init__(self, scope: Scope, listener: Listener, system: System) -> None:
        self._scope = scope
        self._listener = listener
        self._system = system
        self._notices: SimpleQueue[tuple[str, What] | None] = SimpleQueue()
        self._tree: Tree
        self._root: tuple[int, int] | None = None  # what it was when all began
        self._source: Source | None = None
        self._lock = ""  # git's, while we wait for it
        self._closing = threading.Lock()
        self._closed = False
        self._stop_git: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin. RuntimeError where there is no room for a thread."""
        threading.Thread(target=self._work, name="watch", daemon=True).start()

    def close(self) -> None:
        """Have the thread end as soon as it can. To be called in another one."""
        with self._closing:
            self._closed = True
            self._stop_git()
        self._notices.put(None)
        if self._source is not None:
            self._source.close()

    def _work(self) -> None:
        try:
            self._open()
            self._serve()
        except Exception as error:  # noqa: BLE001 - nobody else would tell, and the app goes on
            self._listener.say(f"files can't be watched: {reason(error)}")
            self._listener.failed()

    def _serve(self) -> None:
        while (notice := self._notices.get()) is not None:
            burst = Burst(time.monotonic())
            burst.add(*notice, time.monotonic())
            if not (self._collect(burst) and self._await_git(burst)):
                return
            if _identity(self._scope.root) != self._root:
                root = one_line(self._scope.root)
                self._listener.say(f"nothing is watched any more: {root} was renamed or removed")
                self._listener.failed()
                return
            edits = self._digest(burst)
            if edits != Edits():
                self._listener.edited(edits)

    def _open(self) -> None:
        from procrun.watch.tree import Tree

        scope = self._scope
        self._root = _identity(scope.root)
        self._tree = Tree(scope.root, scope.globs, scope.apart)
        source = self._system(scope.root, self._notice, self._lost)
        with self._closing:
            closed = self._closed
            self._source = source
            self._stop_git = self._tree.git.stop
        if closed:
            source.close()
            return
        self._tree.plant(source)
        self._watch_inputs()
        self._tell_of_limit()
        number = len(self._tree.folders)
        self._listener.say(f"watching {number} folder{'s' if number != 1 else ''} for changes")

    def _watch_inputs(self) -> None:
        """Watch their folders, unless they are watched already."""
        for folder in dict.fromkeys(map(os.path.dirname, self._scope.inputs)):
            if self._source is not None and os.path.isdir(folder):
                try:
                    self._source.add(folder)
                except OSError as error:
                    self._tree.refused = error

    def _tell_of_limit(self) -> None:
        git = self._tree.git
        if git.note:
            self._listener.say(git.note)
            git.note = ""
        if self._tree.refused is not None:
            self._listener.say(f"not everything can be watched: {reason(self._tree.refused)}")
            self._tree.refused = None

    def _notice(self, folder: str, name: str, what: What) -> None:
        """Called by the source, perhaps in a thread of its own; what is nothing to us ends here."""
        folder = folder.rstrip("/")
        if not name:  # it was itself moved, which the one that it was in tells of, too
            if folder == self._tree.root:
                self._notices.put(("", What.ROOT))
            return
        path = f"{folder}/{name}"
        if path == self._lock:
            self._notices.put((path, What.LOCK))
        elif path in self._scope.inputs:
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
        """Wait while git changes many files, for 10 s at most: one restart is enough."""
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

    def _digest(self, burst: Burst) -> Edits:
        """What really changed; sets the watches of new folders on the way."""
        many = What.LOST in burst.first.values()
        if many or burst.of(What.RULES):
            self._tree.plant_anew(lost=many)
        sources = self._tree.digest(burst)
        self._watch_inputs()
        self._tell_of_limit()
        inputs = self._scope.inputs if many else burst.of(What.INPUT)
        return Edits(tuple(sources), tuple(inputs), many)


def _identity(folder: str) -> tuple[int, int] | None:
    """What tells a folder from another one of the same name; None if there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_held(lock: str) -> bool:
    """Whether git is at work, and has not left this behind when it was killed."""
    try:
        return bool(lock) and time.time() - os.stat(lock).st_mtime < _LONGEST_CHECKOUT
    except OSError:
        return False
