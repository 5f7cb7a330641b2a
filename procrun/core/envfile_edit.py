"""Edits of an env file's text: a value set, a name unset, and all else as it was."""

from __future__ import annotations

import re

from procrun.core import envfile
from procrun.core.text import excerpt
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.core.envfile import Binding

_QUOTES = ("'", '"')
# What another reader of env files, be it a shell, takes for something else outside of quotes.
_SPECIAL = frozenset("'\"#$`")
# python-dotenv's grammar, as far as it takes to find where a value begins and ends.
_HEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*=")
_BLANKS = re.compile(r"[^\S\r\n]*")
_EXPORT = re.compile(r"\s*export[^\S\r\n]")
_REST = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)?")
_COMMENT = re.compile(r"\s+#.*")
_LINE = re.compile(r"[^\r\n]*")
# Whether a backslash takes the letter behind it along is not the same in all of its versions.
_QUOTED = {
    quote: tuple(
        re.compile(pattern.replace("'", quote), re.DOTALL)
        for pattern in (r"'(?:\\.|[^'\\])*'", r"'(?:\\'|[^'])*'")
    )
    for quote in _QUOTES
}


class _Place(Value):
    """Where in the text of a binding its value stands."""

    start: int
    end: int
    quote: str  # "" for none


def edit(text: str, path: str, changes: Mapping[str, str | None], *, literal: bool = True) -> str:
    """The text with names set to their values; None unsets a name.

    A value comes out of reading exactly as it is here, be there `${NAME}` in it or not; unless it
    is `literal`, then `${NAME}` is a reference. Of a name that stands several times the last one
    wins, so that one is changed; to unset it is to remove all of them. What is new comes last.
    ConfigError, with `path` in it, if the text can't be read.
    """
    before = envfile.parse(text, path)
    last = {binding.key: number for number, binding in enumerate(before)}
    parts: list[str] = []
    number = -1
    for piece, _line, original in envfile.pieces(text) if text else ():
        name = piece.key
        number += name is not None
        if name is None or name not in changes:
            parts.append(original)
            continue
        value = changes[name]
        if value is None:
            parts.append(_blank_lines_of(original))
        else:
            changed = last[name] == number
            binding = before[number]
            parts.append(_with(binding, value, literal=literal) if changed else original)
    new = {name: value for name, value in changes.items() if name not in last}
    after = _appended("".join(parts), before, new, literal=literal)
    _check(before, after, path, changes)
    return after


def written(value: str, quote: str = "", *, over_lines: bool = False, literal: bool = True) -> str:
    r"""A value as it stands in an env file: bare if it can be, or else in quotes.

    `quote` is what is around the value that it takes the place of; one `over_lines` keeps its
    newlines, where otherwise they are written as `\n`.
    """
    refers = not literal and "${" in value
    text = _without_references(value) if literal else value
    if not quote and _is_plain(text.replace("$", "") if refers else text):
        return text
    if text.endswith("\\"):  # which could take the closing quote along
        text = f"{text[:-1]}${{:-\\}}"
    takes_double = "'" in text or "\r" in text or ("\n" in text and not over_lines)
    if quote == '"' or takes_double or (refers and not quote):  # other readers want it so
        return _in_double(text, over_lines=over_lines)
    return _in_single(text)


def _without_references(value: str) -> str:
    """The same where `${NAME}` is not replaced: its dollar is a default, for a name like none."""
    return value.replace("${", "${:-$}{") if "}" in value.partition("${")[2] else value


def _is_plain(text: str) -> bool:
    return text.isprintable() and _SPECIAL.isdisjoint(text) and not any(map(str.isspace, text))


def _in_single(text: str) -> str:
    r"""Only `\\` and `\'` are escapes there, so that any other backslash stays as it is."""
    doubled = "".join(
        letter * 2 if letter == "\\" and text[at : at + 1] == "\\" else letter
        for at, letter in enumerate(text, start=1)
    )
    return f"'{doubled}'"


def _in_double(text: str, *, over_lines: bool) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")
    return f'"{text if over_lines else text.replace(chr(10), f"{chr(92)}n")}"'


def _with(binding: Binding, value: str, *, literal: bool) -> str:
    """The binding's text with another value."""
    text = binding.original
    place = _place(binding)
    old, rest = text[place.start : place.end], text[place.end :]
    over_lines = "\n" in old or "\r" in old
    new = written(value, place.quote, over_lines=over_lines, literal=literal)
    if over_lines and "\r\n" in old:
        new = new.replace("\n", "\r\n")
    if not new and rest.strip():  # or the comment would be taken for the value
        new = "''"
    return text[: place.start] + new + rest


def _place(binding: Binding) -> _Place:
    text = binding.original
    head = _HEAD.match(text)
    if head is None:
        raise ValueError(f"line {binding.line} is no binding")
    start = _end(_BLANKS, text, head.end())
    quote = text[start : start + 1]
    if quote in _QUOTES:
        ends = (_end(pattern, text, start) for pattern in _QUOTED[quote])
        return _Place(start, next(end for end in ends if _REST.fullmatch(text, end)), quote)
    if quote == "#" and not binding.value:
        return _Place(head.end(), head.end(), "")
    line = text[start : _end(_LINE, text, start)]
    return _Place(start, start + len(_COMMENT.sub("", line).rstrip()), "")


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else len(text)


def _blank_lines_of(original: str) -> str:
    """What stands before the line of a binding that goes."""
    blank = original[: len(original) - len(original.lstrip())]
    return blank[: max(blank.rfind("\n"), blank.rfind("\r")) + 1]


def _appended(
    text: str, before: Sequence[Binding], new: Mapping[str, str | None], *, literal: bool
) -> str:
    """The text with lines for these names below it, which look like the others."""
    end = "\r\n" if "\r\n" in text else "\n"
    export = "export " if before and all(_EXPORT.match(each.original) for each in before) else ""
    lines = [
        f"{export}{name}={written(value, literal=literal)}{end}"
        for name, value in new.items()
        if value is not None
    ]
    missing = end if lines and text and text[-1] not in "\r\n" else ""
    return f"{text}{missing}{''.join(lines)}"


def _check(
    before: Sequence[Binding], after: str, path: str, changes: Mapping[str, str | None]
) -> None:
    """ProcrunError if the new text means anything else: one quote may pair with another."""
    old = {binding.key: binding.value for binding in before if binding.key not in changes}
    try:
        bindings = envfile.parse(after, path)
    except ConfigError:
        bindings = ()
    new = {binding.key: binding.value for binding in bindings}
    wanted = {name for name, value in changes.items() if value is not None}
    if {name: value for name, value in new.items() if name not in changes} != old or (
        new.keys() & changes.keys() != wanted
    ):
        what = "no way to change it and leave everything else as it is"
        hint = "Some quoted value ends in a backslash. Write that one without quotes."
        raise ConfigError([Problem(path, what, hint)])


def check_value(name: str, value: str) -> None:
    """ProcrunError for a value that no env file can have."""
    if "\0" in value:
        raise ProcrunError(f"{name} cannot have a NUL character in it", "No variable can.")
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{name} cannot be {excerpt(value)}"
        raise ProcrunError(message, "An env file is UTF-8, and this is not.") from None
