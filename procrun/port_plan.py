"""Which port each dyno gets, which ones the router has, and whether somebody else has them."""

from __future__ import annotations

import sys

from procrun.core import ports
from procrun.core.names import WEB
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import base_port
from procrun.system import listeners
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from procrun.core.config_vars import ConfigVars
    from procrun.core.formation import Formation
    from procrun.core.launch import Launch
    from procrun.core.names import DynoName
    from procrun.core.procfile import ProcessType
    from procrun.settings import Settings

_TLS = 443  # from the router's port for http to the one for https


class PortTaken(ConfigError):
    """Somebody else listens on a web process' port."""

    exit_code = ProcrunError.exit_code


class PortPlan(Value):
    """Ports by number, from `base` on, or free ones where that is 0.

    `of_router` are the router's, for http and for https, 0 for a free one; none without a router.
    """

    base: int
    of_router: tuple[int, ...] = ()

    def is_free(self, process: ProcessType | None, number: int = 1) -> bool:
        """Whether a dyno of that type gets any port that is free, rather than one by its number.

        So does web behind a router, which has web's ports, and who else would have one of these.
        """
        if not self.base or (self.of_router and process is not None and process.name == WEB):
            return True
        return self._by_number(process, number) in self.of_router

    def port(self, process: ProcessType | None, number: int = 1) -> int:
        """The port of a dyno; a command of no type has the first of all. ConfigError above 65535.

        A free one is another at each call.
        """
        if self.is_free(process, number):
            return listeners.free(1)[0]
        return self._by_number(process, number)

    def of(self, formation: Formation) -> dict[DynoName, int]:
        """The ports of all dynos, no two the same. ConfigError with all that are above 65535."""
        by_number = formation.ports(self.base) if self.base else {}
        types = {process.name: process for process, _quantity in formation.quantities}
        names = [name for name in formation.dynos if self.is_free(types[name.type], name.number)]
        return by_number | dict(zip(names, listeners.free(len(names)), strict=True))

    def _by_number(self, process: ProcessType | None, number: int) -> int:
        return ports.port(self.base, process, number) if process else self.base


def port_plan(settings: Settings, base: int) -> PortPlan:
    """The ports of an app that count from `base`. ConfigError as for `router_ports`."""
    return PortPlan(base, router_ports(settings, base) if settings.router else ())


def port_of(
    settings: Settings, config: ConfigVars, process: ProcessType | None = None, number: int = 1
) -> int:
    """The port of one dyno. ConfigError as for PortPlan, or for a PORT that is not a port."""
    return port_plan(settings, base_port(settings, config)).port(process, number)


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


def check_ports(launches: Iterable[Launch]) -> list[str]:
    """A warning for each port that is taken; PortTaken if a web process needs it."""
    problems: list[Problem] = []
    warnings: list[str] = []
    wanted = ((launch.port, str(launch.name), launch.name.type == WEB) for launch in launches)
    for problem, is_needed in _taken(wanted):
        if is_needed:
            problems.append(problem)
        else:
            warnings.append(problem.text)
    if problems:
        raise PortTaken(problems)
    return warnings


def check_router(of_app: PortPlan) -> None:
    """PortTaken if somebody else has a port of the router's."""
    schemes = zip(of_app.of_router, ("http", "https"), strict=False)
    wanted = ((port, f"the router, for {scheme},", True) for port, scheme in schemes if port)
    if problems := [problem for problem, _is_needed in _taken(wanted)]:
        raise PortTaken(problems)


def check_bind(addresses: Iterable[str]) -> None:
    """ProcrunError if the router can't listen on any of them; one of several may be missing."""
    why = {address: listeners.missing(address) for address in addresses}
    if all(why.values()):
        which, reason = ", ".join(why), next(iter(why.values()), "")
        hint = "--bind takes addresses that this machine has; 0.0.0.0 is all of IPv4."
        raise ProcrunError(f"the router cannot listen on {which}: {reason}", hint)


def _taken(wanted: Iterable[tuple[int, str, bool]]) -> Iterator[tuple[Problem, bool]]:
    """The problem with each port that somebody else has: it, whose it is, and what goes with it."""
    all_wanted = tuple(wanted)
    busy = listeners.taken([port for port, _whose, _is_needed in all_wanted])
    for port, whose, is_needed in all_wanted:
        if port in busy:
            who = listeners.holder(port) or "another process"
            text = f"port {port} of {whose} is taken by {who}"
            yield Problem("", text, _remedy(port)), is_needed


def _remedy(port: int) -> str:
    remedy = f"Stop it, or choose other ports: -p {port + 1000}, or -p 0 for free ones."
    if sys.platform == "darwin" and port == 5000:
        remedy += " If it is AirPlay: System Settings, General, AirDrop & Handoff."
    return remedy
