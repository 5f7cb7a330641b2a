"""What `procrun start` does where the app runs already: show its log, or start some of its dynos.

Only where that is all that was asked for. An option that a running app can't follow any more is
no reason to ignore it: the usual error says that the app runs.
"""

from __future__ import annotations

import sys

from procrun.control.folder import AlreadyRunning
from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Given
    from procrun.control.folder import Owner
    from procrun.settings import Settings

_OF_EVERY_COMMAND = frozenset(("root", "procfile", "env", "color"))
_OF_THE_LOOK = frozenset(("json", "prefix", "timestamps"))


def join(given: Given, settings: Settings, owner: Owner | None) -> int | None:
    """The exit code, where the `owner`'s app was all that was wanted; None to start one.

    ProcrunError for what a running app can't do, or what only a running one could.
    """
    if owner is None:
        _refuse_dynos(given.words)
        return None
    if given.words:
        return _start_dynos(given, settings, owner)
    if owner.background and _gives_only(given, _OF_EVERY_COMMAND | _OF_THE_LOOK):
        return _show_log(settings, owner)
    return None


def _refuse_dynos(words: tuple[str, ...]) -> None:
    """A single dyno is of an app that runs."""
    if any(map(_is_dyno, words)):
        types = " ".join(dict.fromkeys(word.partition(".")[0] for word in words))
        hint = f"`procrun start {types}` starts one, with {types} alone."
        raise ProcrunError("no app is running here", hint)


def _is_dyno(word: str) -> bool:
    before, _, number = word.rpartition(".")
    return bool(before) and "=" not in before and number.isdigit()


def _start_dynos(given: Given, settings: Settings, owner: Owner) -> int:
    if any("=" in word for word in given.words):
        change = " ".join(word if "=" in word else f"{word}=1" for word in given.words)
        raise AlreadyRunning(owner.pid, f"`procrun scale {change}` changes how many of a type run.")
    if not _gives_only(given, _OF_EVERY_COMMAND):
        hint = f"`procrun start {' '.join(given.words)}` without options starts them in that app."
        raise AlreadyRunning(owner.pid, hint)
    from procrun.cli.remote import act
    from procrun.core.commands import START, Request

    return act(settings, Request(START, given.words))


def _show_log(settings: Settings, owner: Owner) -> int | None:
    """Follow the log until the app ends; None if the app is just ending."""
    from procrun.cli.logs import follow
    from procrun.control.client import NotRunning, connect

    try:
        client = connect(settings.root)
    except NotRunning:
        return None
    sys.stderr.write(
        f"procrun: the app runs in the background already (pid {owner.pid}); this is its log\n"
        "  Ctrl-C leaves it running, `procrun stop` ends it.\n"
    )
    return follow(client, settings)


def _gives_only(given: Given, names: frozenset[str]) -> bool:
    """Whether no options but these settings stand on the command line."""
    return given.settings.keys() <= names and not (given.overrides or given.flags or given.values)
