"""What is wrong with config vars on Heroku, by their names and what their values lead to.

No value is ever shown: it may be a secret.
"""

from __future__ import annotations

from procrun.core import config_rules
from procrun.core.text import one_line
from procrun.errors import Problem
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from procrun.core.config_vars import ConfigVars

REFUSED_SCHEME = "postgres://"
_ENDINGS = ("_URL", "_URI", "_DSN")
_OWN = "PROCRUN_"
_LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - what values have
_BY_SOCKET = ("postgres", "postgresql", "mysql", "mysql2")  # without a host it is a local socket
_SQLITE = "sqlite"
_MEMORY = ("", ":memory:")
_SCHEME_REFUSED_SINCE = (1, 4)  # of SQLAlchemy


class _Var(Value):
    name: str
    value: str
    origin: str


def problems(config: ConfigVars, root: str = "") -> Iterator[Problem]:
    """Warnings of the config vars that env files and -E set.

    With `root`, the app's absolute one, of SQLite files those alone that are in it.
    """
    given = [_Var(name, config.values[name], origin) for name, origin in config.origins.items()]
    urls = [each for each in given if each.name.endswith(_ENDINGS) and _OWN not in each.name]
    yield from _told(
        [each for each in urls if leads_here(each.value)],
        ("leads to this machine", "lead to this machine"),
        "In a dyno nothing listens there. On Heroku add-ons set such URLs, or `heroku config:set`.",
    )
    yield from _told(
        [each for each in urls if is_sqlite_file(each.value, root)],
        ("is an SQLite file", "are SQLite files"),
        "A dyno loses its files whenever it restarts: take a database add-on on Heroku.",
    )
    if large := config_rules.too_large({each.name: each.value for each in given}):
        hint = "Put what is large into a file that is in git, or fetch it at the start."
        yield Problem("", large, hint, warning=True)


def uses_refused_scheme(config: ConfigVars) -> list[str]:
    """The config vars whose value begins with the scheme that SQLAlchemy refuses."""
    return [
        name
        for name in config.origins
        if name.endswith(_ENDINGS) and config.values[name].startswith(REFUSED_SCHEME)
    ]


def refused_scheme(config: ConfigVars, version: str) -> Iterator[Problem]:
    """A warning of such config vars, beside the SQLAlchemy of that version ("" for none)."""
    if not _refuses_scheme(version):
        return
    given = [_Var(name, "", config.origins[name]) for name in uses_refused_scheme(config)]
    what = f"with postgres://, which SQLAlchemy {version} refuses"
    hint = 'In code: url.replace("postgres://", "postgresql://", 1). On Heroku it is always so.'
    yield from _told(given, (f"begins {what}", f"begin {what}"), hint)


def leads_here(value: str) -> bool:
    """Whether a URL leads to the machine that it is used on."""
    scheme, separator, rest = value.partition("://")
    if not separator or not scheme.replace("+", "").replace("-", "").isalnum():
        return False
    place, _, query = _cut(rest)
    hosts = [_host(each) for each in place.rpartition("@")[2].split(",")]
    if hosts == [""]:
        return scheme.partition("+")[0] in _BY_SOCKET and "host=" not in query
    return all(host in _LOCAL for host in hosts)


def is_sqlite_file(value: str, root: str = "") -> bool:
    """Whether a URL is that of an SQLite database in a file, with `root` in one below that."""
    scheme, separator, rest = value.partition("://")
    path = rest.partition("?")[0].removeprefix("/")
    if not separator or scheme.partition("+")[0] != _SQLITE or path in _MEMORY:
        return False
    return not root or path.startswith(f"{root}/") or not path.startswith(("/", "../"))


def _cut(rest: str) -> tuple[str, str, str]:
    """What stands before the path of a URL, the path, and the query."""
    before, _, query = rest.partition("?")
    place, slash, path = before.partition("/")
    return place, slash + path, query


def _host(place: str) -> str:
    """The host of `host:port` or `[host]:port`, in small letters."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0].lower()


def _refuses_scheme(version: str) -> bool:
    parts = version.split(".")[:2]
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    return len(numbers) == len(parts) == 2 and numbers >= _SCHEME_REFUSED_SINCE


def _told(found: Sequence[_Var], verb: tuple[str, str], hint: str) -> Iterator[Problem]:
    """One warning of all of them, in the place of the first."""
    if not found:
        return
    first, *others = found
    names = [one_line(first.name), *(f"{one_line(each.name)} ({each.origin})" for each in others)]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    where = first.origin if ":" in first.origin else ""
    yield Problem(where, f"{listed} {verb[bool(others)]}", hint, warning=True)
