"""Notices where the system watches whole trees (macOS): the rest is left out as early as can be."""

from __future__ import annotations

import os

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

from procrun.core.watching import What

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

    from procrun.watch.source import Notice

_KINDS = {
    "created": What.CREATED,
    "modified": What.CHANGED,
    "closed": What.CHANGED,
    "deleted": What.GONE,
}


class Recursive:
    """Tells of everything below the root, and of the folders elsewhere that it is given."""

    def __init__(self, root: str, notice: Notice) -> None:
        self._root = root
        self._observer = Observer()
        self._handler = _Handler(notice)
        self._observer.schedule(self._handler, root, recursive=True)
        self._observer.start()

    def add(self, folder: str) -> None:
        """Tell of this folder, too."""
        if not f"{folder}/".startswith(f"{self._root}/"):
            self._observer.schedule(self._handler, folder)

    def remove(self, folder: str) -> None:
        """Do nothing: what is no longer watched is sifted out."""

    def close(self) -> None:
        """Let its threads end."""
        self._observer.stop()


class _Handler(FileSystemEventHandler):
    """Passes every event on, a move as two."""

    def __init__(self, notice: Notice) -> None:
        self._notice = notice

    def dispatch(self, event: FileSystemEvent) -> None:
        if event.event_type == "moved":
            self._pass_on(event.src_path, "deleted", is_folder=event.is_directory)
            self._pass_on(event.dest_path, "modified", is_folder=event.is_directory)
        else:
            self._pass_on(event.src_path, event.event_type, is_folder=event.is_directory)

    def _pass_on(self, path: bytes | str, kind: str, *, is_folder: bool) -> None:
        folder, name = os.path.split(os.fsdecode(path))
        what = _KINDS.get(kind)
        if is_folder and what is not None:
            what = What.FOLDER_GONE if what is What.GONE else What.FOLDER
        if what is not None:
            self._notice(folder, name, what)
