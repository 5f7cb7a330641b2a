"""Which port a dyno gets, with a router in front and without."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from procrun.core.config_vars import ConfigVars
from procrun.core.formation import Selection, resolve
from procrun.core.names import DynoName
from procrun.core.procfile import ProcessType, Procfile, parse
from procrun.errors import ConfigError, ProcrunError
from procrun.port_plan import (
    PortPlan,
    PortTaken,
    check_bind,
    check_router,
    port_of,
    port_plan,
)
from procrun.settings import resolve as settings_of
from procrun.system.listeners import free

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = ConfigVars({}, {})


@pytest.fixture
def procfile() -> Procfile:
    """Return one with five services: the ports of the last begin at 5400."""
    names = ["web", *(f"other{number}" for number in range(3)), "far"]
    return parse("\n".join(f"{name}: true" for name in names))


def type_of(procfile: Procfile, name: str) -> ProcessType:
    """A process type that is there."""
    process = procfile.get(name)
    assert process is not None
    return process


@pytest.mark.parametrize(
    ("options", "free_ones"),
    [
        ({"port": "5000"}, set()),
        ({"port": "0"}, {"web.1", "web.2", "far.1", "far.44"}),
        ({"port": "5000", "router": True}, {"web.1", "web.2", "far.44"}),
        ({"port": "5000", "router": True, "port_tls": "5400"}, {"web.1", "web.2", "far.1"}),
    ],
    ids=["by number", "free ones", "router", "another https"],
)
def test_nobody_gets_a_port_of_the_routers(
    procfile: Procfile, options: Mapping[str, object], free_ones: set[str]
) -> None:
    """A start, a dyno that comes later and a one-off command have one rule for that."""
    settings = settings_of(options, {})
    ports = port_plan(settings, int(str(options["port"])))
    names = [*map(DynoName.parse, ("web.1", "web.2", "far.1", "far.44"))]
    found = {
        str(name) for name in names if ports.is_free(type_of(procfile, name.type), name.number)
    }
    formation = resolve(procfile, Selection(("web=2", "far=44")))
    of_all = ports.of(formation)

    assert found == free_ones
    assert len(set(of_all.values())) == len(formation.dynos)
    assert not set(of_all.values()) & {*ports.of_router} - {0}
    for name in names:
        process = type_of(procfile, name.type)
        fixed = 5000 + 100 * process.index + name.number - 1
        alone = port_of(settings, NONE, process, name.number)
        for port in (alone, of_all[name]):
            assert (port == fixed) is (str(name) not in free_ones)


def test_a_command_of_no_type_has_the_first_port() -> None:
    """Which is the router's, where there is one."""
    assert port_of(settings_of({"port": "5000"}, {}), NONE) == 5000
    assert port_of(settings_of({"port": "5000", "router": True}, {}), NONE) != 5000


@pytest.mark.parametrize(("of_tls", "hint"), [(None, "above 65535"), ("65300", "both for http")])
def test_a_router_has_two_ports(of_tls: str | None, hint: str) -> None:
    """Two that are below 65536."""
    settings = settings_of({"router": True, "port_tls": of_tls}, {})

    with pytest.raises(ConfigError, match=hint):
        port_plan(settings, 65300)


def test_a_port_of_the_routers_that_somebody_has_is_told() -> None:
    """With who it is; nothing is to check without a router."""
    http, https = free(2)
    with socket.create_server(("127.0.0.1", https)):
        check_router(PortPlan(http))
        with pytest.raises(PortTaken, match=f"port {https} of the router, for https, is taken by"):
            check_router(PortPlan(http, (http, https)))


def test_of_several_addresses_of_the_router_one_must_be_there() -> None:
    """As ::1 is not everywhere; 203.0.113.0 is for documentation alone."""
    check_bind(("203.0.113.7", "127.0.0.1"))
    with pytest.raises(ProcrunError, match=r"cannot listen on 203\.0\.113\.7, 203\.0\.113\.8: "):
        check_bind(("203.0.113.7", "203.0.113.8"))
