"""Globs of files below the app's root: `*.py` in its top folder, `**/*.py` at any depth.

A glob that names a folder means everything in it. `*`, `?` and `[...]` never match a slash, nor the
dot at the start of a hidden name; `**` stands for any number of folders, and at the end for any
file below them.
"""

from __future__ import annotations

from procrun.core.sources import is_no_source, is_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

EVERYTHING = "**"

_WILD = frozenset("*?[")


def normal(glob: str) -> str:
    """A glob without what means nothing (`./`, `//`). ValueError for one that leaves the root."""
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    if glob[:1] == "/" or ".." in parts:
        raise ValueError(f"{glob} leads out of the app's root")
    if "\0" in glob:
        raise ValueError("a NUL character cannot be in a path")
    if glob[-1:] in ("/", "."):
        parts += [EVERYTHING] if parts[-1:] != [EVERYTHING] else []
    return "/".join(parts)


class Glob:
    """One glob, compiled. Paths are relative to the root, without a slash at either end."""

    def __init__(self, text: str) -> None:
        parts = text.split("/")
        literal = [bool(_WILD.isdisjoint(part)) for part in parts]
        self._literal = parts[: literal.index(False)] if False in literal else parts
        if all(literal):
            parts = [*parts, EVERYTHING]
        self._fits = [_compiled(part) for part in parts]
        # `*.log` asks for what is otherwise no source.
        self._any_file = is_no_source(text.rpartition("/")[2].replace("*", "x"))
        self.prefix = "/".join(self._literal)

    def matches(self, path: str) -> bool:
        """Whether it means this file."""
        names = path.split("/")
        if names == self._literal:
            return True
        if is_no_source(names[-1]) and not self._any_file:
            return False
        return self._enters(names[:-1]) and _matches(self._fits, names)

    def enters(self, folder: str) -> bool:
        """Whether it may mean files in this folder or below; "" is the root."""
        names = folder.split("/") if folder else []
        return self._enters(names) and _leads(self._fits, names)

    def _enters(self, names: Sequence[str]) -> bool:
        """Whether no folder on the way is one of those that nobody wants unless he names it."""
        own = len(self._literal)
        if list(names[:own]) != self._literal[: len(names)]:
            return False
        return not any(map(is_pruned, names[own:]))


class Globs:
    """Several of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.all = tuple(Glob(text) for text in dict.fromkeys(texts))

    def match(self, path: str) -> bool:
        """Whether one of them means this file."""
        return any(glob.matches(path) for glob in self.all)

    def enter(self, folder: str) -> bool:
        """Whether one of them may mean files in this folder or below."""
        return any(glob.enters(folder) for glob in self.all)

    def below(self, folders: Container[str]) -> Globs:
        """Those of them that begin with the name of one of these folders (or files)."""
        chosen = Globs(())
        chosen.all = tuple(glob for glob in self.all if glob.prefix in folders)
        return chosen


def _compiled(part: str) -> Callable[[str], object] | None:
    """What tells whether a name fits one part of a glob; None for `**`."""
    if part == EVERYTHING:
        return None
    if _WILD.isdisjoint(part):
        return part.__eq__
    import re
    from fnmatch import translate

    fits = re.compile(translate(part)).match
    return fits if part[0] == "." else lambda name: name[0] != "." and fits(name)


def _matches(fits: Sequence[Callable[[str], object] | None], names: Sequence[str]) -> bool:
    """Whether the names fit the parts, one by one.

    What a `**` stands for grows only until the next one is reached: to try all ways would take an
    hour where there are ten of them.
    """
    part = name = 0
    after, tried = -1, 0  # the part after the last `**`, and the name that it was tried with
    while name < len(names):
        fit = fits[part] if part < len(fits) else _nothing
        if fit is None:
            part += 1
            after, tried = part, name
        elif fit(names[name]):
            part += 1
            name += 1
        elif after >= 0:
            tried += 1
            part, name = after, tried
        else:
            return False
    return all(each is None for each in fits[part:])


def _nothing(_name: str) -> bool:
    """Nothing fits where there are no parts left."""
    return False


def _leads(fits: Sequence[Callable[[str], object] | None], names: Sequence[str]) -> bool:
    """Whether the names of folders may be followed by more that fits."""
    if not names or not fits or fits[0] is None:
        return bool(fits)
    return bool(fits[0](names[0])) and _leads(fits[1:], names[1:])
