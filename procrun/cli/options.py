"""The options and words of each command; the table of commands is asked only when there are any."""

from __future__ import annotations

from procrun.cli import words
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.cli.words import Line


class Given(Value):
    """What the command line says."""

    settings: Mapping[str, object]  # by the names of settings, as typed
    overrides: tuple[str, ...] = ()  # each KEY=VALUE of -E
    words: tuple[str, ...] = ()  # what is no option
    flags: frozenset[str] = frozenset()  # options of the command that are no settings


def parse(line: Line) -> Given:
    """The options and words of a line's command. UsageError for what it doesn't take."""
    if line.rest:
        from procrun.cli.parser import parse_words

        return parse_words(line)
    typed, overrides = words.settings_of(line.options)
    return Given(typed, overrides)
