"""Where the web process of a Procfile will listen, as far as its command tells.

On Heroku it has to be on the port that is in PORT, which is another at each start, and on an
address that the router reaches (docs/heroku.md). What servers do without options is what their own
documentation says. Where a command does not tell, nothing is said.
"""

from __future__ import annotations

from procrun.core.programs import program, simple_commands, values
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from procrun.core.shell_syntax import Simple

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what apps are to listen on, not we


class Server(Value):
    """How one server is told where to listen, and where it listens if it is not told."""

    remedy: str
    host: str = EVERYWHERE  # without an option
    port: str = ""  # likewise; "" where it takes PORT, or where nobody knows
    hosts: tuple[str, ...] = ()  # options with an address
    ports: tuple[str, ...] = ()  # options with a port
    places: tuple[str, ...] = ()  # options with both
    positional: bool = False  # whether its first argument is such a place
    command: str = ""  # the argument without which it is no server
    unless: tuple[str, ...] = ()  # options that say something else about where
    variables: tuple[str, ...] = ()  # of the environment, that it takes either from


_BOTH = "--host 0.0.0.0 --port $PORT"
_SERVERS = {
    "gunicorn": Server(  # it takes PORT, and then all addresses
        "--bind 0.0.0.0:$PORT", places=("-b", "--bind"), port=""
    ),
    "uvicorn": Server(
        _BOTH,
        "127.0.0.1",
        "8000",
        ("--host",),
        ("--port",),
        unless=("--uds", "--fd"),
        variables=("UVICORN_HOST", "UVICORN_PORT"),
    ),
    "hypercorn": Server(
        "--bind 0.0.0.0:$PORT",
        "127.0.0.1",
        "8000",
        places=("-b", "--bind"),
        unless=("-c", "--config"),
    ),
    "daphne": Server(
        "-b 0.0.0.0 -p $PORT",
        "127.0.0.1",
        "8000",
        ("-b", "--bind"),
        ("-p", "--port"),
        unless=("-u", "--unix-socket", "--fd", "-e", "--endpoint"),
    ),
    "waitress-serve": Server(
        "--port=$PORT",
        EVERYWHERE,
        "8080",
        ("--host",),
        ("--port",),
        ("--listen",),
        unless=("--unix-socket",),
    ),
    "flask": Server(
        _BOTH,
        "127.0.0.1",
        "5000",
        ("-h", "--host"),
        ("-p", "--port"),
        command="run",
        variables=("FLASK_RUN_HOST", "FLASK_RUN_PORT"),
    ),
    "fastapi": Server("--port $PORT", EVERYWHERE, "", ("--host",), ("--port",), command="run"),
    "runserver": Server("0.0.0.0:$PORT", "127.0.0.1", "8000", positional=True),
    "http.server": Server(
        "python -m http.server $PORT", EVERYWHERE, "8000", ("-b", "--bind"), positional=True
    ),
    "streamlit": Server(
        "--server.address 0.0.0.0 --server.port $PORT",
        hosts=("--server.address",),
        ports=("--server.port",),
        command="run",
    ),
    "uwsgi": Server("--http 0.0.0.0:$PORT", places=("--http", "--http-socket", "--http11-socket")),
    "rails": Server("-p $PORT", hosts=("-b", "--binding"), ports=("-p", "--port")),
    "php": Server("-S 0.0.0.0:$PORT", places=("-S",)),
}
_DJANGO = ("manage.py", "django-admin", "django")
_WITH_VALUE = ("--settings", "--pythonpath", "-v", "--verbosity")  # of Django's options


def out_of_reach(
    command: str, variables: Collection[str] = (), router: Collection[int] = ()
) -> tuple[str, str] | None:
    """What is wrong with where the command of a web process listens, and the remedy.

    `variables` are the names of its config vars, `router` the ports of the router in front of it
    here. None if nothing is wrong, or nobody can tell.
    """
    commands = simple_commands(command)
    set_itself = {name: value for simple in commands for name, value in _assigned(simple)}
    if (port := set_itself.get("PORT", "")).isdecimal():
        hint = "Take that out: Heroku gives each dyno another port."
        return f"sets PORT itself{_in_the_way(port, router)}", hint
    found: list[tuple[str, str]] = []
    for simple in commands:
        verdict = _judge(simple, {*variables, *set_itself}, router)
        if verdict is None:
            continue
        if not verdict[0]:
            return None  # one of them is where it should be
        found.append(verdict)
    return found[0] if found else None


