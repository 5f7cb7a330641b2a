"""`procrun scale` and `ps type`: how many of each type run, and as what size of dyno."""

from __future__ import annotations

import os
import sys

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.cli.remote import act
from procrun.control.client import NotRunning, ask
from procrun.core.commands import INFO, SCALE, Request
from procrun.core.dyno_size import SIZES, shown, without_size
from procrun.core.names import did_you_mean
from procrun.core.text import excerpt
from procrun.errors import UsageError
from procrun.inputs import read_procfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from procrun.cli.words import Line
    from procrun.settings import Settings

_LIMITS_NOTHING = "the size of dyno limits nothing here"
_SET = "`dyno_size` in the settings and `start --dyno-size` say what a process is told of it."


def scale(line: Line) -> int:
    """Change how many of a type run: `web=2`, `worker+1`; without a word print how many do."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    if not given.words:
        return _print_formation(settings)
    changes = dict(map(without_size, given.words))
    if any(changes.values()):
        sys.stderr.write(f"procrun: {_LIMITS_NOTHING}\n  {_SET}\n")
    return act(settings, Request(SCALE, tuple(changes)))


def sizes(line: Line) -> int:
    """Print a table of types and sizes; UsageError for a size to be set, as it is a setting."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    services = [process.name for process in read_procfile(settings.procfile).services]
    for word in given.words:
        if "=" in word or word.lower() in SIZES:
            raise UsageError(f"{excerpt(word)}: {_LIMITS_NOTHING}", _SET)
        if word not in services:
            hint = f"{did_you_mean(word, services)}It has {', '.join(services)}."
            raise UsageError(f"{settings.procfile} has no process type {excerpt(word)}", hint)
    types = given.words or services
    size = _size_of(settings, _reply(settings.root))
    width = max(map(len, ("TYPE", *types)))
    rows = [("TYPE", "SIZE"), *((name, shown(size(name))) for name in types)]
    output.write("".join(f"{name:{width}}  {size}\n" for name, size in rows))
    return 0


def _print_formation(settings: Settings) -> int:
    """`web=2:Eco worker=1:Eco`, in the order of the names, as heroku prints it."""
    (reply,) = ask(settings.root, Request(INFO))
    size = _size_of(settings, reply)
    words = (
        f"{name}={number}:{shown(size(name))}" for name, number in sorted(quantities(reply).items())
    )
    output.write(f"{' '.join(words)}\n")
    return 0


def _reply(root: str) -> Mapping[str, object]:
    """What the running app says of itself; nothing if none runs."""
    try:
        (reply,) = ask(root, Request(INFO))
    except NotRunning:
        return {}
    return reply


def _size_of(settings: Settings, reply: Mapping[str, object]) -> Callable[[str], str]:
    """What gives the size of a type: the running app's own, and else that of the settings."""
    found = reply.get("sizes")
    sizes = found if isinstance(found, dict) else {}
    return lambda name: str(sizes.get(name) or settings.dyno_size(name))


def quantities(reply: Mapping[str, object]) -> dict[str, int]:
    """How many run of each type, as the app's answer has it."""
    found = reply.get("formation")
    pairs = found.items() if isinstance(found, dict) else ()
    return {str(name): number for name, number in pairs if isinstance(number, int)}
