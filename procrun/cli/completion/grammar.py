"""What the table of commands says about the command line, as the scripts of all shells want it.

The scripts find the process types of a Procfile with sed, and the names of the running app's dynos
in a file, because a call of procrun at each press of Tab would be felt.
"""

from __future__ import annotations

from procrun.cli.table import COMMANDS, COMMON
from procrun.cli.words import SUBCOMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrun.cli.command import Command, Option

ALONE = tuple(command for command in COMMANDS if " " not in command.name)
# Of commands with two words; the key of one is both with a hyphen, as a shell's one word.
SECONDS = {name: tuple(dict.fromkeys(words.values())) for name, words in SUBCOMMANDS.items()}
SECOND_WORDS = tuple(dict.fromkeys(word for words in SECONDS.values() for word in words))
WITH_EQUALS = ("all-types", "set-vars")  # kinds that an equals sign follows

_NAMES = ("procrun", "procrun-cli")
_KINDS = {
    "DIR": "dirs",
    "FILE": "files",
    "FILE[,FILE…]": "files",
    "TYPE,…": "types",
    "TYPE=N,…": "formation",
    "TYPE": "running",
    "DYNO": "dynos",
    "NAME": "names",
    "[GLOB]": "files",
}
# What there is of a kind, for a root and a Procfile. It stands between single quotes in each of
# the shells. `release` is no service. This much of sed is the same on every system.
_FIND = r"""
kind=$1 folder=$2 dynos=$2/.procrun/dynos procfile=$3
types() {
  sed -n "/^[[:blank:]]*release[[:blank:]]*:/d
    s/^[[:blank:]]*\([A-Za-z0-9_-]\{1,\}\)[[:blank:]]*:.*/\1/p" "$procfile"
}
running() { [ -r "$dynos" ] && sed "$1" "$dynos"; }
vars() {
  sed -n "s/^[[:blank:]]*export[[:blank:]]/ /
    s/^[[:blank:]]*\([A-Za-z_][A-Za-z0-9_]*\)[[:blank:]]*=.*/\1/p" "$folder/.env"
}
type="s/\.[0-9]*\$//"
case $kind in
  types) types ;;
  vars | set-vars) vars ;;
  versions) ls "$folder/.procrun/releases" | sed -n "/^v[0-9]*\$/p" ;;
  all-types) running "$type"; types ;;
  all-names) running "p; $type"; types ;;
  running) running "$type" || types ;;
  names) running "p; $type" || types ;;
  dynos) running "" || types | sed "s/\$/.1/" ;;
esac 2>/dev/null | sort -u
"""


def key(command: Command) -> str:
    """What the scripts call a command: one word."""
    return command.name.replace(" ", "-")


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
        return tuple(each.name for each in ALONE)
    return SECONDS.get(command.name, command.choices)


def following(command: Command) -> str:
    """What kind of names may follow a command; "" for none.

    all-names: dynos of the running app and process types of it and of the Procfile; all-types:
    those types; names: dynos and types of the running app, or where none runs the Procfile's types;
    types: these, as a command that `run` runs may be one, and `with` starts some for its command,
    which `takes_command` tells. vars and set-vars: config vars in .env; versions: of releases. Of
    options there are also running: types of the app, and dynos.
    """
    kinds = {
        "TYPE=": "all-types",
        "TYPE": "all-names",
        "NAME": "names",
        "COMMAND [": "types",
        "KEY=": "set-vars",
        "KEY": "vars",
        "RELEASE": "versions",
    }
    if takes_command(command):
        return "types"
    return next((kinds[word] for word in kinds if command.words.strip("[").startswith(word)), "")


def takes_command(command: Command) -> bool:
    """Whether another program's command line follows `--`."""
    return "-- COMMAND" in command.words


def takes_folder(command: Command) -> bool:
    """Whether a folder may follow the first word."""
    return " [DIR" in command.words


def with_option(flag: str) -> tuple[str, ...]:
    """The commands to which a flag of every command means something else."""
    return tuple(
        key(command)
        for command in COMMANDS
        if any(flag in option.flags for option in command.options)
    )


def valued(several: Iterable[Option]) -> tuple[str, ...]:
    """The flags that a value follows."""
    return tuple(flag for option in several if not option.may_stand_alone for flag in option.flags)


def filled(script: str, **parts: str) -> str:
    """A script with its @PARTS@ in their places."""
    own_d = with_option("-d")
    common = {"find": _FIND.strip(), "names": " ".join(_NAMES), "own_d": "|".join(own_d)}
    common["with_command"] = "|".join(each.name for each in COMMANDS if takes_command(each))
    common["with_second"] = "|".join(SECONDS)
    common["seconds"] = "|".join(SECOND_WORDS)
    for name, text in {**parts, **common}.items():
        script = script.replace(f"@{name.upper()}@", text)
    return script
