"""From settings to what is to be launched: every decision of a start, before anything starts."""

from __future__ import annotations

import os
import sys

from procrun.core import config_vars, ports
from procrun.core.config_vars import dyno_environment
from procrun.core.formation import Selection, check_quantities, resolve, unknown_types
from procrun.core.launch import Launch
from procrun.core.log import ROUTER
from procrun.core.names import RELEASE, WEB
from procrun.core.readiness import find_circle, usual
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import Findings, base_port, read_config, read_procfile
from procrun.system import listeners
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from procrun.core.config_vars import ConfigVars
    from procrun.core.dyno_environment import Platform
    from procrun.core.formation import Formation
    from procrun.core.names import DynoName
    from procrun.core.procfile import Procfile
    from procrun.core.readiness import Readiness
    from procrun.settings import Settings

_TLS = 443  # from the router's port for http to the one for https


class Launcher:
    """Makes the launch of any dyno of the app, from the Procfile and the config vars given.

    `signs` says what tells that a dyno of a type is up.
    """

    def __init__(
        self,
        settings: Settings,
        procfile: Procfile,
        config: ConfigVars,
        base: int,
        signs: Callable[[str], Readiness],
        *,
        colour: bool,
        platform: Platform | None = None,
    ) -> None:
        """With a `platform` dynos get its variables instead of the caller's."""
        self._settings = settings
        self.signs = signs
        self.procfile = procfile
        self.config = config
        self.base = base
        self._colour = colour
        self.platform = platform

    def launch(self, name: DynoName, port: int | None = None) -> Launch:
        """What it takes to launch a dyno on that port, or on its own. The Procfile has its type.

        ConfigError if its port would be above 65535.
        """
        process = self.procfile.get(name.type)
        if process is None:
            raise KeyError(name.type)
        if port is None:
            port = self._port(name)
        return Launch(
            name,
            process.command,
            self._environment(name, port),
            port,
            self._settings.timeout(name.type) * self._settings.time_scale,
            self._settings.stop_signal(name.type),
            self.signs(name.type),
            comes_after(self._settings, name.type),
            reads_profile=self.platform is not None,
            boot_timeout=self._boot_timeout(name),
        )

    def _boot_timeout(self, name: DynoName) -> float:
        """Only web is waited for."""
        return self._settings.boot_timeout * self._settings.time_scale * (name.type == WEB)

    def check(self, quantities: Mapping[str, int]) -> None:
        """ConfigError if there can't be so many: an unknown type, too many of one."""
        check_quantities(self.procfile, quantities)

    @property
    def services(self) -> tuple[str, ...]:
        """The process types that can be started."""
        return tuple(process.name for process in self.procfile.services)

    @property
    def settings(self) -> Settings:
        """The settings that dynos are launched with."""
        return self._settings

    def _environment(self, name: DynoName, port: int) -> dict[str, str]:
        if self.platform is None:
            return dyno_environment(self.config.values, name, port, colour=self._colour)
        from procrun import clean_env

        return clean_env.environment(self._settings, self.platform, self.config, name, port)

    def has_free_port(self, name: DynoName) -> bool:
        """Whether a dyno gets any port that is free, rather than one by its number.

        So does web behind a router, which has web's ports, and who else would have one of these.
        """
        if not self.base or (self._settings.router and name.type == WEB):
            return True
        of_router = router_ports(self._settings, self.base) if self._settings.router else ()
        return self._fixed_port(name) in of_router

    def _port(self, name: DynoName) -> int:
        return listeners.free(1)[0] if self.has_free_port(name) else self._fixed_port(name)

    def _fixed_port(self, name: DynoName) -> int:
        process = self.procfile.get(name.type)
        return ports.port(self.base, process, name.number) if process else 0


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
    selection = _selection(settings, types)
    formation = findings.attempt(lambda: resolve(procfile, selection)) if procfile else None
    base = findings.attempt(lambda: base_port(settings, config)) if config else None
    if procfile:
        findings.problems += _mistyped(settings, procfile)
        findings.problems += circular(settings, procfile)
    if findings.problems or not (procfile and config and formation) or base is None:
        raise ConfigError(findings.problems)
    ports_of = _ports(formation, base, router_ports(settings, base) if settings.router else ())
    notes = _notes(procfile, config, tells_of_release=not (types or settings.release))
    notes += _not_waited_for(settings, formation)
    colour = wants_colour(settings)
    signs = signs or _signs_of(settings)
    platform = platform_of(settings) if settings.clean_env else None
    launcher = Launcher(settings, procfile, config, base, signs, colour=colour, platform=platform)
    launches = tuple(launcher.launch(name, ports_of[name]) for name in formation.dynos)
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


