"""Writes the files of an export: each as a whole, only where it changes, or none of them.

A symbolic link in the place of a file is replaced, never followed: what it leads to is not ours.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from enum import Enum

from procrun.core.text import excerpt, one_line
from procrun.errors import USAGE, ConfigError, Problem, ProcrunError
from procrun.export import marks
from procrun.export.file import SECRET, File
from procrun.inputs import shown_path
from procrun.system.interruption import interruptible
from procrun.system.own_files import remove
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_STAGED = (".procrun-", ".new")  # how the names of files begin and end that are to be renamed
_STALE = 3600  # seconds after which no export is at work on such a file any more
_PRIVATE = 0o700


class Change(Enum):
    """What becomes of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class NotWritten(ConfigError):
    """Files that can't be written."""

    exit_code = ProcrunError.exit_code


class NotCompared(NotWritten):
    """Files that can't be compared; the status is that of `diff`."""

    exit_code = USAGE


class Target(Value):
    """A file, where it goes, and what is there."""

    file: File
    path: str
    change: Change
    before: bytes | None = None  # the content that is there; None without a plain file
    mode: int = 0  # of that
    replaces_link: bool = False
    whose: str = ""  # who wrote what is there, in words, where this app's export did not


def converted(made: Iterable[object]) -> list[File]:
    """The files of an exporter; those that are not of our kind are for their owner alone.

    Nobody knows in which of these the config vars are.
    """
    files = [each if isinstance(each, File) else _as_ours(each) for each in made]
    for file in files:
        f"{file.name}{file.content}".encode()  # a lone surrogate is no text of a file
    return files


def _as_ours(file: object) -> File:
    name, content = getattr(file, "name", None), getattr(file, "content", None)
    if not isinstance(name, str) or not isinstance(content, str):
        raise TypeError("it made a file without a name or a text")
    return File(name, content, _PRIVATE if getattr(file, "executable", False) else SECRET)


def targets(
    files: Sequence[File], folder: str, sources: Sequence[str] = (), *, only_compares: bool = False
) -> list[Target]:
    """Where files go, and whether they change what is there; reads only.

    `sources` are the paths of what the app is read from. NotWritten with every name that leaves the
    folder, and with all that is in the way: a source, or a file that somebody else wrote; where
    they are compared alone the latter is none, and the error is NotCompared.
    """
    found: dict[str, Target] = {}
    problems = [*_of_folder(folder)] or [*_planned(files, folder, found)]
    taken = {*map(os.path.abspath, sources), *map(os.path.realpath, sources)}
    for target in () if only_compares else found.values():
        problems += _in_the_way(target, taken)
    if problems:
        raise (NotCompared if only_compares else NotWritten)(problems)
    return list(found.values())


