"""`procrun wait`: block until the app is ready."""

from __future__ import annotations

import os
import sys
import time

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.logs import tail
from procrun.cli.options import parse, patience
from procrun.control.client import NotRunning, ask, connect
from procrun.core.commands import WAIT, Request
from procrun.core.duration import duration
from procrun.core.readiness import FIRST_PAUSE, QUIET, asked_for
from procrun.errors import FAILURE, ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line

_PATIENCE = 60.0  # seconds: what Heroku gives a web process to boot


def wait(line: Line) -> int:
    """Wait until all is up; ProcrunError, after the end of the log, when that does not come."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    longest = patience(given, _PATIENCE)
    if given.value("ready"):
        asked_for(given.value("ready"))  # before anything is waited for
    deadline = time.monotonic() + longest if longest else None
    _await_start(settings.root, deadline, longest)
    left = max(0.001, deadline - time.monotonic()) if deadline else 0.0
    options = (("ready", given.value("ready")), ("timeout", round(left * 1000)))
    names = (given.value("type"),) if given.value("type") else ()
    try:
        for reply in ask(settings.root, Request(WAIT, names, options)):
            if text := reply.get("text"):
                output.write(f"{text}\n")
    except ProcrunError as error:
        if error.exit_code == FAILURE:
            sys.stderr.write(tail(settings))
        raise
    return 0


def _await_start(root: str, deadline: float | None, longest: float) -> None:
    """Return when an app runs. Nobody tells when one starts, so this looks again and again."""
    pause = FIRST_PAUSE
    told = False
    while True:
        try:
            connect(root).close()
            return
        except NotRunning as error:
            if deadline is not None and time.monotonic() + pause > deadline:
                message = f"no app was started here within {duration(longest)}"
                raise ProcrunError(message, error.problems[0].hint) from error
        if not told:
            sys.stderr.write("procrun: no app is running here yet; waiting for its start\n")
            told = True
        time.sleep(pause)
        pause = QUIET.after(pause)
