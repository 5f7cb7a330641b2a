"""Where the router of an app answers."""

from __future__ import annotations

from procrun.core.host_name import host_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Of an address that stands for all of them.
_ON_THIS_MACHINE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound
_FIRST = "127.0.0.1"


def urls(app: str, bind: Sequence[str], ports: Mapping[str, int]) -> tuple[str, ...]:
    """The addresses of an app of that name, the one of https first, where there is one.

    `ports` are those that the router has: `http`, and `https` if it speaks TLS.
    """
    found = [f"http://{_host(bind)}:{ports['http']}"]
    if "https" in ports:
        found.insert(0, f"https://{host_name(app)}:{ports['https']}")
    return tuple(found)


def _host(bind: Sequence[str]) -> str:
    addresses = [_ON_THIS_MACHINE.get(address, address) for address in bind] or [_FIRST]
    first = _FIRST if _FIRST in addresses else addresses[0]
    return f"[{first}]" if ":" in first else first