def _of_folder(folder: str) -> Iterator[Problem]:
    place = os.path.abspath(folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        yield Problem(shown_path(place), "is no folder", "Name another one.")


def _planned(files: Sequence[File], folder: str, found: dict[str, Target]) -> Iterator[Problem]:
    """Put each file where it goes; yield what is wrong with it."""
    folders: dict[str, str] = {}  # of the files so far, with the name of one in it
    for file in files:
        try:
            path = _path(file, folder)
            if path in found:
                raise _refused(file.name, "is made twice")
            above = _folders_of(path)
            if path in folders or not found.keys().isdisjoint(above):
                raise _refused(file.name, "is a file and a folder")
            found[path] = _target(file, path)
            folders.update(dict.fromkeys(above, file.name))
        except ConfigError as error:
            yield from error.problems
        except OSError as error:
            yield _in_words(_path(file, folder), error)


def _in_the_way(target: Target, sources: Collection[str]) -> Iterator[Problem]:
    """What must not be written over."""
    if target.change is not Change.WRITTEN:
        return
    hint = "Move it away, or name another folder."
    if not {target.path, os.path.realpath(target.path)}.isdisjoint(sources):
        yield Problem(shown_path(target.path), "is what the app is read from", hint)
    elif target.whose:
        yield Problem(shown_path(target.path), f"is there, and {target.whose}", hint)


def _folders_of(path: str) -> list[str]:
    found = []
    while (above := os.path.dirname(path)) != path:
        found.append(above)
        path = above
    return found


def write(planned: Sequence[Target]) -> None:
    """Write those that change. NotWritten with all that fails; then no file is changed.

    Unless the system fails between two renamings, which it has no reason to. SIGTERM and SIGHUP
    are KeyboardInterrupt here: whatever ends it, no secret stays under another name.
    """
    staged: list[tuple[str, str]] = []
    problems: list[Problem] = []
    changed = [target for target in planned if target.change is Change.WRITTEN]
    with interruptible():
        try:
            for target in changed:
                try:
                    _stage(target, staged)
                except OSError as error:
                    problems.append(_in_words(os.path.dirname(target.path), error))
            for new, path in () if problems else staged:
                try:
                    os.replace(new, path)
                except OSError as error:
                    problems.append(_in_words(path, error))
        finally:
            for new, _path_of_it in staged:
                remove(new)
    if problems:
        raise NotWritten(dict.fromkeys(problems))


def leftovers(planned: Sequence[Target], folder: str, app: str, of_format: str) -> list[str]:
    """The paths of what an earlier export to that format wrote into it, and this one not."""
    mark = marks.mark(of_format, app)
    made = {target.path for target in planned}
    paths = _named(os.path.abspath(folder), (f"{app}-", f"{app}."))
    return sorted(path for path in paths if path not in made and marks.mark_of(path) == mark)


def stream(files: Sequence[File]) -> str:
    """All files as one text: where there are several, each behind a line with its name.

    What is YAML stays so: `---` stands between two documents.
    """
    if len(files) == 1:
        return _whole_lines(files[0].content)
    pieces: list[str] = []
    follows_yaml = False
    for file in files:
        is_yaml = file.name.endswith((".yaml", ".yml"))
        if is_yaml and follows_yaml:
            pieces.append("---\n")
        shown = os.path.join(file.place, file.name)
        pieces += [f"# ==> {one_line(shown)} (mode {file.mode:04o})\n", _whole_lines(file.content)]
        follows_yaml = is_yaml
    return "".join(pieces)


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _path(file: File, folder: str) -> str:
    parts = file.name.split("/")
    if not all(parts) or not {".", ".."}.isdisjoint(parts) or "\0" in file.name:
        raise _refused(file.name, "is no name of a file below the folder")
    return os.path.join(os.path.abspath(file.place or folder), file.name)


def _refused(name: str, why: str) -> ConfigError:
    return ConfigError([Problem("", f"{excerpt(name)} {why}", "The exporter is wrong.")])


def _target(file: File, path: str) -> Target:
    """OSError where no file can be, or what is there can't be read."""
    _check_folders(path, path.removesuffix(file.name))
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return Target(file, path, Change.WRITTEN)
    if file.keeps:
        return Target(file, path, Change.KEPT)
    if stat.S_ISLNK(there.st_mode):
        return Target(file, path, Change.WRITTEN, replaces_link=True)
    if not stat.S_ISREG(there.st_mode):
        text = "is there and is no file"
        raise ConfigError([Problem(shown_path(path), text, "Name another folder.")])
    with open(path, "rb") as opened:
        before = opened.read()
    mode = stat.S_IMODE(there.st_mode)
    content = file.content.encode()
    is_same = (before, mode) == (content, file.mode)
    change = Change.UNCHANGED if is_same else Change.WRITTEN
    return Target(file, path, change, before, mode, whose=marks.whose(before, content))


def _check_folders(path: str, top: str) -> None:
    """ConfigError for a symbolic link on the way from the top folder to a file."""
    place = os.path.dirname(path)
    while len(place) > len(top.rstrip("/")):
        if os.path.islink(place):
            text = "is a symbolic link, which may lead anywhere"
            raise ConfigError([Problem(shown_path(place), text, "Make it a folder.")])
        place = os.path.dirname(place)


def _stage(target: Target, staged: list[tuple[str, str]]) -> None:
    """Write a file beside its place, with its mode before the first byte, and remember it."""
    folder = os.path.dirname(target.path)
    os.makedirs(folder, exist_ok=True)
    _remove_stale(folder)
    new = os.path.join(folder, secrets.token_hex(8).join(_STAGED))
    staged.append((new, target.path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(new, flags, SECRET), "wb") as file:
        os.fchmod(file.fileno(), target.file.mode)
        file.write(target.file.content.encode())


def _remove_stale(folder: str) -> None:
    """Remove what runs left there that were killed."""
    for path in _named(folder, _STAGED[:1], _STAGED[1]):
        try:
            age = time.time() - os.lstat(path).st_mtime
        except OSError:
            continue
        if age > _STALE:
            remove(path)


def _named(folder: str, starts: tuple[str, ...], end: str = "") -> Iterator[str]:
    """The paths of what is in a folder, of those whose names begin and end like that."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    yield from (
        os.path.join(folder, name)
        for name in names
        if name.startswith(starts) and name.endswith(end)
    )


def _in_words(path: str, error: OSError) -> Problem:
    return Problem(shown_path(path), error.strerror or "not writable", "Name another folder.")
