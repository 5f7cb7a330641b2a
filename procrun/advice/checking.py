"""What `check --heroku` finds: all that can be known without running, however long it takes."""

from __future__ import annotations

import os

from procrun import clean_env
from procrun.advice import git
from procrun.advice.before import at_once
from procrun.core import heroku_build, heroku_files, heroku_lint, mentions
from procrun.core.config_vars import ConfigVars
from procrun.core.names import WEB, DynoName
from procrun.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.core.procfile import Procfile
    from procrun.settings import Settings

# What Heroku reads besides, where it is there.
_OF_THE_PLATFORM = ("Procfile", *heroku_build.READ, "gunicorn.conf.py", ".profile", "app.json")


def in_full(settings: Settings, procfile: Procfile, config: ConfigVars) -> Iterator[Problem]:
    """Every warning of an app whose Procfile and env files could be read."""
    yield from at_once(settings, procfile, config)
    yield from heroku_lint.of_sources(procfile, lambda name: _text(settings, name))
    files = heroku_files.may_be_needed(procfile)
    there = [name for name in dict.fromkeys((*files, *_OF_THE_PLATFORM)) if _is_in(settings, name)]
    lacking, ignored = git.lacking(settings.root, there)
    yield from heroku_lint.lacking_in_git(lacking, ignored)
    pushed = [name for name in heroku_build.READ if name in there and name not in ignored]
    yield from heroku_build.problems(procfile, pushed, lambda name: _text(settings, name))
    yield from _only_in_shell(settings, procfile, config)


def _only_in_shell(settings: Settings, procfile: Procfile, config: ConfigVars) -> Iterator[Problem]:
    platform = clean_env.platform_of(settings, terminal=True)
    bare = clean_env.environment(settings, platform, ConfigVars({}, {}), DynoName(WEB, 1), 0)
    given = dict.fromkeys(config.origins, "")
    names = clean_env.names_only_in_shell(settings, procfile, (bare, given))
    if names:
        text, hint = mentions.verdict(names)
        yield Problem("", text, f"{hint}.", warning=True)


def _is_in(settings: Settings, name: str) -> bool:
    return os.path.isfile(os.path.join(settings.root, name))


def _text(settings: Settings, name: str) -> str:
    try:
        with open(os.path.join(settings.root, name), "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:  # removed since it was looked for
        return ""
