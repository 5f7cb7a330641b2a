"""Guesses where the `--` of a `procrun with` belongs that was typed without it."""

from __future__ import annotations

import os
import shlex

from procrun import settings as settings_module
from procrun.cli.commands import command_named
from procrun.cli.parser import options_of
from procrun.cli.words import leading_options
from procrun.errors import ProcrunError
from procrun.inputs import read_procfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from procrun.cli.words import Line, Pair


def with_dashes(line: Line) -> str:
    """The line as it may have been meant: the command begins at the first word that is no type.

    UsageError for an option in front of that which `with` does not have.
    """
    options = options_of(command_named(line.command)).items()
    known = {flag: (f"--{option.name}", option.metavar) for flag, option in options}
    pairs, left = leading_options(line.rest, known, line.command)
    types = _types((*line.options, *pairs))
    while left and left[0].partition("=")[0] in types:
        _, left = leading_options(left[1:], known, line.command)
    own = line.rest[: len(line.rest) - len(left)]
    before = [word for option in line.options for word in option if word]
    command = left or ("COMMAND",)
    return shlex.join(("procrun", *before, line.command, *own, "--", *command))


def _types(options: Iterable[Pair]) -> Collection[str]:
    """The process types of the Procfile, as far as that can be known."""
    places = {name[2:]: value for name, value in options if name in ("--root", "--procfile")}
    try:
        settings = settings_module.resolve(places, os.environ)
        return () if settings.procfile == "-" else read_procfile(settings.procfile).names
    except ProcrunError:
        return ()
