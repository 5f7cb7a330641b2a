"""`procrun run`: a one-off command in the app's environment, in place of this very process.

Nothing of procrun stays: the exit status, signals, the terminal and job control are the command's
own. It starts as fast as it can, so this module imports nothing that it might not need.
"""

from __future__ import annotations

import errno
import os

import _signal  # `signal` itself imports enum: a quarter of the whole start

from procrun import settings as settings_module
from procrun.cli import words
from procrun.core import config_vars
from procrun.errors import ConfigError, ProcrunError, UsageError
from procrun.inputs import read_config, read_procfile
from procrun.shell import Execution, find_shell, is_plain_word, through_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from procrun.cli.words import Line
    from procrun.core.procfile import ProcessType
    from procrun.settings import Settings

NOT_EXECUTABLE = 126
NOT_FOUND = 127


def run(line: Line) -> int:
    """Become the command. ProcrunError with a shell's exit code if that is impossible."""
    options, command = words.split_run(line.rest)
    if {"--help", "--version"} & set(options):
        from procrun.cli.commands import dispatch

        return dispatch(line.replace(rest=("--help",)))
    if not command:
        raise UsageError("run needs a command", "For example: procrun run python manage.py shell")
    typed, overrides = words.settings_of((*line.options, *options))
    settings = settings_module.resolve(typed, os.environ)
    config = read_config(settings, dict(map(config_vars.parse_override, overrides)))
    environment = dict(config.values)
    process = _process_type(settings, command[0])
    if process is not None:
        base = config_vars.base_port(config, settings.explicit_port, settings.fallback_port)
        environment.setdefault("PORT", str(base + 100 * process.index))
    os.chdir(settings.root)
    execute(_execution(command, process), environment)


def execute(execution: Execution, environment: Mapping[str, str]) -> NoReturn:
    """Replace this process; ProcrunError with a shell's exit code where that is impossible."""
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # Python ignores these two
        _signal.signal(number, _signal.SIG_DFL)
    try:
        os.execvpe(execution.program, execution.arguments, environment)
    except OSError as error:
        if error.errno == errno.ENOEXEC:  # a script without #!, which shells run themselves
            _execute_script(execution, environment)
        raise _not_executed(execution.program, error) from error


def _execution(command: tuple[str, ...], process: ProcessType | None) -> Execution:
    """Several words are executed literally, a single one goes through the shell."""
    first, *more = command
    if more:
        literal = Execution(first, command)
        return through_shell(f'{process.command} "$@"', *more) if process else literal
    if process is not None:
        first = process.command + first[len(process.name) :]
    elif is_plain_word(first) and _is_on_path(first):
        return Execution(first, command)
    return through_shell(first)


def _process_type(settings: Settings, text: str) -> ProcessType | None:
    """The process type that the command's first word names, if the Procfile has one.

    A Procfile that is broken or missing only matters to those who name one of its types.
    """
    name = text.split(None, 1)[0] if text.strip() else ""
    if settings.procfile == "-" or not _mentions(settings.procfile, name):
        return None
    return read_procfile(settings.procfile).get(name)


def _mentions(path: str, name: str) -> bool:
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return False
    wanted = os.fsencode(name)
    return any(line.partition(b":")[0].strip() == wanted for line in lines if b":" in line)


def _is_on_path(program: str) -> bool:
    return any(
        os.access(os.path.join(folder, program), os.X_OK) for folder in os.get_exec_path()
    )


def _execute_script(execution: Execution, environment: Mapping[str, str]) -> None:
    from shutil import which

    program = which(execution.program, path=environment.get("PATH")) or execution.program
    shell = find_shell()
    os.execve(shell, [shell, program, *execution.arguments[1:]], environment)


def _not_executed(program: str, error: OSError) -> ProcrunError:
    if isinstance(error, FileNotFoundError):
        hint = "Is it installed, and on the PATH of the app's environment (`procrun env`)?"
        return ProcrunError(f"{program}: command not found", hint, NOT_FOUND)
    hint = "Make it executable (chmod +x), or run it through its interpreter."
    return ProcrunError(f"{program}: {error.strerror}", hint, NOT_EXECUTABLE)
