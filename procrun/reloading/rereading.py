"""Reads the Procfile and the env files again: what an app that runs should be from now on."""

from __future__ import annotations

import os
import sys

from procrun import plan as planning
from procrun.core import difference
from procrun.core.formation import resolve
from procrun.errors import ConfigError
from procrun.inputs import Findings, base_port, read_config, read_procfile
from procrun.plan import Launcher
from procrun.settings import KEYS, Settings
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from procrun.core.difference import Difference
    from procrun.core.formation import Selection
    from procrun.core.launch import Launch
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.errors import Problem
    from procrun.plan import Plan
    from procrun.settings import Setting


class Reread(Value):
    """What comes out of reading again."""

    launcher: Launcher
    difference: Difference
    names: tuple[str, ...]  # of the types and the variables that differ
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
    settings: Settings,
    plan: Plan,
    launcher: Launcher,
    present: Iterable[Launch],
    *,
    config_only: bool = False,
) -> Reread:
    """Compare what the files say now with the launches of the dynos that are present.

    `config_only` leaves the Procfile as it was read last. ConfigError with every problem of all
    the files; `settings` are anchored.
    """
    findings = Findings()
    known = launcher.procfile if config_only else None
    procfile = known or findings.attempt(lambda: _procfile(settings, launcher))
    config = findings.attempt(lambda: read_config(settings, plan.overrides, again=True))
    base = findings.attempt(lambda: base_port(settings, config)) if config else None
    before = {launch.name: launch for launch in present}
    names = _names(procfile, launcher.procfile, plan.selection, before, findings)
    findings.problems += planning.circular(settings, procfile) if procfile else ()
    if findings.problems or not (procfile and config) or base is None:
        raise ConfigError(findings.problems)
    new = Launcher(
        settings,
        procfile,
        config,
        base,
        launcher.signs,
        colour=plan.colour,
        platform=launcher.platform,
    )
    bases_differ = (launcher.base == 0) != (base == 0)

    def launch(name: DynoName) -> Launch:
        # The free port that a dyno has stays its own.
        kept = name in before and new.has_free_port(name) and not bases_differ
        return new.launch(name, before[name].port if kept else None)

    found = difference.between(before.values(), map(launch, names))
    refused, notes = _refused_ports((*found.different, *found.added), before)
    return Reread(
        new,
        found.replace(
            different=tuple(each for each in found.different if each.name not in refused),
            added=tuple(each for each in found.added if each.name not in refused),
        ),
        (
            *difference.types_that_differ(launcher.procfile, procfile),
            *difference.variables_that_differ(launcher.config.values, config.values),
        ),
        tuple(notes),
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


def _names(
    procfile: Procfile | None,
    before: Procfile,
    selection: Selection,
    present: Mapping[DynoName, Launch],
    findings: Findings,
) -> list[DynoName]:
    if procfile is None:
        return []
    left = difference.still_there(selection, before, procfile)
    formation = findings.attempt(lambda: resolve(procfile, left))
    return list(difference.wanted(before, procfile, formation, present)) if formation else []


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
            notes += planning.check_ports([launch])
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
