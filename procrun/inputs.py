"""Goes to the app's root and reads what its author wrote there: the Procfile, the env files."""

from __future__ import annotations

import errno
import os
import stat
import sys

from procrun.core import config_vars, envfile
from procrun.core.text import decode
from procrun.errors import ConfigError, Problem, ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from procrun.core.app_json import AppJson
    from procrun.core.config_vars import ConfigVars
    from procrun.core.envfile import Binding
    from procrun.core.procfile import Procfile
    from procrun.settings import Settings

    T = TypeVar("T")


_MOST = 16 << 20  # bytes of a Procfile or an env file


class Findings:
    """Collects the problems of several steps, so that all of them are told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attempt(self, step: Callable[[], T]) -> T | None:
        """The step's result, or None when it has problems."""
        try:
            return step()
        except ConfigError as error:
            self.problems += error.problems
            return None


def shown_path(path: str) -> str:
    """A path as messages have it: from the current folder, where it is below that."""
    try:
        below = os.path.isabs(path) and path.startswith(os.getcwd())
    except FileNotFoundError:  # somebody has removed the folder
        return path
    return os.path.relpath(path) if below else path


def read_file(path: str, *, again: bool = False) -> bytes:
    """All that is in a file; OSError if that is too much.

    `again` is for an app that runs already, which must not wait: then only plain files are read.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC
    if again:
        _check_plain(os.stat(path).st_mode)  # to open a pipe would already disturb who writes it
        flags |= os.O_NONBLOCK | os.O_NOCTTY
    with open(path, "rb", opener=lambda name, _flags: os.open(name, flags)) as file:
        if again:
            _check_plain(os.fstat(file.fileno()).st_mode)
        found = file.read(_MOST + 1)
    if len(found) > _MOST:
        raise OSError(errno.EFBIG, f"larger than {_MOST >> 20} MiB")
    return found


def _check_plain(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a plain file")


def read_procfile(path: str, *, again: bool = False) -> Procfile:
    """The Procfile at `path`, or of standard input for `-`. ConfigError with all its problems.

    `again` is as for `read_file`.
    """
    from procrun.core import procfile  # `run` seldom needs it

    if path == "-":
        return procfile.parse(decode(sys.stdin.buffer.read(), "standard input"), "standard input")
    shown = shown_path(path)
    try:
        raw = read_file(path, again=again)
    except OSError as error:
        raise ConfigError([_unreadable_procfile(shown, error)]) from error
    return procfile.parse(decode(raw, shown), shown)


def read_env_files(
    files: Iterable[tuple[str, bool]], *, again: bool = False
) -> list[tuple[str, tuple[Binding, ...]]]:
    """The bindings of each env file, given as (path, whether it must exist), with its path.

    ConfigError with the problems of all of them. `again` is as for `read_file`.
    """
    found: list[tuple[str, tuple[Binding, ...]]] = []
    problems: list[Problem] = []
    for path, required in files:
        try:
            bindings = _read(path, required=required, again=again)
        except ConfigError as error:
            problems += error.problems
        else:
            if bindings is not None:
                found.append((path, bindings))
    if problems:
        raise ConfigError(problems)
    return found


def read_config(
    settings: Settings, overrides: Mapping[str, str], *, again: bool = False
) -> ConfigVars:
    """The app's config vars out of the environment, the env files and -E.

    ConfigError with every problem of the env files. `again` is as for `read_file`.
    """
    return composed(settings, read_env_files(settings.env_files, again=again), overrides)


def composed(
    settings: Settings,
    files: Sequence[tuple[str, Iterable[Binding]]],
    overrides: Mapping[str, str] | None = None,
) -> ConfigVars:
    """The same out of env files that were read."""
    if settings.clean_env:
        from procrun.core import dyno_environment

        root = os.path.abspath(settings.root)
        return dyno_environment.config_vars(os.environ, root, files, overrides)
    return config_vars.compose(os.environ, files, settings.env_precedence, overrides)


def read_app_json(path: str) -> AppJson:
    """What the app.json at `path` says about an app in tests; nothing if there is none.

    ConfigError with all its problems.
    """
    from procrun.core import app_json  # json takes long to import, and only tests need it

    shown = os.path.normpath(shown_path(path))
    try:
        raw = read_file(path)
    except FileNotFoundError:
        return app_json.EMPTY
    except OSError as error:
        remedy = "Make it readable, or remove it."
        raise ConfigError([Problem(shown, error.strerror or "unreadable", remedy)]) from error
    return app_json.parse(decode(raw, shown), shown)


def base_port(settings: Settings, config: ConfigVars) -> int:
    """The port that the ports of all dynos count from; 0 where free ones are wanted.

    ConfigError for a PORT that is not a port.
    """
    if settings.clean_env and "PORT" in os.environ and "PORT" not in config.values:
        # It is no variable of the app's then, but still says where its ports begin.
        config = config.replace(values={**config.values, "PORT": os.environ["PORT"]})
    return config_vars.base_port(config, settings.explicit_port, settings.fallback_port)


def current_folder() -> str:
    """Its path; "." if somebody has removed it."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "."


def enter(root: str) -> None:
    """Go to the app's root; ProcrunError if that is forbidden."""
    try:
        os.chdir(root)
    except OSError as error:
        hint = "Name another folder with -d."
        raise ProcrunError(f"{root}: {error.strerror}", hint) from error


def _read(path: str, *, required: bool, again: bool) -> tuple[Binding, ...] | None:
    shown = os.path.normpath(shown_path(path))
    try:
        raw = read_file(path, again=again)
    except FileNotFoundError as error:
        if not required:
            return None
        remedy = "Make it, or name another one with -e."
        if "=" in shown:  # as `heroku run -e` takes it
            remedy = "-e names an env file; -E KEY=VALUE sets a variable."
        raise ConfigError([Problem(shown, "no such env file", remedy)]) from error
    except OSError as error:
        problem = Problem(shown, error.strerror or "unreadable", "Name another one with -e.")
        raise ConfigError([problem]) from error
    return envfile.parse(decode(raw, shown), shown)


def _unreadable_procfile(path: str, error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError):
        remedy = "Write one, such as web: COMMAND, or say where it is with -f FILE or -d DIR."
        return Problem(path, "no such Procfile", remedy)
    return Problem(path, error.strerror or "unreadable", "Name another one with -f FILE.")
