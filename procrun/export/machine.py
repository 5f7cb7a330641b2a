"""What this machine lacks to run an exported app: programs, a user, folders that it may enter."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import stat

from procrun.core.shell_syntax import read
from procrun.export.making import PLACEHOLDER
from procrun.inputs import shown_path
from procrun.system.shell import BUILTIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrun.export.blueprint import Blueprint

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
_OF_SYSTEM = ("/usr/", "/bin", "/sbin")
_WORDS_OF_BASH = frozenset(("builtin", "case", "coproc", "declare", "enable", "function", "let"))


def shortcomings(blueprint: Blueprint, *, has_user: bool) -> Iterator[str]:
    """A line on each kind of thing that is missing, with what to do.

    `has_user` says whether the app is to run as the blueprint's user, or as whoever installs it.
    """
    search = blueprint.config.get("PATH", blueprint.platform["PATH"])
    if search == PLACEHOLDER:
        search = blueprint.platform["PATH"]
    else:
        yield from _of_programs(blueprint, search)
    if has_user:
        yield from _of_user(blueprint, search)


def _of_programs(blueprint: Blueprint, search: str) -> Iterator[str]:
    lacking: dict[str, str] = {}  # where the caller has them; "" for nowhere
    shown: list[str] = []
    for name, places in _programs(blueprint).items():
        apps = _found(name, search, blueprint.root)
        callers = _found(name, os.environ.get("PATH", ""), os.curdir)
        at = ", ".join(places)
        if not apps:
            lacking[name] = callers
            shown.append(f"{name} ({at})")
        elif callers and os.path.realpath(apps) != os.path.realpath(callers):
            remedy = _remedy(blueprint, [callers])
            yield f"{at}: {name} is {apps} for the app, and {callers} for you. {remedy}"
    if lacking:
        remedy = _remedy(blueprint, lacking.values())
        yield f"not on the PATH that the app gets: {', '.join(shown)}. {remedy}"


def _remedy(blueprint: Blueprint, programs: Iterable[str]) -> str:
    folders = dict.fromkeys(map(os.path.dirname, programs))
    known = ":".join(filter(os.path.isabs, folders)) or "/FOLDER/OF/IT"
    file = shown_path(blueprint.env_files[-1]) if blueprint.env_files else ".env"
    return (
        "Install it into a virtual environment of the app (`.venv`), or put "
        f"PATH={known}:${{PATH}} into {file}"
    )


def _programs(blueprint: Blueprint) -> dict[str, list[str]]:
    """The program of each command that is plainly one with arguments, and its places."""
    found: dict[str, list[str]] = {}
    for service in blueprint.all_services:
        reading = read(service.command)
        words = [word for word in reading.first if word != "exec"]
        if len(reading.commands) != 1 or not words or not words[0]:
            continue
        sets_path = any(name == "PATH" for name, _value in reading.commands[0].assigned)
        is_plain = _PLAIN.fullmatch(words[0]) and words[0] not in BUILTIN | _WORDS_OF_BASH
        if is_plain and not sets_path:
            found.setdefault(words[0], []).append(service.where)
    return found


def _found(program: str, search: str, root: str) -> str:
    """The path of a program; "" where none of the folders has it."""
    for folder in search.split(":"):
        path = os.path.join(root, folder, program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def _of_user(blueprint: Blueprint, search: str) -> Iterator[str]:
    name = blueprint.user
    try:
        user = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except (KeyError, OverflowError):
        remedy = f"`sudo useradd --system {name}` makes it; --user names another"
        yield f"no user {name} is here: {remedy}"
        return
    if user.pw_uid == 0:
        yield "the app is to run as root, who may do everything: --user names another"
        return
    groups = {user.pw_gid, *os.getgrouplist(user.pw_name, user.pw_gid)}
    for place in (blueprint.root, *_own_folders(blueprint.root, search)):
        if closed := _closed(place, user.pw_uid, groups):
            yield (
                f"{name} can't come to {place}: {closed} is closed to it. Move it, or open that "
                f"with `chmod o+x {shlex.quote(closed)}`"
            )
            return


def _own_folders(root: str, search: str) -> Iterator[str]:
    """Those of a search path that are not the system's, and where their Python really is."""
    for folder in search.split(":"):
        path = os.path.join(root, folder)
        python = os.path.join(path, "python")
        if not path.startswith(_OF_SYSTEM) and os.path.isdir(path):
            yield path
            if os.path.exists(python):
                yield os.path.dirname(os.path.realpath(python))


def _closed(path: str, user: int, groups: set[int]) -> str:
    """The first folder on the way, that one included, that a user may not enter; "" for none."""
    way = os.path.realpath(path).split("/")
    for end in range(1, len(way) + 1):
        folder = "/".join(way[:end]) or "/"
        try:
            there = os.stat(folder)
        except OSError:
            return ""  # nobody knows
        bit = stat.S_IXUSR if there.st_uid == user else stat.S_IXOTH
        if there.st_uid != user and there.st_gid in groups:
            bit = stat.S_IXGRP
        if not there.st_mode & bit:
            return folder
    return ""
