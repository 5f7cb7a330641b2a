"""The settings file: `[tool.procrun]` of pyproject.toml, or procrun.toml, as entries.

Imported only where there is such a file: tomllib alone takes longer to import than Python itself
to start.
"""

from __future__ import annotations

import tomllib
from os.path import dirname

from procrun.core.text import decode
from procrun.errors import ConfigError, Problem
from procrun.settings.kinds import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PYPROJECT = "pyproject.toml"

_TYPES = "types"
_MISFIT = "there should be a table here"
_FORM = "Write a table, such as [tool.procrun.types.web] with timeout = 30 in it."


def entries(files: Iterable[tuple[str, bytes]], problems: list[Problem]) -> list[Entry]:
    """The settings in the files, given as the path for messages and the content.

    What is wrong goes to `problems`: what is not TOML or not a table, and settings in more than
    one file, because which of them holds would be a guess.
    """
    found: list[Entry] = []
    for path, raw in files:
        try:
            text = decode(raw, path)
            found += _entries(path, text, _document(path, text), problems)
        except ConfigError as error:
            problems += error.problems
    homes = list(dict.fromkeys(entry.source for entry in found))
    if len(homes) > 1:
        text = f"there are settings in {' and in '.join(homes)}"
        problems.append(Problem("", text, "Keep them in one of the two files."))
    return found


def _entries(path: str, text: str, document: object, problems: list[Problem]) -> Iterator[Entry]:
    """The leaves of the table of settings; what should be a table and is not is a problem."""

    def table(raw: object, keys: tuple[str, ...]) -> Iterable[tuple[str, object]]:
        if isinstance(raw, dict):
            return raw.items()
        problems.append(Problem(_where(path, text, keys), _MISFIT, _FORM))
        return ()

    top: tuple[str, ...] = ()
    if path.endswith(PYPROJECT):
        top = ("tool", "procrun")
        for key in top:
            document = dict(table(document, ())).get(key, {})
    for name, raw in table(document, top):
        if name != _TYPES:
            yield _entry(path, text, (*top, name), raw)
            continue
        for process_type, own in table(raw, (*top, name)):
            keys = (*top, name, process_type)
            for key, value in table(own, keys):
                yield _entry(path, text, (*keys, key), value).replace(process_type=process_type)


def _entry(path: str, text: str, keys: tuple[str, ...], raw: object) -> Entry:
    return Entry(keys[-1], raw, _where(path, text, keys), path, folder=dirname(path))


def _document(path: str, text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Until Python 3.14 the line is in the message alone: "... (at line 3, column 5)".
        what, _, place = str(error).partition(" (at ")
        line = place.removeprefix("line ").partition(",")[0]
        where = f"{path}:{line if line.isdecimal() else text.count(chr(10)) + 1}"
        raise ConfigError([Problem(where, f"not TOML: {what}", "See https://toml.io.")]) from None


def _where(path: str, text: str, keys: tuple[str, ...]) -> str:
    """The path with the line where a key stands, as far as that is plain: tomllib does not tell.

    Dotted keys and inline tables are found by the longest part of their name that is alone.
    """
    line = depth = 0
    table: tuple[str, ...] = ()
    for number, words in enumerate(text.split("\n"), start=1):
        if words.lstrip().startswith("["):
            table = here = _parts(words.strip().lstrip("[").partition("]")[0])
        else:
            name, equals, _ = words.partition("=")
            here = (*table, *_parts(name)) if equals else ()
        common = min(len(here), len(keys))
        if common > depth and here[:common] == keys[:common]:
            line, depth = number, common
    return f"{path}:{line}" if line else path


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in name.split("."))
