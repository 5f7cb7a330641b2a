"""`procrun maintenance`: whether the router turns every request away, on purpose."""

from __future__ import annotations

import os
import sys

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.cli.output import app_name
from procrun.control.client import ask
from procrun.core.commands import MAINTENANCE, Request
from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line
    from procrun.settings import Settings

_DOING = {"on": "Enabling", "off": "Disabling"}


def maintenance(line: Line) -> int:
    """Switch it on or off, and return when it is; without a word, print how it is."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    if not given.words:
        output.write("on\n" if _ask(settings).get("maintenance") is True else "off\n")
        return 0
    word = given.words[0]
    if word not in _DOING:
        raise UsageError(f"maintenance is on or off, not {word}", "Write `procrun maintenance on`.")
    _switch(settings, word)
    return 0


def _switch(settings: Settings, word: str) -> None:
    sys.stderr.write(f"{_DOING[word]} maintenance mode for {app_name(settings)}... ")
    sys.stderr.flush()
    try:
        reply = _ask(settings, word)
    except BaseException:
        sys.stderr.write("failed\n")
        raise
    late = reply.get("text")
    sys.stderr.write(f"done\nprocrun: {late}\n" if late else "done\n")


def _ask(settings: Settings, *words: str) -> dict[str, object]:
    (reply,) = ask(settings.root, Request(MAINTENANCE, words))
    return reply
