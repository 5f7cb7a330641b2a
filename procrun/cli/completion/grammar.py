"""What the table of commands says about the command line, as the scripts of all shells want it.

The scripts find the process types of a Procfile with sed, because a call of procrun at each press
of Tab would be felt.
"""

from __future__ import annotations

from procrun.cli.commands import COMMANDS, COMMON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrun.cli.commands import Command, Option

_NAMES = ("procrun", "procrun-cli")
_KINDS = {
    "DIR": "dirs",
    "FILE": "files",
    "FILE[,FILE…]": "files",
    "TYPE,…": "types",
    "TYPE=N,…": "formation",
}
# `release` is no service. This much of sed is the same on every system.
_TYPES_OF = (
    r"sed -n '/^[[:blank:]]*release[[:blank:]]*:/d;"
    r" s/^[[:blank:]]*\([A-Za-z0-9_-]\{1,\}\)[[:blank:]]*:.*/\1/p'"
)


def options(command: Command) -> Iterator[tuple[Option, tuple[str, ...]]]:
    """The options of a command and the common ones, with the flags that mean them there."""
    own = {flag for option in command.options for flag in option.flags}
    for option in command.options:
        yield option, option.flags
    for option in COMMON:
        if flags := tuple(flag for flag in option.flags if flag not in own):
            yield option, flags


def kind(option: Option) -> str:
    """What the value of an option is: dirs, files, types, formation, or "" for anything."""
    return _KINDS.get(option.metavar, "")


def words(command: Command) -> tuple[str, ...]:
    """The words that may follow a command, where there are few."""
    if command.words == "[COMMAND]":
        return tuple(each.name for each in COMMANDS)
    return command.choices


def takes_types(command: Command) -> bool:
    """Whether process types may follow; a command that `run` runs may be one, too."""
    return any(word in command.words for word in ("TYPE", "NAME", "ARG"))


def valued(several: Iterable[Option]) -> tuple[str, ...]:
    """The flags that a value follows."""
    return tuple(flag for option in several if option.metavar for flag in option.flags)


def filled(script: str, **parts: str) -> str:
    """A script with its @PARTS@ in their places."""
    common = {"types_of": _TYPES_OF, "names": " ".join(_NAMES)}
    for name, text in {**parts, **common}.items():
        script = script.replace(f"@{name.upper()}@", text)
    return script
