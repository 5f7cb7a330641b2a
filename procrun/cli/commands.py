"""Looking up a command, and running it."""

from __future__ import annotations

from importlib import import_module

from procrun.cli.table import COMMANDS
from procrun.cli.words import Line
from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.command import Command


def command_named(name: str) -> Command:
    """The command; UsageError that names the closest one."""
    for command in COMMANDS:
        if command.name == name:
            return command
    from procrun.cli.heroku_words import instead
    from procrun.core.names import did_you_mean

    meant = did_you_mean(name, [command.name for command in COMMANDS])
    hint = instead(name) or f"{meant}`procrun help` lists them."
    raise UsageError(f"there is no command {name}", hint)


def dispatch(line: Line) -> int:
    """Run the line's command; the exit code."""
    if line.asks_for_version:
        return _call("show:version", Line("version", (), ()))
    if line.asks_for_help or not line.command:
        return _call("show:help_", Line("help", (), (line.command,) if line.command else ()))
    return _call(command_named(line.command).function, line)


def _call(function: str, line: Line) -> int:
    module, _, name = function.partition(":")
    called = getattr(import_module(f"procrun.cli.{module}"), name)
    code: int = called(line)
    return code
