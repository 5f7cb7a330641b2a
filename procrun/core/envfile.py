"""Env files: text -> bindings with their lines, in python-dotenv's grammar."""

from __future__ import annotations

from procrun.errors import ConfigError, Problem
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from types import ModuleType
    from typing import IO

    from dotenv import parser as dotenv_parser
    from dotenv.variables import Atom

_FORM = "Write NAME=value, or put # in front of a comment."

_loaded: dict[str, ModuleType] = {}


class Binding(Value):
    """A variable that an env file sets."""

    key: str
    value: str  # without quotes, escapes decoded, ${VAR} not yet replaced
    line: int  # the 1-based line where it begins
    original: str  # the text that sets it, with its line end(s) and the blank lines before it


def parse(text: str, path: str) -> tuple[Binding, ...]:
    """Every binding of an env file in order; `path` is how errors name the file.

    The grammar is python-dotenv's: `export`, quotes, values of several lines, comments. Line ends
    may be LF or CRLF. Raises ConfigError with every problem of the file; it never quotes the
    file, because what does not parse may be half of a secret.
    """
    bindings: list[Binding] = []
    problems: list[Problem] = []
    for piece, line, original in pieces(text) if text else ():
        wrong = _complaint(piece)
        if wrong:
            problems.append(Problem(f"{path}:{line}", *wrong))
        elif piece.key is not None and piece.value is not None:
            bindings.append(Binding(piece.key, piece.value, line, original))
    if problems:
        raise ConfigError(problems)
    return tuple(bindings)


def resolve(
    bindings: Iterable[Binding], environment: Mapping[str, str], fixed: Container[str] = ()
) -> dict[str, str]:
    """The values of the bindings with ${VAR} and ${VAR:-default} replaced.

    A reference sees the binding above it, then `environment`; nothing there is the default, or
    empty (python-dotenv with override=True). A name in `fixed` keeps its value of `environment`
    in the references to it, because something stronger than the file has set it.
    """
    seen = dict(environment)
    resolved: dict[str, str] = {}
    for binding in bindings:
        value = _interpolate(binding.value, seen)
        resolved[binding.key] = value
        if binding.key not in fixed:
            seen[binding.key] = value
    return resolved


def _interpolate(value: str, seen: Mapping[str, str]) -> str:
    if "${" not in value:
        return value
    parse_variables: Callable[[str], Iterator[Atom]] = _dotenv("variables").parse_variables
    return "".join(atom.resolve(seen) for atom in parse_variables(value))


def pieces(text: str) -> Iterator[tuple[dotenv_parser.Binding, int, str]]:
    """Each piece of a text, bindings or not, with the line of its first word and its text.

    All of the texts together are the whole one.
    """
    from io import StringIO

    parse_stream: Callable[[IO[str]], Iterator[dotenv_parser.Binding]]
    parse_stream = _dotenv("parser").parse_stream
    # Read as open() reads a file: a CRLF within quotes is a newline of the value. The lines are
    # counted here, because python-dotenv's number is that of the blank lines before a binding.
    lines = list(StringIO(text, newline=""))
    first = 0
    for piece in parse_stream(StringIO(text, newline=None)):
        consumed = piece.original.string
        after = first + consumed.count("\n") + (consumed[-1:] != "\n")
        blank = len(consumed) - len(consumed.lstrip())
        yield piece, first + 1 + consumed.count("\n", 0, blank), "".join(lines[first:after])
        first = after


def _complaint(piece: dotenv_parser.Binding) -> tuple[str, str] | None:
    """What is wrong with a piece, and what to do about it."""
    words = piece.original.string.split(maxsplit=1)
    if piece.error:
        return _misfit(" ".join(words[1:]) if words[0] == "export" else " ".join(words))
    if piece.key is None:
        return None if not words or words[0][0] == "#" else ("there is no name", _FORM)
    if piece.value is None:
        return "there is no `=` after the name", "Write NAME=value; NAME= sets an empty value."
    if "\0" in piece.key or "\0" in piece.value:
        return "a NUL character cannot be in a variable", "Save the file as text in UTF-8."
    if "=" in piece.key:
        return "a name cannot contain `=`", _FORM
    return None


def _misfit(statement: str) -> tuple[str, str]:
    name, equals, value = statement.partition("=")
    if equals and not name.strip(" '\""):
        return "there is no name before the `=`", _FORM
    quote = value.strip()[:1]
    if quote in ("'", '"'):
        return (
            "the quoted value does not end with its quote",
            f"End it with {quote} and nothing but a comment; a {quote} within it is \\{quote}.",
        )
    return "this is not NAME=value", _FORM


def _dotenv(name: str) -> ModuleType:
    """One module of python-dotenv, without the package around it.

    `import dotenv` takes 25-35 ms, most of it for the logging and tempfile that its __init__
    wants for load_dotenv; the parser alone takes 10 ms. Nothing of this is in sys.modules, so
    that whoever imports dotenv later gets all of it.
    """
    if name not in _loaded:
        from importlib.machinery import PathFinder
        from types import ModuleType

        package = PathFinder.find_spec("dotenv")
        places = package.submodule_search_locations if package else None
        spec = PathFinder.find_spec(f"dotenv.{name}", places) if places else None
        if spec is None or spec.loader is None:
            return _dotenv_as_usual(name)
        module = ModuleType(spec.name)
        spec.loader.exec_module(module)
        _loaded[name] = module
    return _loaded[name]


def _dotenv_as_usual(name: str) -> ModuleType:
    """The same where dotenv is not found on a path: editable installs, frozen programs."""
    from importlib import import_module

    return import_module(f"dotenv.{name}")
