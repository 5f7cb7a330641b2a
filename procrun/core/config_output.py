"""Config vars as the heroku command prints them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SPECIAL = frozenset("\"#!$&'()*,:;<=>?@[\\]^`{|}")
_ESCAPED = frozenset('"\\$`!')  # within double quotes
MASK = "********"


def quoted(value: str) -> str:
    r"""A value as `config -s` prints it: bare, or else in single quotes.

    One with a `'` or a newline is in double quotes, with its newlines as `\n`.
    """
    if not any(letter in _SPECIAL or letter.isspace() for letter in value):
        return value
    if "'" not in value and "\n" not in value:
        return f"'{value}'"
    escaped = "".join(f"\\{letter}" if letter in _ESCAPED else letter for letter in value)
    newline = "\\n"
    return f'"{escaped.replace(chr(10), newline)}"'


def assignments(config: Mapping[str, str]) -> Iterator[str]:
    """`KEY=value` lines, in the order of the names."""
    return (f"{name}={quoted(value)}" for name, value in sorted(config.items()))


def aligned(rows: Mapping[str, str]) -> Iterator[str]:
    """`LANG:     en_US.UTF-8` lines, in the order of the names, with the values in a column."""
    width = max(map(len, rows), default=0) + 2
    return (f"{f'{name}:':{width}}{value}" for name, value in sorted(rows.items()))


def masked(config: Iterable[str]) -> dict[str, str]:
    """The same names, each with a value that tells nothing, not even how long it is."""
    return dict.fromkeys(sorted(config), MASK)
