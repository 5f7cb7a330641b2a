"""app.json: what it says about an app in tests, as Heroku CI reads it.

`environments.test.env` beats `env` name by name, `environments.test.formation` beats `formation`
type by type. Keys that say nothing about that are ignored: the file has many, and some that are
called so are another tool's.
"""

from __future__ import annotations

import json
import re

from procrun.core.shell_syntax import is_variable
from procrun.core.text import excerpt
from procrun.errors import ConfigError, Problem
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "app.json"

_SECRET = "secret"  # noqa: S105  # the name of a generator
_TEST = ("environments", "test")
_NO_OBJECT = "there should be an object here"
# In what is JSON, all that opens or closes something, and the keys.
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|[\[\]{}]', re.DOTALL)

_Keys = tuple[str, ...]


class AppJson(Value):
    """What an app.json says about an app in tests."""

    env: Mapping[str, str]  # the variables that have a value
    required: Mapping[str, str]  # those that need one from elsewhere, with their place in the file
    secrets: tuple[str, ...]  # those that get a random one
    formation: Mapping[str, int]  # how many of each process type


EMPTY = AppJson({}, {}, (), {})


def parse(text: str, path: str = NAME) -> AppJson:
    """What the file says; `path` is what messages call it.

    ConfigError with everything that is wrong, in the order of the lines where they are known.
    """
    document = _document(text, path)
    return _Reader(path, _lines(text)).read(document)


def check_required(app: AppJson, values: Mapping[str, str]) -> None:
    """ConfigError with each variable that the app requires and that has no value at the end."""
    problems = [
        Problem(
            place,
            f"config var {name} is required and has no value",
            "Give it one in .env.test, with env= where the app is started, or here.",
        )
        for name, place in app.required.items()
        if name not in values
    ]
    if problems:
        raise ConfigError(problems)


def _document(text: str, path: str) -> object:
    if not text.strip():
        raise ConfigError([Problem(path, "the file is empty", "Write {} into it, or remove it.")])
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        remedy = "JSON has no comments, no single quotes and no comma after the last item."
        problem = Problem(f"{path}:{error.lineno}", f"not JSON: {error.msg}", remedy)
    except RecursionError:
        problem = Problem(path, "too many brackets within brackets", "Write a plain app.json.")
    except ValueError:  # Python reads no number of more than 4300 digits
        problem = Problem(path, "a number is too long", "Put what is no quantity in quotes.")
    raise ConfigError([problem])


def _lines(text: str) -> dict[_Keys, int]:
    """The line of each key, by the keys that lead to it; the text is known to be JSON."""
    lines: dict[_Keys, int] = {}
    path: list[str] = []
    line, seen = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", seen, token.start())
        seen = token.start()
        if token[2]:
            path[-1] = json.loads(f'"{token[1]}"')
            lines[tuple(path)] = line
        elif token[0] in "[{":
            path.append("")
        elif token[0] in "]}":
            path.pop()
    return lines


