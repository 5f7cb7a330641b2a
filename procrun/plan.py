"""From settings to what is to be launched: every decision of a start, before anything starts."""

from __future__ import annotations

import os
import sys

from procrun import listeners
from procrun.core import config_vars
from procrun.core.formation import Selection, resolve
from procrun.core.launch import Launch
from procrun.core.names import RELEASE
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import Findings, read_config, read_procfile
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.core.config_vars import ConfigVars
    from procrun.core.formation import Formation
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.settings import Settings


class Plan(Value):
    """What `start` does: the dynos to launch, and what to say before the first of them."""

    launches: tuple[Launch, ...]
    notes: tuple[str, ...]
    colour: bool
    terminal: bool


def plan_start(settings: Settings, types: Sequence[str], overrides: Mapping[str, str]) -> Plan:
    """The plan of a start of these types (`web`, `web=2`; none: all).

    ConfigError with every problem of the Procfile, the env files and the formation at once;
    ProcrunError when a web process' port is taken.
    """
    findings = Findings()
    procfile = findings.attempt(lambda: read_procfile(settings.procfile))
    config = findings.attempt(lambda: read_config(settings, overrides))
    selection = Selection(tuple(types), settings.formation, settings.exclude)
    formation = findings.attempt(lambda: resolve(procfile, selection)) if procfile else None
    base = findings.attempt(lambda: _base_port(settings, config)) if config else None
    if procfile is None or config is None or formation is None or base is None:
        raise ConfigError(findings.problems)
    ports = _ports(formation, base)
    notes = [*_notes(procfile, config), *_taken(ports)]
    colour, terminal = wants_colour(settings), wants_terminal(settings)
    launches = _launches(settings, formation, config, ports, colour=colour)
    return Plan(launches, tuple(notes), colour, terminal)


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


def _base_port(settings: Settings, config: ConfigVars) -> int:
    return config_vars.base_port(config, settings.explicit_port, settings.fallback_port)


def _ports(formation: Formation, base: int) -> dict[DynoName, int]:
    if base:
        return formation.ports(base)
    return dict(zip(formation.dynos, listeners.free(len(formation.dynos)), strict=True))


def _launches(
    settings: Settings,
    formation: Formation,
    config: ConfigVars,
    ports: Mapping[DynoName, int],
    *,
    colour: bool,
) -> tuple[Launch, ...]:
    commands = {process.name: process.command for process, _quantity in formation.quantities}
    return tuple(
        Launch(
            name,
            commands[name.type],
            config_vars.dyno_environment(config.values, name, ports[name], colour=colour),
            ports[name],
            settings.timeout(name.type),
            settings.stop_signal(name.type),
        )
        for name in formation.dynos
    )


def _notes(procfile: Procfile, config: ConfigVars) -> list[str]:
    notes = []
    if replaced := config_vars.replaced_line(config.replaced):
        notes.append(replaced)
    if procfile.release:
        notes.append(f"{RELEASE} is not started as a service; `procrun release` runs it")
    return notes


def _taken(ports: Mapping[DynoName, int]) -> list[str]:
    """A warning for each port that is taken; ProcrunError if a web process needs it."""
    problems: list[Problem] = []
    warnings: list[str] = []
    busy = listeners.taken(ports.values())
    for name, port in ports.items():
        if port not in busy:
            continue
        who = listeners.holder(port) or "another process"
        text = f"port {port} of {name} is taken by {who}"
        if name.type == "web":
            problems.append(Problem("", text, _remedy(port)))
        else:
            warnings.append(text)
    if problems:
        raise PortTaken(problems)
    return warnings


class PortTaken(ConfigError):
    """Somebody else listens on a web process' port."""

    exit_code = ProcrunError.exit_code


def _remedy(port: int) -> str:
    remedy = f"Stop it, or choose other ports: -p {port + 1000}, or -p 0 for free ones."
    if sys.platform == "darwin" and port == 5000:
        remedy += " If it is AirPlay: System Settings, General, AirDrop & Handoff."
    return remedy
