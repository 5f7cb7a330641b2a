"""`procrun run`: a one-off command in the app's environment, in place of this very process.

Nothing of procrun stays: the exit status, signals, the terminal and job control are the command's
own. It starts as fast as it can, so this module imports nothing that it might not need.
"""

from __future__ import annotations

import _signal  # `signal` itself imports enum: a quarter of the whole start
import errno
import os
import sys

from procrun import settings as settings_module
from procrun.cli import words
from procrun.core import config_vars
from procrun.errors import NOT_EXECUTABLE, NOT_FOUND, ProcrunError, UsageError
from procrun.inputs import base_port, enter, read_config, read_procfile
from procrun.system.shell import (
    Execution,
    find_shell,
    is_plain_word,
    reading_profile,
    through_shell,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from procrun.cli.words import Line
    from procrun.core.config_vars import ConfigVars
    from procrun.core.procfile import ProcessType
    from procrun.settings import Settings


_ONE_OFF = "run"
_SAFE_TO_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST_LOCK = 64  # bytes
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def run(line: Line) -> int:
    """Become the command. ProcrunError with a shell's exit code if that is impossible."""
    command = line.rest
    if not command:
        raise UsageError("run needs a command", "For example: procrun run python manage.py shell")
    typed, overrides = words.settings_of(line.options)
    settings, follows = like_app(typed)
    values = dict(map(config_vars.parse_override, overrides))
    become(settings, command, values, follows=follows)


def like_app(typed: Mapping[str, object]) -> tuple[Settings, bool]:
    """The settings of a one-off command, and whether it is as on Heroku just because the app is.

    What was said about it wins. Where no app runs, all that this takes is a look at its lock.
    """
    settings = settings_module.resolve(typed, os.environ)
    follows = _follows_app(settings)
    if follows:
        settings = settings_module.resolve({**typed, "heroku": True}, os.environ)
    return settings, follows


def _follows_app(settings: Settings) -> bool:
    if settings.source("heroku") != settings_module.DEFAULT:
        return False
    try:
        lock = os.open(os.path.join(settings.root, ".procrun", "lock"), _SAFE_TO_READ)
    except OSError:
        return False
    try:
        said = os.read(lock, _LONGEST_LOCK)
    except OSError:  # it is a folder
        said = b""
    os.close(lock)
    if b"heroku" not in said:
        return False
    from procrun.control.folder import runs_as_on_heroku  # whoever wrote that may be dead

    return runs_as_on_heroku(settings.root)


def become(
    settings: Settings,
    command: tuple[str, ...],
    overrides: Mapping[str, str],
    *,
    follows: bool = False,
) -> NoReturn:
    """Become the command of these words; errors as for `run`. `overrides` beat the env files.

    Where it is as on Heroku just because the app is, a line says so.
    """
    config = read_config(settings, overrides)
    environment = dict(config.values)
    process = _process_type(settings, command)
    if settings.clean_env:
        from procrun import clean_env
        from procrun.port_plan import port_of

        port = port_of(settings, config, process)
        environment = clean_env.environment_of_one_off(settings, config, _ONE_OFF, port)
        if follows:
            tell_of_app(environment)
    elif process is not None and not environment.get("PORT"):
        environment["PORT"] = str(_port(settings, config, process))
    enter(settings.root)
    before = reading_profile() if settings.clean_env else ""
    execute(_execution(command, process, environment, before), environment)


def tell_of_app(environment: Mapping[str, str]) -> None:
    """Say on standard error why a one-off command gets this environment."""
    name = environment.get("DYNO", _ONE_OFF)
    sys.stderr.write(f"procrun: {name}, as on Heroku like the app that runs here\n")
    sys.stderr.flush()


def execute(execution: Execution, environment: Mapping[str, str]) -> NoReturn:
    """Replace this process; ProcrunError with a shell's exit code where that is impossible."""
    # os.execvpe would also do, but it imports warnings, which takes a while.
    path = located(execution.program, environment)
    if not path:
        raise _not_found(execution.program)
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # Python ignores these two
        _signal.signal(number, _signal.SIG_DFL)
    try:
        try:
            os.execve(path, execution.arguments, environment)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
            # A script without #!, which shells run themselves.
            shell = find_shell()
            os.execve(shell, [shell, path, *execution.arguments[1:]], environment)
    except OSError as error:
        raise _not_executed(execution.program, path, error, environment) from error


def _execution(
    command: tuple[str, ...],
    process: ProcessType | None,
    environment: Mapping[str, str],
    before: str = "",
) -> Execution:
    """Several words are executed literally, a single one goes through the shell.

    With a line that a shell is to execute `before`, several words go through it, too.
    """
    first, *more = command
    if more and process is not None:
        return through_shell(f'{process.command} "$@"', *more, before=before)
    if process is not None:
        line = process.command + first.lstrip().removeprefix(process.name)
        return through_shell(line, before=before)
    if more and before:
        return through_shell('exec "$@"', *command, before=before)
    if more or (not before and is_plain_word(first) and located(first, environment)):
        return Execution(first, command)
    return through_shell(first, before=before)


def _process_type(settings: Settings, command: tuple[str, ...]) -> ProcessType | None:
    """The process type that the command's first word names, if the Procfile has one.

    A Procfile that is broken or missing only matters to those who name one of its types.
    """
    first = command[0]
    name = first if command[1:] else (first.split() or [""])[0]
    if settings.procfile == "-" or not _mentions(settings.procfile, name):
        return None
    return read_procfile(settings.procfile).get(name)


def _mentions(path: str, name: str) -> bool:
    """Whether a line of the Procfile is about this type: what else is in it does not matter."""
    try:
        with open(path, "rb") as file:
            lines = file.read().removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    except OSError:
        return False
    wanted = os.fsencode(name)
    return bool(name) and any(
        line.partition(b":")[0].strip() == wanted for line in lines if b":" in line
    )


def _port(settings: Settings, config: ConfigVars, process: ProcessType) -> int:
    """The port that `start` would give the first dyno of this type."""
    base = base_port(settings, config)
    if not base:
        from procrun.system import listeners

        return listeners.free(1)[0]
    from procrun.core.ports import port

    return port(base, process, 1)


def located(program: str, environment: Mapping[str, str]) -> str:
    """The path of what a name stands for in this environment; "" for what is not on its PATH."""
    if "/" in program:
        return program
    folders = environment.get("PATH", os.defpath).split(os.pathsep) if program else ()
    files = [path for folder in folders if os.path.isfile(path := os.path.join(folder, program))]
    executable = [path for path in files if os.access(path, os.X_OK)]
    return next(iter(executable or files), "")


def _not_executed(
    program: str, path: str, error: OSError, environment: Mapping[str, str]
) -> ProcrunError:
    """What a shell would say, and the exit code that it would give."""
    if error.errno == errno.E2BIG:
        return _too_big(program, environment)
    if os.path.isdir(path):
        return ProcrunError(f"{program} is a folder", "Name a program.", NOT_EXECUTABLE)
    if not os.path.lexists(path):
        return _not_found(program)
    if error.errno == errno.ENOENT:
        hint = "The first line of the file (#!) names a program that does not exist."
        return ProcrunError(f"{program}: interpreter not found", hint, NOT_EXECUTABLE)
    hint = "Make it executable (chmod +x), or run it through its interpreter."
    return ProcrunError(f"{program}: {error.strerror}", hint, NOT_EXECUTABLE)


def _not_found(program: str) -> ProcrunError:
    if "/" in program:
        hint = "A relative path is relative to the app's root."
        return ProcrunError(f"{program}: no such file", hint, NOT_FOUND)
    if not program:
        return ProcrunError("the command is an empty word", "Name a program.", NOT_FOUND)
    hint = "Is it installed, and on the PATH of the app's environment (`procrun env`)?"
    return ProcrunError(f"{program}: command not found", hint, NOT_FOUND)


def _too_big(program: str, environment: Mapping[str, str]) -> ProcrunError:
    name = max(environment, key=lambda name: len(environment[name]), default="")
    size = len(environment.get(name, "")) // 1024
    text = f"{program}: its arguments and environment are larger than the system allows"
    hint = f"The largest variable is {name}, of {size} KiB. Put what is large into files."
    return ProcrunError(text, hint, NOT_EXECUTABLE)