class _Reader:
    """Takes a document apart, and collects what is wrong with it."""

    def __init__(self, path: str, lines: Mapping[_Keys, int]) -> None:
        self._path = path
        self._lines = lines
        self._problems: list[tuple[int, Problem]] = []

    def read(self, document: object) -> AppJson:
        """What the document says; ConfigError with all that is wrong."""
        top = self._object(document, ())
        test = self._inner(self._inner(top, _TEST[:1]), _TEST)
        places = [((), top), (_TEST, test)]
        entries = [found for keys, each in places for found in self._entries(each, (*keys, "env"))]
        quantities = [
            found for keys, each in places for found in self._quantities(each, (*keys, "formation"))
        ]
        if self._problems:
            ordered = sorted(self._problems, key=lambda numbered: numbered[0])
            raise ConfigError([problem for _line, problem in ordered])
        return self._app(dict(entries), dict(quantities))

    def _app(self, entries: Mapping[str, _Entry], formation: Mapping[str, int]) -> AppJson:
        env = {name: each.value for name, each in entries.items() if each.value is not None}
        rest = {name: each for name, each in entries.items() if each.value is None}
        secrets = tuple(name for name, each in rest.items() if each.is_secret)
        required = {
            name: self._where(each.keys)
            for name, each in rest.items()
            if each.is_required and not each.is_secret
        }
        return AppJson(env, required, secrets, formation)

    def _where(self, keys: _Keys) -> str:
        line = self._lines.get(keys)
        return f"{self._path}:{line}" if line else self._path

    def _refuse(self, keys: _Keys, text: str, hint: str) -> None:
        problem = Problem(self._where(keys), text, hint)
        self._problems.append((self._lines.get(keys, 0), problem))

    def _object(self, value: object, keys: _Keys) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        what = f"{'.'.join(keys)}: " if keys else ""
        self._refuse(keys, f"{what}{_NO_OBJECT}", "Write { … } with names and their values in it.")
        return {}

    def _inner(self, outer: Mapping[str, object], keys: _Keys) -> dict[str, object]:
        """The object under the last of the keys, empty where there is none."""
        return self._object(outer[keys[-1]], keys) if keys[-1] in outer else {}

    def _entries(self, outer: Mapping[str, object], keys: _Keys) -> Iterator[tuple[str, _Entry]]:
        for name, raw in self._inner(outer, keys).items():
            own = (*keys, name)
            if is_variable(name):
                yield name, self._entry(raw, own)
            else:
                remedy = "Use letters, digits and _, and no digit at the start."
                self._refuse(own, f"{excerpt(name)} cannot be the name of a variable", remedy)

    def _entry(self, raw: object, keys: _Keys) -> _Entry:
        name = keys[-1]
        if isinstance(raw, str):
            return _Entry(keys, self._text(raw, keys, name))
        if not isinstance(raw, dict):
            self._refuse(keys, f"{name} must be text or an object", _quoting(name))
            return _Entry(keys, None)
        is_required = raw.get("required", True)
        generator = raw.get("generator")
        if not isinstance(is_required, bool):
            remedy = "Write it without quotes."
            self._refuse((*keys, "required"), f"required of {name} must be true or false", remedy)
        if generator not in (None, _SECRET):
            remedy = f'Write "{_SECRET}", or a value.'
            self._refuse(
                (*keys, "generator"), f'{name} has a generator other than "{_SECRET}"', remedy
            )
        value = raw.get("value")
        if value is not None:
            value = self._text(value, (*keys, "value"), name)
        return _Entry(keys, value, bool(is_required), generator == _SECRET)

    def _text(self, value: object, keys: _Keys, name: str) -> str | None:
        if not isinstance(value, str):
            self._refuse(keys, f"the value of {name} must be text", _quoting("value"))
            return None
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            text = f"the value of {name} has a character that cannot be in a variable"
            self._refuse(keys, text, "Leave out \\u0000 and halves of surrogate pairs.")
            return None
        return value

    def _quantities(self, outer: Mapping[str, object], keys: _Keys) -> Iterator[tuple[str, int]]:
        for name, raw in self._inner(outer, keys).items():
            own = (*keys, name)
            # Dokku knows types without a quantity, of which the file says something else.
            quantity = self._object(raw, own).get("quantity")
            if isinstance(quantity, int) and not isinstance(quantity, bool) and quantity >= 0:
                yield name, quantity
            elif quantity is not None:
                text = f"the quantity of {excerpt(name)} must be a whole number, 0 or more"
                self._refuse((*own, "quantity"), text, 'Write it as in "quantity": 1.')


class _Entry(Value):
    """One variable of `env`."""

    keys: _Keys
    value: str | None
    is_required: bool = True
    is_secret: bool = False


def _quoting(name: str) -> str:
    return f'Put it in quotes, as in "{name}": "1".'
