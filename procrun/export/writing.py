"""Writes the files of an export: each as a whole, only where it changes, or none of them.

A symbolic link in the place of a file is replaced, never followed: what it leads to is not ours.
"""

from __future__ import annotations

import os
import re
import stat
from enum import Enum

from procrun.core.text import excerpt, one_line
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.export.file import SECRET, File
from procrun.inputs import shown_path
from procrun.system.own_files import remove
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEAD = 2000  # bytes in which a file says by which command it was written
_MARK = re.compile(rb"procrun export [^\s`]+ --app [A-Za-z0-9_-]+")
_PRIVATE = 0o700


class Change(Enum):
    """What becomes of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class NotWritten(ConfigError):
    """Files that can't be written."""

    exit_code = ProcrunError.exit_code


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
    return [each if isinstance(each, File) else _as_ours(each) for each in made]


def _as_ours(file: object) -> File:
    name, content = getattr(file, "name", None), getattr(file, "content", None)
    if not isinstance(name, str) or not isinstance(content, str):
        raise TypeError("it made a file without a name or a text")
    content.encode()  # a lone surrogate is no text of a file
    return File(name, content, _PRIVATE if getattr(file, "executable", False) else SECRET)


def targets(files: Sequence[File], folder: str, *, only_compares: bool = False) -> list[Target]:
    """Where files go, and whether they change what is there; reads only.

    NotWritten with every name that leaves the folder, and with all that is in the way. That may be
    somebody else's file, which is no reason where they are compared alone.
    """
    problems: list[Problem] = []
    found: dict[str, Target] = {}
    for file in files:
        try:
            path = _path(file, folder)
            if path in found:
                raise _refused(file.name, "is made twice")
            found[path] = target = _target(file, path)
            if target.whose and not only_compares:
                problems.append(_in_the_way(target))
        except ConfigError as error:
            problems += error.problems
        except OSError as error:
            problems.append(_in_words(_path(file, folder), error))
    if problems:
        raise NotWritten(problems)
    return list(found.values())


def write(planned: Sequence[Target]) -> None:
    """Write those that change. NotWritten with all that fails; then no file is changed.

    Unless the system fails between two renamings, which it has no reason to.
    """
    staged: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for number, target in enumerate(planned):
        if target.change is not Change.WRITTEN:
            continue
        try:
            os.makedirs(os.path.dirname(target.path), exist_ok=True)
            staged.append((_staged(target, number), target.path))
        except OSError as error:
            problems.append(_in_words(target.path, error))
    for new, path in () if problems else staged:
        try:
            os.replace(new, path)
        except OSError as error:
            problems.append(_in_words(path, error))
    for new, _path_of_it in staged:
        remove(new)
    if problems:
        raise NotWritten(problems)


def leftovers(planned: Sequence[Target], folder: str, app: str, of_format: str) -> list[str]:
    """The paths of what an earlier export to that format wrote into it, and this one not."""
    mark = marked_source(of_format, app).encode()
    made = {target.path for target in planned}
    names = _beginning_with(os.path.abspath(folder), (f"{app}-", f"{app}."))
    return sorted(path for path in names if path not in made and _mark_of(path) == mark)


def marked_source(of_format: str, app: str) -> str:
    """How the command line begins that a file names: by this it is known whose the file is."""
    return f"procrun export {of_format} --app {app}"


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
    return Target(file, path, change, before, mode, whose=_whose(before, content))


def _whose(before: bytes, content: bytes) -> str:
    """Who wrote what is there, where a file that says who writes it would take its place."""
    old, new = _mark_in(before), _mark_in(content)
    if not new or old == new:
        return ""
    return f"`{old.decode()}` wrote it" if old else "procrun did not write it"


def _in_the_way(target: Target) -> Problem:
    text = f"is there, and {target.whose}"
    return Problem(shown_path(target.path), text, "Move it away, or name another folder.")


def _check_folders(path: str, top: str) -> None:
    """ConfigError for a symbolic link on the way from the top folder to a file."""
    place = os.path.dirname(path)
    while len(place) > len(top.rstrip("/")):
        if os.path.islink(place):
            text = "is a symbolic link, which may lead anywhere"
            raise ConfigError([Problem(shown_path(place), text, "Make it a folder.")])
        place = os.path.dirname(place)


def _staged(target: Target, number: int) -> str:
    """Write a file beside its place, with its mode before the first byte; its path."""
    new = os.path.join(os.path.dirname(target.path), f".procrun-{os.getpid()}-{number}.new")
    remove(new)  # of a run that was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(new, flags, SECRET), "wb") as file:
            os.fchmod(file.fileno(), target.file.mode)
            file.write(target.file.content.encode())
    except OSError:
        remove(new)
        raise
    return new


def _beginning_with(folder: str, starts: tuple[str, ...]) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    yield from (os.path.join(folder, name) for name in names if name.startswith(starts))


def _mark_of(path: str) -> bytes:
    """How the command line begins that a plain file names at its head; b"" for none."""
    if os.path.islink(path) or not os.path.isfile(path):
        return b""
    try:
        with open(path, "rb") as file:
            return _mark_in(file.read(_HEAD))
    except OSError:
        return b""


def _mark_in(content: bytes) -> bytes:
    found = _MARK.search(content[:_HEAD])
    return found[0] if found else b""


def _in_words(path: str, error: OSError) -> Problem:
    return Problem(shown_path(path), error.strerror or "not writable", "Name another folder.")
