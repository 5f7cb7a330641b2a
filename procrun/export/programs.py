"""Programs that commands begin with and that are not on the PATH of an exported app."""

from __future__ import annotations

import os
import re

from procrun.core.shell_syntax import read
from procrun.export.making import PLACEHOLDER
from procrun.inputs import shown_path
from procrun.system.shell import BUILTIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.export.blueprint import Blueprint

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
_WORDS_OF_BASH = frozenset(("builtin", "case", "coproc", "declare", "enable", "function", "let"))


def not_found(blueprint: Blueprint) -> str:
    """A line on those that this machine does not have there, with what to do; "" for none."""
    search = blueprint.config.get("PATH", blueprint.platform["PATH"])
    if search == PLACEHOLDER:
        return ""
    lacking = {
        name: place
        for place, name in _programs(blueprint)
        if not _folder_with(name, search, blueprint.root)
    }
    if not lacking:
        return ""
    shown = ", ".join(f"{name} ({place})" for name, place in lacking.items())
    callers = os.environ.get("PATH", "")
    folders = dict.fromkeys(_folder_with(name, callers, os.curdir) for name in lacking)
    known = ":".join(filter(os.path.isabs, folders)) or "/FOLDER/OF/IT"
    return (
        f"not on the PATH that the app gets: {shown}. What is in a virtual environment `.venv` of "
        f"the app is; else put PATH={known}:${{PATH}} into {_env_file(blueprint)}"
    )


def _programs(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """The place and the program of each command that is plainly one program with arguments."""
    for service in blueprint.all_services:
        reading = read(service.command)
        words = [word for word in reading.first if word != "exec"]
        if len(reading.commands) != 1 or not words or not words[0]:
            continue
        sets_path = any(name == "PATH" for name, _value in reading.commands[0].assigned)
        is_plain = _PLAIN.fullmatch(words[0]) and words[0] not in BUILTIN | _WORDS_OF_BASH
        if is_plain and not sets_path:
            yield service.where, words[0]


def _folder_with(program: str, search: str, root: str) -> str:
    """The folder of a search path in which a program is; "" for none."""
    for folder in search.split(":"):
        path = os.path.join(root, folder, program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return folder or os.curdir
    return ""


def _env_file(blueprint: Blueprint) -> str:
    return shown_path(blueprint.env_files[-1]) if blueprint.env_files else ".env"
