"""`procrun release`: the release command of the Procfile, as Heroku runs it before a release."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.cli.options import parse
from procrun.cli.run import execute
from procrun.core import config_vars
from procrun.errors import ConfigError, Problem
from procrun.inputs import read_config, read_procfile
from procrun.shell import through_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line


def release(line: Line) -> int:
    """Become the release command; its status is the exit code.

    ConfigError if the Procfile has none.
    """
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    procfile = read_procfile(settings.procfile)
    if procfile.release is None:
        hint = "Add a line such as release: python manage.py migrate"
        raise ConfigError([Problem(procfile.path, "there is no release command", hint)])
    overrides = dict(map(config_vars.parse_override, given.overrides))
    config = read_config(settings, overrides)
    os.chdir(settings.root)
    execute(through_shell(procfile.release.command), config.values)
