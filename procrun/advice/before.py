"""What can be known before anything runs."""

from __future__ import annotations

import os

from procrun.core import heroku_config, heroku_lint
from procrun.errors import ConfigError
from procrun.inputs import base_port
from procrun.port_plan import port_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.core.config_vars import ConfigVars
    from procrun.core.procfile import Procfile
    from procrun.errors import Problem
    from procrun.settings import Settings

_FLASK_ENV = ".flaskenv"
_OF_FLASK = ("FLASK_RUN_HOST", "FLASK_RUN_PORT")
# How code turns the one scheme into the other.
_REPLACED = ("postgres:", 'replace("postgres"', "replace('postgres'")


def before_start(settings: Settings, procfile: Procfile, config: ConfigVars) -> list[str]:
    """A line for each warning of what the Procfile and the config vars tell alone."""
    found = at_once(settings, procfile, config, root=os.path.abspath(settings.root))
    return [heroku_lint.in_one_line(problem) for problem in found]


def at_once(
    settings: Settings, procfile: Procfile, config: ConfigVars, *, root: str = ""
) -> Iterator[Problem]:
    """These warnings. They take a millisecond; sources are read only beside a refused URL.

    With `root`, of SQLite files those alone that are below it: a start is not to nag.
    """
    variables = set(config.origins)
    if os.path.isfile(os.path.join(settings.root, _FLASK_ENV)):
        variables.update(_OF_FLASK)
    yield from heroku_lint.of_procfile(procfile, variables, _of_router(settings, config))
    yield from heroku_config.problems(config, root)
    if heroku_config.uses_refused_scheme(config):
        yield from _refused_scheme(settings, config)


def _of_router(settings: Settings, config: ConfigVars) -> tuple[int, ...]:
    """The ports that the router will have; none where that is told as an error elsewhere."""
    try:
        return port_plan(settings, base_port(settings, config)).of_router
    except ConfigError:
        return ()


def _refused_scheme(settings: Settings, config: ConfigVars) -> Iterator[Problem]:
    from procrun.system import installed

    version = installed.version("sqlalchemy", settings.root)
    found = list(heroku_config.refused_scheme(config, version))
    if found and not _is_replaced(settings.root):
        yield from found


def _is_replaced(root: str) -> bool:
    """Whether the app's sources see to the scheme, as far as that is seen in 40 ms."""
    from procrun.system.source_files import texts

    return any(mark in text for text in texts(root) for mark in _REPLACED)
