"""The commands that act on processes of the running app: restart, stop, kill."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.control.client import ask
from procrun.core.commands import KILL, RESTART, SHUT_DOWN, STOP, Request
from procrun.core.text import excerpt
from procrun.errors import FAILURE, UsageError
from procrun.system.descendants import wait_for_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.options import Given
    from procrun.cli.words import Line
    from procrun.settings import Settings


def restart(line: Line) -> int:
    """Restart dynos; where none is named all but those that were stopped by hand."""
    given = parse(line)
    return _act(given, Request(RESTART, _names(given)))


def stop(line: Line) -> int:
    """Stop dynos, or end the app where none is named.

    UsageError for `ps:stop` without a name, which on Heroku does not mean all of them either.
    """
    given = parse(line)
    names = _names(given)
    if not names and ":" in line.alias:
        hint = f"`procrun {line.alias} web.1` stops one process, `procrun stop` ends the app."
        raise UsageError(f"{line.alias} needs a name", hint)
    return _act(given, Request(STOP if names else SHUT_DOWN, names))


def kill(line: Line) -> int:
    """Send a signal to the leaders of dynos."""
    given = parse(line)
    if not given.words:
        raise UsageError("kill needs a name", "For example: procrun kill -s USR1 web")
    signal = given.value("signal") or "TERM"
    return _act(given, Request(KILL, given.words, (("signal", signal),)))


def _names(given: Given) -> tuple[str, ...]:
    """The dynos and types that are named, as words or in Heroku's way.

    UsageError for what stands for a folder, as the common -d would.
    """
    dynos = [value for name, value in given.values if name in ("dyno-name", "process-type")]
    for name in dynos:
        if "/" in name or not name.strip("."):
            hint = f"-d names a process here; --root {name} names the app's folder."
            raise UsageError(f"no process is called {excerpt(name)}", hint)
    return (*given.words, *dynos)


def _act(given: Given, request: Request) -> int:
    return act(settings_module.resolve(given.settings, os.environ), request)


def act(settings: Settings, request: Request) -> int:
    """Ask, and print what comes of it, a line per dyno; 1 if something did not happen."""
    code = 0
    for reply in ask(settings.root, request):
        if isinstance(pid := reply.get("visible_pid"), int):
            wait_for_end(pid)
        if text := reply.get("text"):
            output.write(f"{text}\n")
        if reply.get("failed"):
            code = FAILURE
    return code
