"""Which program a command starts, behind whatever stands in front of its name."""

from __future__ import annotations

from procrun.core import shell_syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from procrun.core.shell_syntax import Simple

# These run what follows them; those of two words only with that second one.
_ALONE = frozenset(("exec", "command", "time", "nohup", "ddtrace-run", "opentelemetry-instrument"))
_WITH = {
    "poetry": "run",
    "pipenv": "run",
    "pdm": "run",
    "uv": "run",
    "bundle": "exec",
    "newrelic-admin": "run-program",
}
_SHELLS = ("sh", "bash")


def simple_commands(command: str) -> tuple[Simple, ...]:
    """Every command of a command line, those of a `sh -c` in it included; none if it is broken."""
    found: list[Simple] = []
    for simple in shell_syntax.read(command).commands:
        found.append(simple)
        words = simple.words
        if len(words) > 2 and base(words[0]) in _SHELLS and words[1] in ("-c", "-lc"):
            found += shell_syntax.read(words[2]).commands
    return tuple(found)


def program(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The program and its arguments: `gunicorn`, also for `exec venv/bin/gunicorn`.

    A module that Python runs (`python -m flask`) and a script of Python's (`manage.py`) are such
    programs, too. "" where it can't be told.
    """
    word, arguments = _behind_wrappers(words)
    return base(word), arguments


def script(words: Sequence[str]) -> str:
    """The path of the script of Python's that a command runs; "" if it runs none."""
    word, _ = _behind_wrappers(words)
    return word if word.endswith(".py") else ""


def _behind_wrappers(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = base(word)
        if name in _ALONE:
            continue
        if name == "env":
            while rest and "=" in rest[0]:
                rest.pop(0)
        elif name in _WITH and rest[:1] == [_WITH[name]]:
            rest.pop(0)
        elif is_python(name):
            return _of_python(rest)
        else:
            known = not name.startswith("-") and "$" not in name
            return (word, tuple(rest)) if known else ("", ())
    return "", ()


def values(arguments: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """The values that these options are given: `-b X`, `-bX`, `--bind X` and `--bind=X`."""
    for i, word in enumerate(arguments):
        for option in options:
            if word == option:
                yield from arguments[i + 1 : i + 2]
            elif option.startswith("--") and word.startswith(f"{option}="):
                yield word[len(option) + 1 :]
            elif not option.startswith("--") and word.startswith(option) and word[1:2] != "-":
                yield word[len(option) :]


def base(word: str) -> str:
    """The name of a program, without its folder."""
    return word.rpartition("/")[2]


def is_python(name: str) -> bool:
    """Whether a program of this name is Python."""
    return name.startswith("python") and name[6:].replace(".", "").isdecimal() | (name == "python")


def _of_python(rest: list[str]) -> tuple[str, tuple[str, ...]]:
    while rest and rest[0] in ("-u", "-O", "-OO", "-B", "-s", "-E", "-I", "-P"):
        rest.pop(0)
    if rest[:1] == ["-m"]:
        rest.pop(0)
    if not rest or rest[0].startswith("-") or "$" in rest[0]:
        return "", ()
    return rest[0], tuple(rest[1:])