def _selection(settings: Settings, types: Sequence[str]) -> Selection:
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


def comes_after(settings: Settings, process_type: str) -> tuple[str, ...]:
    """The process types that one is started after; what holds for all does not for those."""
    own = dict(settings.after.types).get(process_type)
    if own is not None:
        return own
    everyone = settings.after.default
    return () if process_type in everyone else everyone


def circular(settings: Settings, procfile: Procfile) -> Iterator[Problem]:
    """Types that wait for each other."""
    after = {name: comes_after(settings, name) for name in procfile.names}
    if circle := find_circle(after):
        chain = " after ".join((*circle, circle[0]))
        hint = "Take one of these out: each waits for the next."
        yield Problem(settings.source("after", circle[0]), f"{chain} is a circle", hint)


def _ports(formation: Formation, base: int, of_router: Collection[int]) -> dict[DynoName, int]:
    """The port of each dyno: a free one where the router has the port that it would have."""
    fixed = formation.ports(base) if base else {}
    free = [
        name
        for name in formation.dynos
        if not base or (of_router and name.type == WEB) or fixed[name] in of_router
    ]
    return fixed | dict(zip(free, listeners.free(len(free)), strict=True))


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


def check_ports(launches: Iterable[Launch]) -> list[str]:
    """A warning for each port that is taken; PortTaken if a web process needs it."""
    problems: list[Problem] = []
    warnings: list[str] = []
    busy = listeners.taken([launch.port for launch in launches])
    for launch in launches:
        if launch.port not in busy:
            continue
        who = listeners.holder(launch.port) or "another process"
        text = f"port {launch.port} of {launch.name} is taken by {who}"
        if launch.name.type == WEB:
            problems.append(Problem("", text, _remedy(launch.port)))
        else:
            warnings.append(text)
    if problems:
        raise PortTaken(problems)
    return warnings


def router_ports(settings: Settings, base: int) -> tuple[int, int]:
    """The router's ports for http and for https, 0 for a free one. ConfigError above 65535."""
    tls = settings.port_tls
    if tls is None:
        tls = base and base + _TLS
    if tls > ports.HIGHEST:
        text = f"the router's port for https would be {tls}, above {ports.HIGHEST}"
        raise ConfigError([Problem("", text, "Choose another port, or one for it: --port-tls N.")])
    if tls and tls == base:
        text = f"the router would have port {base} both for http and for https"
        raise ConfigError([Problem("", text, "Choose another one with --port-tls N.")])
    return base, tls


def check_router(settings: Settings, launcher: Launcher) -> None:
    """PortTaken if somebody else has a port of the router's."""
    http, https = router_ports(settings, launcher.base)
    problems: list[Problem] = []
    for port, scheme in ((http, "http"), (https, "https")):
        if port and listeners.taken([port]):
            who = listeners.holder(port) or "another process"
            text = f"port {port} of the router, for {scheme}, is taken by {who}"
            problems.append(Problem("", text, _remedy(port)))
    if problems:
        raise PortTaken(problems)


class PortTaken(ConfigError):
    """Somebody else listens on a web process' port."""

    exit_code = ProcrunError.exit_code


def _remedy(port: int) -> str:
    remedy = f"Stop it, or choose other ports: -p {port + 1000}, or -p 0 for free ones."
    if sys.platform == "darwin" and port == 5000:
        remedy += " If it is AirPlay: System Settings, General, AirDrop & Handoff."
    return remedy