def place_out_of_reach(place: str) -> str:
    """The same of a place alone, as gunicorn's settings have it: `0.0.0.0:8000`; "" for nothing."""
    return _wrong(*_split(place, "", ""))


def on_port(port: object) -> str:
    """What is wrong with a port that is written out."""
    return f"listens on port {port}, and Heroku's router asks on $PORT"


def alone_on(host: str) -> str:
    """What is wrong with an address that is for this machine only."""
    return f"listens on {host} alone, where Heroku's router does not reach it"


def is_loopback(host: str) -> bool:
    """Whether nobody on another machine reaches who listens on that address."""
    host = host.strip("[]").lower()
    return host in ("localhost", "::1") or _is_127(host)


def _is_127(host: str) -> bool:
    parts = host.split(".")
    return parts[0] == "127" and len(parts) == 4 and all(part.isdecimal() for part in parts)


def _assigned(simple: Simple) -> Iterable[tuple[str, str]]:
    """The variables that it sets: `A=1 program`, or `export A=1`."""
    yield from simple.assigned
    if simple.words[:1] == ("export",) or simple.words[:1] == ("env",):
        pairs = [word.partition("=") for word in simple.words[1:]]
        yield from ((name, value) for name, equals, value in pairs if equals)


def _judge(
    simple: Simple, variables: AbstractSet[str], router: Collection[int]
) -> tuple[str, str] | None:
    """What is wrong with one command, ("", "") if it is well; None if it says nothing."""
    name, arguments = program(simple.words)
    if name in _DJANGO and "runserver" in arguments:
        name, arguments = "runserver", arguments[arguments.index("runserver") + 1 :]
    server = _SERVERS.get(name)
    is_server = server is not None and (not server.command or server.command in arguments)
    if server is None or not is_server:
        # Whoever is given the port may be in front of a server that is not.
        knows_port = simple.goes_on or any("PORT" in word for word in simple.words)
        return ("", "") if knows_port else None
    named = not variables.isdisjoint(server.variables)
    if named or any(True for _ in values(arguments, server.unless)):
        return "", ""
    verdicts = [_wrong(host, port, router) for host, port in _places(server, arguments)]
    wrong = next((verdict for verdict in verdicts if verdict), "")
    if not wrong or not all(verdicts):
        return "", ""
    return f"{name} {wrong}", f"Write {server.remedy}."


def _places(server: Server, arguments: Sequence[str]) -> list[tuple[str, str]]:
    """The addresses and ports that a server is to listen on."""
    hosts, ports = (list(values(arguments, options)) for options in (server.hosts, server.ports))
    host, port = (hosts or [server.host])[-1], (ports or [server.port])[-1]
    places = list(values(arguments, server.places))
    if server.positional:
        places += _positional(arguments)
    if not places:
        return [(host, port)]
    return [_split(place, host, port) for place in places]


def _positional(arguments: Sequence[str]) -> list[str]:
    """The first argument that is no option and no option's value."""
    before = ""
    for word in arguments:
        if word[:1] != "-" and before not in (*_WITH_VALUE, "-b", "--bind", "-d", "--directory"):
            return [word]
        before = word
    return []


def _split(place: str, host: str, port: str) -> tuple[str, str]:
    """`HOST:PORT`, `[HOST]:PORT`, `:PORT`, `PORT` or `HOST` in its two parts."""
    place = place.removeprefix("tcp://")
    if place.startswith(("unix:", "fd:")) or "," in place:
        return "", ""
    before, colon, after = place.rpartition(":")
    if place.endswith("]"):
        return place, port
    if colon:
        return before or EVERYWHERE, after
    return (host, place) if place.isdecimal() or "$" in place else (place, port)


def _wrong(host: str, port: str, router: Collection[int] = ()) -> str:
    """What is wrong with listening there, in words; "" for nothing."""
    if port.isdecimal():
        return f"{on_port(port)}{_in_the_way(port, router)}"
    return alone_on(host) if is_loopback(host) else ""


def _in_the_way(port: str, router: Collection[int]) -> str:
    return f"; {port} is where the router is" if int(port) in router else ""
