"""The setting `clean_env`: what a dyno gets when nothing of the caller's shell reaches it."""

from __future__ import annotations

import os

from procrun.core import dyno_environment
from procrun.core.dyno_environment import Platform
from procrun.core.dyno_size import SIZES
from procrun.core.names import one_off
from procrun.core.python_buildpack import DETECTED_BY, OF_PIP
from procrun.system.installed import programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from procrun.core.config_vars import ConfigVars
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.settings import Settings


def platform_of(settings: Settings, *, terminal: bool) -> Platform:
    """What the platform sets in each dyno of the app.

    `terminal` is whether dynos are on one.
    """
    root = os.path.abspath(settings.root)
    files = {name for name in DETECTED_BY if os.path.isfile(os.path.join(root, name))}
    return Platform(
        root,
        programs(root),
        os.environ.get("TERM", "") if terminal else "",
        bool(files),
        OF_PIP in files,
        settings.router,
        _authority() if settings.router else "",
    )


def _authority() -> str:
    from procrun.certificates.folder import authority_for_children  # for who has a router

    return authority_for_children()


def environment(
    settings: Settings, platform: Platform, config: ConfigVars, name: DynoName, port: int
) -> dict[str, str]:
    """All that the dyno of that name gets. `config` was read with these settings."""
    size = SIZES[settings.dyno_size(name.type)]
    return dyno_environment.environment(config.values, platform, name, port, size)


def environment_of_one_off(
    settings: Settings,
    config: ConfigVars,
    process_type: str,
    port: int,
) -> dict[str, str]:
    """The same for a command on the caller's own streams, `run.4711` or `release.4711`."""
    terminal = any(map(os.isatty, range(3)))
    platform = platform_of(settings, terminal=terminal)
    return environment(settings, platform, config, name_of_one_off(process_type), port)


def name_of_one_off(process_type: str) -> DynoName:
    """A name for a one-off dyno, as Heroku draws it."""
    return one_off(process_type, int.from_bytes(os.urandom(4)))


def only_in_shell(
    settings: Settings, procfile: Procfile, environments: Iterable[Mapping[str, str]]
) -> str:
    """A line on the variables that the app mentions, the shell has and dynos lack; "" for none.

    It takes some 50 ms at most; of a large app it sees only as much as it can read meanwhile.
    """
    from procrun.core import mentions

    return mentions.in_words(names_only_in_shell(settings, procfile, environments))


def names_only_in_shell(
    settings: Settings, procfile: Procfile, environments: Iterable[Mapping[str, str]]
) -> set[str]:
    """These variables."""
    from procrun.core import mentions

    had = set_by_profile(settings).union(*environments)
    candidates = {name for name in os.environ if mentions.may_be_meant(name)} - had
    return candidates.intersection(_mentioned(settings, procfile)) if candidates else set()


def set_by_profile(settings: Settings) -> set[str]:
    """The variables that the app's profile scripts may set."""
    from procrun.core import mentions
    from procrun.system import profile

    names: set[str] = set()
    for path in profile.scripts(settings.root):
        names.update(mentions.set_in_script(_text(os.path.join(settings.root, path))))
    return names


def _mentioned(settings: Settings, procfile: Procfile) -> set[str]:
    from procrun.core import mentions
    from procrun.core.shell_syntax import read
    from procrun.system.source_files import texts

    names: set[str] = set()
    for process in procfile.types:
        names.update(read(process.command).uses)
    for path, _required in settings.env_files:
        if os.path.isfile(path):  # a pipe can be read only once
            names.update(mentions.in_env_file(_text(path)))
    for text in texts(settings.root):
        names.update(mentions.in_source(text))
    return names


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:  # removed since it was read
        return ""
