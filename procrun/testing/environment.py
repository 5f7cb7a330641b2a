"""The environment that an app in tests has in the place of the caller's.

The env files and what the tests set themselves come on top of it where the app is started.
"""

from __future__ import annotations

import os
import secrets
import sys

from procrun.core import config_vars
from procrun.core.app_json import NAME, check_required
from procrun.core.inherited import ALWAYS, Interpreter, chosen, with_programs_of
from procrun.errors import ProcrunError
from procrun.inputs import read_app_json, read_env_files, read_procfile

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from procrun.core.app_json import AppJson

_SECRET = 32  # bytes, twice as many hexadecimal digits: as Heroku's generator makes them


def running_python() -> Interpreter | None:
    """The Python that this process runs on; None where it is part of another program."""
    if sys.prefix != sys.base_prefix:
        return Interpreter(os.path.join(sys.prefix, "bin"), sys.prefix)
    return Interpreter(os.path.dirname(sys.executable)) if sys.executable else None


def app_json_in(root: str) -> AppJson:
    """What the app.json of the app in `root` says, if it has one; ConfigError with its problems."""
    return read_app_json(os.path.join(root, NAME))


def types_in(procfile: str) -> tuple[str, ...]:
    """The process types of a Procfile; none where it can't be read (any more)."""
    try:
        return tuple(process.name for process in read_procfile(procfile).services)
    except ProcrunError:
        return ()


def base_environment(
    app: AppJson,
    caller: Mapping[str, str],
    pass_env: Iterable[str] = (),
    interpreter: Interpreter | None = None,
) -> dict[str, str]:
    """The app's environment below its env files: a little of the caller's, and app.json's.

    `pass_env` has the names (with `*` and `?`) of what else of the caller's is wanted; that beats
    app.json. The programs of `interpreter` come first on the PATH; None leaves the PATH alone.
    Secrets of app.json are made anew at each call, so call it once for one app.
    """
    inherited = chosen(caller, ALWAYS)
    if interpreter is not None:
        inherited = with_programs_of(interpreter, inherited)
    made = {name: secrets.token_hex(_SECRET) for name in app.secrets}
    passed = {
        name: value for name, value in chosen(caller, pass_env).items() if name not in inherited
    }
    return {**inherited, **app.env, **made, **passed}


def require(
    app: AppJson,
    environment: Mapping[str, str],
    env_files: Iterable[tuple[str, bool]],
    overrides: Mapping[str, str],
) -> None:
    """ConfigError with what app.json requires and nothing of all this sets.

    `env_files` are paths, each with whether it has to exist. They are read only where something
    is still missing; ConfigError with their problems.
    """
    found = {**environment, **overrides}
    if app.required.keys() <= found.keys():
        return
    files = read_env_files(env_files)
    check_required(app, config_vars.compose(environment, files, overrides=overrides).values)
