"""`procrun completion`: what bash, zsh and fish need to complete its command line."""

from __future__ import annotations

from importlib import import_module

from procrun.cli import output
from procrun.cli.commands import command_named
from procrun.cli.options import parse
from procrun.core.text import excerpt
from procrun.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line


def completion(line: Line) -> int:
    """Print the script for one shell; UsageError for one that there is none for."""
    named = parse(line).words
    shells = command_named("completion").choices
    if not named or named[0] not in shells:
        what = f"no completions for {excerpt(named[0])}" if named else "completion needs a shell"
        raise UsageError(what, f"Name one of {', '.join(shells)}.")
    script: str = import_module(f"{__name__}.{named[0]}").script()
    output.write(script)
    return 0
