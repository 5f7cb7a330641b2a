"""argparse for one command, made from the table of commands."""

from __future__ import annotations

import argparse

from procrun.cli.commands import COMMON, command_named
from procrun.cli.options import Given
from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from procrun.cli.commands import Command, Option
    from procrun.cli.words import Line


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"`{self.prog} --help` shows what it takes.")


def parse_words(line: Line) -> Given:
    """The options and words of a line. UsageError for what its command does not take."""
    command = command_named(line.command)
    taken = vars(parser_of(command).parse_intermixed_args([*line.options, *line.rest]))
    names = {option.setting for option in (*command.options, *COMMON)} - {""}
    return Given(
        {name: value for name, value in taken.items() if name in names},
        tuple(taken.get("set", ())),
        tuple(taken["words"]),
        frozenset(name for name, value in taken.items() if name not in names and value is True),
    )


def parser_of(command: Command) -> argparse.ArgumentParser:
    """The parser of a command; its own short options win over the common ones."""
    parser = _Parser(
        f"procrun {command.name}",
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    own = {flag for option in command.options for flag in option.flags}
    for option in command.options:
        _add(parser, option, option.flags)
    for option in COMMON:
        _add(parser, option, tuple(flag for flag in option.flags if flag not in own))
    parser.add_argument("words", nargs="*", default=[])
    return parser


def _add(parser: argparse.ArgumentParser, option: Option, flags: tuple[str, ...]) -> None:
    name = option.setting or option.flags[-1].lstrip("-").replace("-", "_")
    if not option.metavar:
        parser.add_argument(*flags, dest=name, action="store_const", const=option.value)
    elif option.several:
        parser.add_argument(*flags, dest=name, action="append", metavar=option.metavar)
    else:
        parser.add_argument(*flags, dest=name, metavar=option.metavar)
