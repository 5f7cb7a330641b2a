"""Which folders below the root are watched, and what of the notices about them counts."""

from __future__ import annotations

import os
import stat

from procrun.core.globs import Globs
from procrun.core.sources import VIRTUAL_ENVIRONMENT
from procrun.core.watching import What
from procrun.watch.git import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from procrun.core.watching import Burst
    from procrun.watch.source import Source

_OF_FOLDERS = (What.FOLDER, What.FOLDER_GONE, What.FOLDER_MOVED)
_MOST_VERDICTS = 10_000  # of git on files, kept so as not to ask again


class Tree:
    """The watched folders, by their path from the root, each with whether git ignores it.

    A folder that git ignores is watched only where a glob begins with its name.
    """

    def __init__(self, root: str, globs: Globs, apart: Collection[str]) -> None:
        self.root = root.rstrip("/")
        self.folders: dict[str, bool] = {}
        self.refused: OSError | None = None  # why a folder could not be watched
        self._globs = globs
        self._in_ignored = Globs(())  # those that are for what git ignores
        self._apart = frozenset(apart)
        self.git = Git(root)
        self._verdicts: dict[str, bool] = {}  # whether git ignores a file
        self._planted: set[str] = set()  # the last time
        self._source: Source

    def plant(self, source: Source) -> None:
        """Watch all that is to be watched."""
        self._source = source
        self._planted.clear()
        prefixes = [glob.prefix for glob in self._globs.all if glob.prefix]
        ignored = self.git.ignored([*prefixes, *(f"{prefix}/" for prefix in prefixes)])
        self._in_ignored = self._globs.below({path.rstrip("/") for path in ignored})
        self._grow({"": False}, None)

    def plant_anew(self, *, lost: bool) -> None:
        """The same after git ignores other folders, or when notices were `lost`."""
        for folder in self.folders if lost else ():
            self._source.remove(self._absolute(folder))  # it may be another one by now
        self._verdicts.clear()
        self.plant(self._source)
        for folder in self.folders.keys() - self._planted:
            self._forget(folder)

    @property
    def lock(self) -> str:
        """The path of the file that is there while git changes many files; "" without git."""
        return self.git.lock

    def sift(self, folder: str, name: str, what: What) -> tuple[str, What] | None:
        """What a notice is about, from the root; None if it is nothing to us.

        May be called in another thread than the rest.
        """
        place = "" if folder == self.root else folder[len(self.root) + 1 :]
        ignored = self.folders.get(place)
        if ignored is None or not f"{folder}/".startswith(f"{self.root}/"):
            return None  # it is there for one of the inputs
        path = f"{place}/{name}" if place else name
        globs = self._in_ignored if ignored else self._globs
        if what in _OF_FOLDERS:
            return (path, what) if globs.enter(path) else None
        if name == ".gitignore":
            return path, What.RULES
        if name == VIRTUAL_ENVIRONMENT and place and what is not What.GONE:
            return place, What.FOLDER_GONE
        if self._verdicts.get(path) or not globs.match(path):
            return None
        return path, what

    def adopt(self, burst: Burst) -> bool:
        """Watch the new folders of a burst and take what is in them; whether there were any."""
        folders = burst.take(*_OF_FOLDERS)
        for folder, what in folders.items():
            if what is What.FOLDER_MOVED and self.folders.get(folder) is False:
                burst.first.setdefault(folder, What.GONE)  # nobody tells of its files
            if what is not What.FOLDER:
                self._forget(folder)
        before = len(self.folders)
        files: list[str] = []
        self._grow(self._entered(self._beside(folders)), files)
        for path in files:
            burst.first.setdefault(path, What.CHANGED)
        return len(self.folders) > before

    def digest(self, burst: Burst) -> list[str]:
        """The sources that are different after a burst; what came and went within it is nothing."""
        files = [path for path in burst.of(What.CREATED) if self._is_file(path)]
        files += [path for path in burst.of(What.CHANGED, What.GONE) if self._may_be_file(path)]
        self._judge(files)
        return [path for path in files if not self._verdicts.get(path)]

    def _grow(self, level: dict[str, bool], files: list[str] | None) -> None:
        """Watch folders and what is in them, level by level; add the files there to `files`."""
        while level:
            inner: dict[str, bool] = {}
            for folder, ignored in level.items():
                if self._watch(folder, ignored=ignored):
                    inner |= dict.fromkeys(self._look(folder, files, ignored=ignored), ignored)
            level = self._entered(inner)

    def _look(self, place: str, files: list[str] | None, *, ignored: bool) -> list[str]:
        """The folders in a folder, links not counted; what counts as a source goes to `files`."""
        globs = self._in_ignored if ignored else self._globs
        folders: list[str] = []
        try:
            with os.scandir(self._absolute(place)) as entries:
                for entry in entries:
                    path = f"{place}/{entry.name}" if place else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif files is not None and globs.match(path) and entry.is_file():
                        files.append(path)
        except OSError:
            pass  # gone, or not ours to read
        return folders

    def _entered(self, folders: dict[str, bool]) -> dict[str, bool]:
        """Those of the folders that are to be watched, each with whether git ignores it.

        They are given with whether the folder that they are in is ignored.
        """
        likely = {path: known for path, known in folders.items() if self._globs.enter(path)}
        asked = [f"{path}/" for path, known in likely.items() if not known]
        ignored = self.git.ignored(asked)
        wanted: dict[str, bool] = {}
        for path, known in likely.items():
            is_ignored = known or f"{path}/" in ignored
            if not is_ignored or self._in_ignored.enter(path):
                wanted[path] = is_ignored
        return wanted

    def _beside(self, folders: Iterable[str]) -> dict[str, bool]:
        """New folders with whether the one that they are in is ignored; none if it is unwatched."""
        known: dict[str, bool] = {}
        for path in folders:
            outer = self.folders.get(path.rpartition("/")[0])
            if outer is not None and path not in self.folders:
                known[path] = outer
        return known

    def _watch(self, folder: str, *, ignored: bool) -> bool:
        path = self._absolute(folder)
        if path in self._apart or (folder and self._is_environment(folder)):
            return False
        self.folders[folder] = ignored  # before the first notice may come
        self._planted.add(folder)
        try:
            self._source.add(path)
        except OSError as error:
            del self.folders[folder]
            if not folder:
                raise
            if not isinstance(error, (FileNotFoundError, NotADirectoryError, PermissionError)):
                self.refused = error
            return False
        return True

    def _is_environment(self, folder: str) -> bool:
        named = any(f"{glob.prefix}/".startswith(f"{folder}/") for glob in self._globs.all)
        return not named and os.path.exists(f"{self._absolute(folder)}/{VIRTUAL_ENVIRONMENT}")

    def _forget(self, folder: str) -> None:
        for path in [path for path in self.folders if f"{path}/".startswith(f"{folder}/")]:
            self.folders.pop(path)
            self._source.remove(self._absolute(path))

    def _judge(self, files: Iterable[str]) -> None:
        """Ask git about the files that it was not asked about yet."""
        if len(self._verdicts) > _MOST_VERDICTS:
            self._verdicts.clear()
        unknown = [path for path in files if path not in self._verdicts]
        ignored = self.git.ignored(
            [path for path in unknown if not self.folders.get(path.rpartition("/")[0])]
        )
        for path in unknown:
            self._verdicts[path] = path in ignored and not self._in_ignored.match(path)

    def _is_file(self, path: str) -> bool:
        try:
            return stat.S_ISREG(os.stat(self._absolute(path)).st_mode)
        except OSError:
            return False

    def _may_be_file(self, path: str) -> bool:
        """Whether it is one, or is there no longer."""
        return self._is_file(path) or not os.path.lexists(self._absolute(path))

    def _absolute(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root or "/"
