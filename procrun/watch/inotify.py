"""Notices on Linux: one watch for each folder, so that ignored ones cost nothing.

watchdog's observers watch a tree with all that is in it, or want two threads for each folder; what
they are made of, a thread around one inotify instance, does what we need.
"""

from __future__ import annotations

import logging
import os

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyFD, Mask

from procrun.core.watching import What

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

    from procrun.watch.source import Notice

# A file that is being written counts when it is closed; one that is opened or read, never.
_GONE = InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM
_FOLDER = InotifyConstants.IN_CREATE | InotifyConstants.IN_MOVED_TO
_CHANGED = (
    InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_ATTRIB  # chmod +x mends many a Procfile
)
_MASK = Mask(
    _GONE
    | _FOLDER
    | _CHANGED
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
_OURS = CallbackId(1)


class Inotify:
    """Tells of the folders that it is given."""

    def __init__(self, notice: Notice, lost: Callable[[], None]) -> None:
        # It would tell of an overflow on standard error.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        self._notice = notice
        self._lost = lost
        self._watches: dict[str, WatchDescriptor] = {}
        self._inotify = InotifyFD()
        # watchdog leaves it to be inherited by the dynos.
        os.set_inheritable(self._inotify._inotify_fd, False)  # noqa: SLF001 - has no other name
        self._inotify.start()

    def add(self, folder: str) -> None:
        """Tell of this folder, too. OSError when it is gone, or when there are too many."""
        if folder not in self._watches:
            watch = _Folder(folder, self._notice, self._lost, self._gone)
            self._watches[folder] = self._inotify.add_callback(
                os.fsencode(folder), _MASK, watch, _OURS
            )

    def remove(self, folder: str) -> None:
        """Tell of it no longer."""
        watch = self._watches.pop(folder, None)
        if watch is not None:
            self._inotify.remove_callbacks([(watch, _OURS)])

    def close(self) -> None:
        """Let its thread end."""
        self._inotify.stop()

    def _gone(self, folder: str, watch: WatchDescriptor) -> None:
        if self._watches.get(folder) == watch:  # and not of a new folder of the same name
            del self._watches[folder]


class _Folder:
    """What is called with each event in one folder."""

    __slots__ = ("_gone", "_lost", "_notice", "_path")

    def __init__(
        self,
        path: str,
        notice: Notice,
        lost: Callable[[], None],
        gone: Callable[[str, WatchDescriptor], None],
    ) -> None:
        self._path = path
        self._notice = notice
        self._lost = lost
        self._gone = gone

    def on_event(self, event: InotifyEvent) -> None:
        mask, name = event.mask, os.fsdecode(event.name)
        what = _of_folder(mask) if mask & InotifyConstants.IN_ISDIR else _of_file(mask)
        if name and what is not None:
            self._notice(self._path, name, what)
        elif mask & InotifyConstants.IN_MOVE_SELF:
            self._notice(self._path, "", What.FOLDER_MOVED)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """The folder is gone; the one that it was in tells of that, too."""
        self._gone(self._path, wd)

    def on_queue_overflow(self) -> None:
        self._lost()


def _of_folder(mask: int) -> What | None:
    if mask & _FOLDER:
        return What.FOLDER
    if mask & InotifyConstants.IN_MOVED_FROM:
        return What.FOLDER_MOVED
    return What.FOLDER_GONE if mask & InotifyConstants.IN_DELETE else None


def _of_file(mask: int) -> What | None:
    if mask & _GONE:
        return What.GONE
    if mask & _CHANGED:
        return What.CHANGED
    return What.CREATED if mask & InotifyConstants.IN_CREATE else None
