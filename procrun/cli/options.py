"""The options and words of each command; the table of commands is asked only when there are any."""

from __future__ import annotations

from procrun.cli import words
from procrun.cli.words import Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line

__all__ = ["Given", "parse"]


def parse(line: Line) -> Given:
    """The options and words of a line's command. UsageError for what it doesn't take."""
    if line.rest:
        from procrun.cli.parser import parse_words

        return parse_words(line)
    typed, overrides = words.settings_of(line.options)
    return Given(typed, overrides)
