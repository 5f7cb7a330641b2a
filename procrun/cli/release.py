"""`procrun release`: the release command of the Procfile, as Heroku runs it before a release."""

from __future__ import annotations

from procrun.cli.options import parse
from procrun.cli.run import execute, like_app, tell_of_app
from procrun.core import config_vars
from procrun.core.names import RELEASE
from procrun.errors import ConfigError, Problem
from procrun.inputs import Findings, enter, read_config, read_procfile
from procrun.system.shell import reading_profile, through_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from procrun.cli.words import Line
    from procrun.core.procfile import ProcessType, Procfile
    from procrun.settings import Settings


def release(line: Line) -> int:
    """Become the release command; its status is the exit code.

    ConfigError with every problem of the Procfile and the env files, or if there is no command.
    """
    given = parse(line)
    settings, follows = like_app(given.settings)
    values = dict(map(config_vars.parse_override, given.overrides))
    become(settings, values, follows=follows)


def become(settings: Settings, overrides: Mapping[str, str], *, follows: bool = False) -> NoReturn:
    """Become the release command; errors as for `release`. `overrides` beat the env files.

    Where it is as on Heroku just because the app is, a line says so.
    """
    findings = Findings()
    process = findings.attempt(lambda: _command_of(read_procfile(settings.procfile)))
    config = findings.attempt(lambda: read_config(settings, overrides))
    if process is None or config is None:
        raise ConfigError(findings.problems)
    environment = config_vars.release_environment(config.values)
    if settings.clean_env:
        from procrun import clean_env
        from procrun.port_plan import port_of

        port = port_of(settings, config, process)
        environment = clean_env.environment_of_one_off(settings, config, RELEASE, port)
        if follows:
            tell_of_app(environment)
    enter(settings.root)
    before = reading_profile() if settings.clean_env else ""
    execute(through_shell(process.command, before=before), environment)


def _command_of(procfile: Procfile) -> ProcessType:
    if procfile.release is None:
        hint = "Add a line such as release: python manage.py migrate"
        raise ConfigError([Problem(procfile.path, "there is no release command", hint)])
    return procfile.release
