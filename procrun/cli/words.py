"""The words of the command line: which command, and which of them are options of procrun.

argparse takes 4 ms to import and 2 ms to build, and can't tell `run`'s own options from those of
the command that it runs. So this module finds the command's place by itself, and argparse is only
asked when there is something left to parse.
"""

from __future__ import annotations

from procrun.errors import UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The common options, short and alias to long; those in _FLAGS stand alone, the others take a value.
_LONG = {
    "-d": "--root",
    "--root": "--root",
    "--app-root": "--root",
    "-f": "--procfile",
    "--procfile": "--procfile",
    "-e": "--env",
    "--env": "--env",
    "--color": "--color",
    "--colour": "--color",
    "--no-color": "--no-color",
    "--no-colour": "--no-color",
    "-V": "--version",
    "--version": "--version",
    "-h": "--help",
    "--help": "--help",
}
_FLAGS = frozenset(("--no-color", "--version", "--help"))
_OF_RUN = {**_LONG, "-E": "--set", "--set": "--set"}

_ALIASES: dict[str, str] = {}


class Line(Value):
    """A command line taken apart."""

    command: str  # "" if there is none
    options: tuple[str, ...]  # that stood before the command, in their long form
    rest: tuple[str, ...]  # everything after the command, as it was typed

    @property
    def asks_for_help(self) -> bool:
        """Whether it is only about help or the version."""
        words = (*self.options, *self.rest)
        return any(word in ("-h", "--help", "-V", "--version") for word in words)

    @property
    def asks_for_version(self) -> bool:
        """Whether it is only about the version."""
        return any(word in ("-V", "--version") for word in (*self.options, *self.rest))


def split(words: Sequence[str]) -> Line:
    """Find the command. UsageError for an option before it that is not a common one."""
    options, rest = leading_options(words, _LONG)
    if not rest:
        return Line("", options, ())
    command, *after = rest
    if ":" in command and not command.startswith(":"):  # Heroku's spelling: `config:set`
        command, _, more = command.partition(":")
        after.insert(0, more)
    return Line(_ALIASES.get(command, command), options, tuple(after))


def split_run(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options of `run` and the command that it is to run, of the words after `run`."""
    return leading_options(words, _OF_RUN)


def settings_of(options: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    """Common options (in their long form) as settings, and what was given with --set."""
    typed: dict[str, object] = {}
    env: list[str] = []
    overrides: list[str] = []
    words = iter(options)
    for option in words:
        if option == "--no-color":
            typed["color"] = "never"
        elif option == "--env":
            env.append(next(words))
        elif option == "--set":
            overrides.append(next(words))
        else:
            typed[option.removeprefix("--")] = next(words)
    return typed | ({"env": env} if env else {}), overrides


def leading_options(
    words: Sequence[str], known: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options in front, in their long form, and the words behind them; `--` ends options."""
    options: list[str] = []
    index = 0
    while index < len(words) and words[index].startswith("-") and words[index] != "-":
        word = words[index]
        if word == "--":
            index += 1
            break
        taken, used = _option(word, words[index + 1 : index + 2], known)
        options += taken
        index += used
    return tuple(options), tuple(words[index:])


def _option(
    word: str, following: Sequence[str], known: Mapping[str, str]
) -> tuple[list[str], int]:
    """One option in its long form with its value, and how many words it took."""
    name, equals, value = word.partition("=")
    if not word.startswith("--") and len(word) > 2 and known.get(word[:2]):  # -fFILE
        name, equals, value = word[:2], "=", word[2:].removeprefix("=")
    long = known.get(name)
    if long is None:
        raise UsageError(f"unknown option {name}", "`procrun help` lists the options.")
    if long in _FLAGS:
        if equals:
            raise UsageError(f"{name} takes no value", f"Write {name} alone.")
        return [long], 1
    if equals:
        return [long, value], 1
    if not following:
        raise UsageError(f"{name} needs a value", f"Write {name} VALUE.")
    return [long, following[0]], 2
