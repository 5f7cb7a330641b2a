"""The commands that only print: version, help, settings."""

from __future__ import annotations

import os

from procrun import __version__
from procrun.cli import output
from procrun.cli.commands import command_named
from procrun.cli.options import parse
from procrun.cli.table import COMMANDS, COMMON
from procrun.settings import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from procrun.cli.command import Command, Option
    from procrun.cli.words import Line

_WIDEST = 34  # columns of a left one; what is wider has a line of its own


def version(line: Line) -> int:
    """Print the version."""
    parse(line)
    output.write(f"procrun {__version__}\n")
    return 0


def settings(line: Line) -> int:
    """Print every setting in force: its name, its value and where that comes from."""
    rows = list(resolve(parse(line).settings, os.environ).rows())
    names = max(len(name) for name, _value, _source in rows)
    values = min(40, max(len(value) for _name, value, _source in rows))
    output.write("".join(f"{name:{names}}  {value:{values}}  {at}\n" for name, value, at in rows))
    return 0


def help_(line: Line) -> int:
    """Explain procrun, or the command that is named."""
    named = parse(line).words
    lines = _help_of(command_named(named[0])) if named else _overview()
    output.write("".join(f"{each}\n" for each in lines))
    return 0


def _overview() -> Iterator[str]:
    yield "Runs a Procfile app on your own machine, as Heroku would."
    yield ""
    yield "Usage: procrun [OPTION…] COMMAND [OPTION…] [WORD…]"
    yield ""
    yield "Commands:"
    yield from _columns((command.name, command.summary) for command in COMMANDS)
    yield ""
    yield "Options of every command, before or after its name:"
    yield from _columns(map(_described, COMMON))
    yield ""
    yield "`procrun help COMMAND` explains one of them, with examples."


def _help_of(command: Command) -> Iterator[str]:
    yield f"{command.summary[0].upper()}{command.summary[1:]}."
    yield ""
    yield f"Usage: procrun {command.name} [OPTION…] {command.words}".rstrip()
    if command.options:
        yield ""
        yield "Options:"
        yield from _columns(map(_described, command.options))
    yield ""
    yield "Common options:"
    own = {flag for option in command.options for flag in option.flags}
    yield from _columns(_described(option, own) for option in COMMON)
    if command.examples:
        yield ""
        yield "Examples:"
        yield from _columns(command.examples)


def _described(option: Option, hidden: Collection[str] = ()) -> tuple[str, str]:
    flags = ", ".join(flag for flag in option.flags if flag not in hidden)
    return f"{flags} {option.metavar}".rstrip(), option.meaning


def _columns(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Two columns; what is too wide for the first one puts the second on the next line."""
    rows = list(rows)
    width = max((len(left) for left, _right in rows if len(left) <= _WIDEST), default=_WIDEST)
    for left, right in rows:
        if len(left) > width:
            yield f"  {left}"
        yield f"  {left if len(left) <= width else '':{width}}  {right}"
