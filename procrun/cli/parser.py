"""What stands after a command's name, understood by the table of commands."""

from __future__ import annotations

from procrun.cli import words
from procrun.cli.commands import command_named
from procrun.cli.table import COMMON
from procrun.cli.words import Given
from procrun.core.text import excerpt
from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from procrun.cli.command import Command, Option
    from procrun.cli.words import Line


def parse_words(line: Line) -> Given:
    """The options and words of a line. UsageError for what its command does not take."""
    command = command_named(line.command)
    options = options_of(command)
    known = {flag: (flag, option.metavar) for flag, option in options.items()}
    typed, others = words.all_options(line.rest, known, command.name)
    _check_number(command, others)
    pairs = [(options[flag], value) for flag, value in (*line.options, *typed)]
    overrides = tuple(value for option, value in pairs if option.name == "set")
    own = [pair for pair in pairs if not pair[0].setting and pair[0].name != "set"]
    return Given(
        _settings(pairs),
        overrides,
        others,
        frozenset(option.name for option, _ in own if not option.metavar),
        tuple((option.name, value) for option, value in own if option.metavar),
    )


def options_of(command: Command) -> Mapping[str, Option]:
    """Every flag that may follow the command's name; its own win over the common ones."""
    return {flag: option for option in (*COMMON, *command.options) for flag in option.flags}


def _settings(pairs: Iterable[tuple[Option, str]]) -> dict[str, object]:
    """Options as settings: the last one of a setting wins, unless it takes several."""
    typed: dict[str, object] = {}
    several: dict[str, list[str]] = {}
    for option, value in pairs:
        if not option.setting:
            continue
        if option.several:
            optional = option.metavar.startswith("[")  # what it means alone
            chosen = value or (str(option.value) if optional else "")
            several.setdefault(option.setting, []).append(chosen)
        else:
            typed[option.setting] = value if option.metavar else option.value
    return {**typed, **several}


def _no_second_word(command: str, word: str) -> UsageError:
    from procrun.core.names import did_you_mean

    known = tuple(dict.fromkeys(words.SUBCOMMANDS[command].values()))
    hint = f"{did_you_mean(word, known)}It takes {', '.join(known)}."
    return UsageError(f"{command} does not take {excerpt(word)}", hint)


def _check_number(command: Command, others: tuple[str, ...]) -> None:
    most = command.most_words
    if most is not None and len(others) > most:
        if command.name in words.SUBCOMMANDS and not most:
            raise _no_second_word(command.name, others[0])
        usage = f"Usage: procrun {command.name} [OPTION…] {command.words}".rstrip()
        raise UsageError(f"{command.name} does not take {excerpt(others[most])}", usage)
