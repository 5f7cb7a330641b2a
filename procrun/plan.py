"""From settings to what is to be launched: every decision of a start, before anything starts."""

from __future__ import annotations

import os

from procrun.core import config_vars
from procrun.core.formation import Selection, resolve, unknown_types
from procrun.core.log import ROUTER
from procrun.core.names import RELEASE, WEB
from procrun.core.readiness import find_circle, usual
from procrun.errors import ConfigError, Problem
from procrun.inputs import Findings, base_port, read_config, read_procfile
from procrun.launcher import Launcher, comes_after
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from procrun.core.config_vars import ConfigVars
    from procrun.core.dyno_environment import Platform
    from procrun.core.formation import Formation
    from procrun.core.launch import Launch
    from procrun.core.procfile import Procfile
    from procrun.core.readiness import Readiness
    from procrun.settings import Settings


class Plan(Value):
    """What `start` does: the dynos to launch, and what to say before the first of them."""

    launches: tuple[Launch, ...]
    launcher: Launcher  # of those that come later
    notes: tuple[str, ...]
    colour: bool
    terminal: bool
    selection: Selection
    overrides: Mapping[str, str]
    is_watched: bool  # whether changes of files restart any of it
    focus: str = ""  # the dyno that gets our keys
    restores: str = ""  # how our terminal was set before it got them


def plan_start(
    settings: Settings,
    types: Sequence[str],
    overrides: Mapping[str, str],
    signs: Callable[[str], Readiness] | None = None,
) -> Plan:
    """The plan of a start of these types (`web`, `web=2`; none: all).

    `signs` says what tells that a dyno of a type is up, instead of the settings. ConfigError with
    every problem of the Procfile, the env files and the formation at once.
    """
    findings = Findings()
    procfile = findings.attempt(lambda: read_procfile(settings.procfile))
    config = findings.attempt(lambda: read_config(settings, overrides))
    selection = selection_of(settings, types)
    formation = findings.attempt(lambda: resolve(procfile, selection)) if procfile else None
    base = findings.attempt(lambda: base_port(settings, config)) if config else None
    if procfile:
        findings.problems += _mistyped(settings, procfile)
        findings.problems += circular(settings, procfile)
    if findings.problems or not (procfile and config and formation) or base is None:
        raise ConfigError(findings.problems)
    notes = _notes(procfile, config, tells_of_release=not (types or settings.release))
    notes += _not_waited_for(settings, formation)
    colour = wants_colour(settings)
    signs = signs or _signs_of(settings)
    platform = platform_of(settings) if settings.clean_env else None
    launcher = Launcher(settings, procfile, config, base, signs, colour=colour, platform=platform)
    ports = launcher.ports.of(formation)
    launches = tuple(launcher.launch(name, ports[name]) for name in formation.dynos)
    if platform:
        notes += _not_seen(settings, procfile, launches)
    if settings.heroku:
        from procrun.advice.before import before_start

        notes += before_start(settings, procfile, config)
    return Plan(
        launches,
        launcher,
        tuple(notes),
        colour,
        wants_terminal(settings),
        selection,
        overrides,
        is_watched=any(settings.watch(name) for name in launcher.services),
    )


def _signs_of(settings: Settings) -> Callable[[str], Readiness]:
    """What tells that a dyno of a type is up: what the settings say, or what is usual."""

    def sign(process_type: str) -> Readiness:
        found = settings.ready(process_type) or usual(process_type)
        behind_router = settings.router and process_type == WEB
        return found.replace(routed=True) if behind_router else found

    return sign


def platform_of(settings: Settings) -> Platform:
    """What the platform sets in each dyno of a start with `clean_env`."""
    from procrun import clean_env

    terminal = wants_terminal(settings)
    return clean_env.platform_of(settings, terminal=terminal)


def wants_colour(settings: Settings) -> bool:
    """Whether the log has colours."""
    if settings.json or settings.color == "never":
        return False
    if settings.color == "always":
        return True
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.isatty(1) and environment.get("TERM") != "dumb"


def wants_terminal(settings: Settings) -> bool:
    """Whether the dynos get terminals of their own."""
    if settings.tty is not None:
        return settings.tty
    return os.isatty(1) and not settings.json


def selection_of(settings: Settings, types: Sequence[str]) -> Selection:
    """What the settings, and the types of a command line, want to run."""
    places = [settings.source(name) for name in ("formation", "exclude")]
    shown = ["" if place.startswith("--") else place for place in places]
    return Selection(tuple(types), settings.formation, settings.exclude, *shown)


def _mistyped(settings: Settings, procfile: Procfile) -> Iterator[Problem]:
    """What options of the command line name and the Procfile lacks.

    What a settings file names may be of another Procfile; `procrun check` tells of that.
    """
    named = {
        "can_die": settings.can_die.names,
        "restart": settings.restart.names,
        "quiet": [name.partition(".")[0] for name in settings.quiet if name != ROUTER],
        "watch": [name for name, _globs in settings.watch.types],
    }
    for name, types in named.items():
        place = settings.source(name)
        if place.startswith("--"):
            yield from unknown_types(dict.fromkeys(types, place), procfile)


def circular(settings: Settings, procfile: Procfile) -> Iterator[Problem]:
    """Types that wait for each other."""
    after = {name: comes_after(settings, name) for name in procfile.names}
    if circle := find_circle(after):
        chain = " after ".join((*circle, circle[0]))
        hint = "Take one of these out: each waits for the next."
        yield Problem(settings.source("after", circle[0]), f"{chain} is a circle", hint)


def _notes(procfile: Procfile, config: ConfigVars, *, tells_of_release: bool) -> list[str]:
    notes = []
    if replaced := config_vars.replaced_line(config.replaced):
        notes.append(replaced)
    if procfile.release and tells_of_release:
        notes.append(f"{RELEASE} is not started as a service; `procrun release` runs it")
    return notes


def _not_seen(settings: Settings, procfile: Procfile, launches: Iterable[Launch]) -> Iterator[str]:
    from procrun import clean_env

    environments = [launch.environment for launch in launches]
    if line := clean_env.only_in_shell(settings, procfile, environments):
        yield line


def _not_waited_for(settings: Settings, formation: Formation) -> Iterator[str]:
    started = {process.name: number for process, number in formation.quantities if number}
    for name in started:
        for other in comes_after(settings, name):
            if other not in started:
                yield f"{name} does not wait for {other}, which is not started"
