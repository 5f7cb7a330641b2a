"""What a process listens on, in words, where it should listen on its PORT."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WILDCARDS = frozenset(("0.0.0.0", "::"))  # noqa: S104 - what others listen on, not we
_TLS = (b"\x15\x03", b"\x16\x03")  # an alert, a handshake
_CONTROL = ".ctl"  # gunicorn's own socket, which serves nobody


def is_reached_by(address: str, *, own: bool = True) -> bool:
    """Whether who listens on that address is found: on 127.0.0.1 alone, or on ::1 as well."""
    return address in WILDCARDS or address == "127.0.0.1" or (not own and address == "::1")


def listens(port: int, found: Iterable[tuple[str, int]], *, own: bool = True) -> str:
    """What is wrong with where it listens, "" if nothing is: (address, port), or (path, 0).

    >>> listens(48329, [("127.0.0.1", 5099)])
    'listens on 5099, PORT is 48329'
    >>> listens(48329, [("::1", 48329)])
    'listens on port 48329, but only on ::1'
    """
    places = [place for place in found if not place[0].endswith(_CONTROL)]
    addresses = list(dict.fromkeys(address for address, number in places if number == port))
    if any(is_reached_by(address, own=own) for address in addresses):
        return ""
    if addresses:
        return f"listens on port {port}, but only on {_and(addresses)}"
    others = [str(number) if number else address for address, number in places]
    return f"listens on {_and(list(dict.fromkeys(others))) or 'nothing'}, PORT is {port}"


def remedy(words: str) -> str:
    """What to do about what `listens` says, be it among other words; "" where nobody knows."""
    elsewhere = ", PORT is " in words and "listens on nothing" not in words
    return "Bind to $PORT in the Procfile." if elsewhere else ""


def not_http(received: bytes) -> str:
    """What a port speaks that has sent this in answer to an HTTP request; "" if it hung up."""
    if received.startswith(_TLS):
        return "its port speaks TLS"
    return "what answers on its port is not HTTP" if received else ""


def _and(words: list[str]) -> str:
    """Several in a row."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
