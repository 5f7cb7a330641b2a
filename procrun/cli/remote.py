"""The commands that act on the running app: restart, stop, scale, kill."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.control.client import ask
from procrun.core.commands import KILL, RESTART, SCALE, SHUT_DOWN, STOP, Request
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
    return _act(given, Request(RESTART, given.words))


def stop(line: Line) -> int:
    """Stop dynos, or end the app where none is named."""
    given = parse(line)
    return _act(given, Request(STOP if given.words else SHUT_DOWN, given.words))


def scale(line: Line) -> int:
    """Change how many of a type run: `web=2`, `worker+1`."""
    given = parse(line)
    if not given.words:
        raise UsageError("scale needs a type and a number", "For example: procrun scale web=2")
    return _act(given, Request(SCALE, given.words))


def kill(line: Line) -> int:
    """Send a signal to the leaders of dynos."""
    given = parse(line)
    if not given.words:
        raise UsageError("kill needs a name", "For example: procrun kill -s USR1 web")
    signal = given.value("signal") or "TERM"
    return _act(given, Request(KILL, given.words, (("signal", signal),)))


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
