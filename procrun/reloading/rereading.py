"""Reads the Procfile and the env files again: what an app that runs should be from now on."""

from __future__ import annotations

import os
import sys

from procrun.core import difference
from procrun.core.formation import resolve
from procrun.errors import ConfigError
from procrun.inputs import Findings, base_port, read_config, read_procfile
from procrun.launcher import Launcher
from procrun.plan import circular
from procrun.port_plan import check_ports
from procrun.settings import KEYS, Settings
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from procrun.core.difference import Difference
    from procrun.core.formation import Formation
    from procrun.core.launch import Launch
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.errors import Problem
    from procrun.plan import Plan
    from procrun.settings import Setting


class Comparison(Value):
    """What is to be done to the dynos that there are."""

    difference: Difference
    notes: tuple[str, ...]  # on ports that are taken


def anchored(settings: Settings, folder: str = "") -> Settings:
    """The same settings with every path absolute, so that they hold in any folder.

    Their paths are relative to `folder`, or to the current one.
    """
    folder = folder or os.getcwd()
    given = tuple(setting.replace(value=_absolute(setting, folder)) for setting in settings.given)
    return Settings(_joined(folder, settings.root), given)


def inputs(settings: Settings) -> list[str]:
    """The files that are read again when they change. `settings` are anchored."""
    procfile = [] if settings.procfile == "-" else [settings.procfile]
    return [*procfile, *(path for path, _required in settings.env_files)]


def read_again(
    settings: Settings, plan: Plan, launcher: Launcher, *, config_only: bool = False
) -> Launcher:
    """How dynos would be launched with the files as they are now, rather than by `launcher`.

    `config_only` leaves the Procfile as it was read last. ConfigError with every problem of all
    the files; `settings` are anchored.
    """
    findings = Findings()
    known = launcher.procfile if config_only else None
    procfile = known or findings.attempt(lambda: _procfile(settings, launcher))
    config = findings.attempt(lambda: read_config(settings, plan.overrides, again=True))
    base = findings.attempt(lambda: base_port(settings, config)) if config else None
    if procfile:
        findings.attempt(lambda: _formation(plan, launcher.procfile, procfile))
        findings.problems += circular(settings, procfile)
    if findings.problems or not (procfile and config) or base is None:
        raise ConfigError(findings.problems)
    return Launcher(
        settings,
        procfile,
        config,
        base,
        launcher.signs,
        colour=plan.colour,
        platform=launcher.platform,
    )


def compare(plan: Plan, old: Launcher, new: Launcher, present: Iterable[Launch]) -> Comparison:
    """What a new launcher means for dynos that are present. ConfigError if they can't be so."""
    before = {launch.name: launch for launch in present}
    bases_differ = (old.base == 0) != (new.base == 0)

    def launch(name: DynoName) -> Launch:
        # The free port that a dyno has stays its own.
        kept = name in before and new.has_free_port(name) and not bases_differ
        return new.launch(name, before[name].port if kept else None)

    formation = _formation(plan, old.procfile, new.procfile)
    names = difference.wanted(old.procfile, new.procfile, formation, before)
    found = difference.between(before.values(), map(launch, names))
    refused, notes = _refused_ports((*found.different, *found.added), before)
    return Comparison(
        found.replace(
            different=tuple(each for each in found.different if each.name not in refused),
            added=tuple(each for each in found.added if each.name not in refused),
        ),
        tuple(notes),
    )


def differing(old: Launcher, new: Launcher) -> tuple[str, ...]:
    """The names of the process types and the variables that differ."""
    return (
        *difference.types_that_differ(old.procfile, new.procfile),
        *difference.variables_that_differ(old.config.values, new.config.values),
    )


def in_lines(problems: Sequence[Problem], most: int = sys.maxsize) -> list[str]:
    """Problems for the log: each with its remedy, on one line, and without parts of a command.

    Of more than `most` the others are counted.
    """
    first = problems[:most]
    shown = [problem.replace(text=problem.unquoted or problem.text) for problem in first]
    lines = [f"{problem}. {problem.hint}".rstrip() for problem in shown]
    left = len(problems) - len(shown)
    return [*lines, f"and {left} more; `procrun check` shows them"] if left else lines


def _formation(plan: Plan, before: Procfile, procfile: Procfile) -> Formation:
    left = difference.still_there(plan.selection, before, procfile)
    return resolve(procfile, left)


def _procfile(settings: Settings, launcher: Launcher) -> Procfile:
    if settings.procfile == "-":  # standard input was read to its end
        return launcher.procfile
    return read_procfile(settings.procfile, again=True)


def _refused_ports(
    launches: Iterable[Launch], before: Mapping[DynoName, Launch]
) -> tuple[set[DynoName], list[str]]:
    """The dynos whose new port somebody else has, and what to say about that."""
    own = {launch.port for launch in before.values()}
    refused: set[DynoName] = set()
    notes: list[str] = []
    for launch in launches:
        if launch.port in own:
            continue
        try:
            notes += check_ports([launch])
        except ConfigError as error:
            refused.add(launch.name)
            notes += in_lines(error.problems)
    return refused, notes


def _absolute(setting: Setting, folder: str) -> object:
    key, value = KEYS.get(setting.name), setting.value
    if key is None or not key.kind.is_path:
        return value
    if isinstance(value, tuple):
        return tuple(_joined(folder, path) for path in value)
    return _joined(folder, value) if isinstance(value, str) and value != "-" else value


def _joined(folder: str, path: str) -> str:
    return os.path.normpath(os.path.join(folder, path))
