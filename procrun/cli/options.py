"""The options and words of each command; the table of commands is asked only when there are any."""

from __future__ import annotations

from procrun.cli import words
from procrun.cli.words import Given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line

__all__ = ["Given", "parse", "patience"]


def parse(line: Line) -> Given:
    """The options and words of a line's command. UsageError for what it doesn't take."""
    if line.rest:
        from procrun.cli.parser import parse_words

        return parse_words(line)
    typed, overrides = words.settings_of(line.options)
    return Given(typed, overrides)


def patience(given: Given, usual: float) -> float:
    """The seconds of --timeout, or the usual ones; 0 for ever. UsageError for what is none."""
    from procrun.settings.kinds import LONGEST

    text = given.value("timeout")
    try:
        seconds = float(text) if text else usual
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        from procrun.errors import UsageError

        hint = f"It is from 0 to {LONGEST}, for example --timeout 30."
        raise UsageError(f"{text} is no number of seconds to wait", hint)
    return seconds
