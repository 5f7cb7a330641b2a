"""A Procfile's text to its process types, or to everything that is wrong with it.

The grammar is Heroku's, `NAME: COMMAND` on each line, with what its parsers and foreman's drop in
silence either understood (blanks before a name or a colon) or refused with the line's number.
"""

from __future__ import annotations

from procrun.core.names import LONGEST, RELEASE, is_process_type
from procrun.core.text import excerpt
from procrun.errors import ConfigError, Problem
from procrun.value import Value


class ProcessType(Value):
    """One line of a Procfile."""

    name: str
    command: str  # as written, for a shell
    line: int  # from 1
    index: int  # place among the types of the file, from 0, `release` included: sets the port


class Procfile(Value):
    """The process types of an app, in the order of the file; prints as a Procfile."""

    types: tuple[ProcessType, ...]
    path: str = "Procfile"

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every type, `release` included."""
        return tuple(process.name for process in self.types)

    @property
    def services(self) -> tuple[ProcessType, ...]:
        """The types that a formation is made of: all but `release`."""
        return tuple(process for process in self.types if process.name != RELEASE)

    @property
    def release(self) -> ProcessType | None:
        """The command of the release phase, if there is one."""
        return self.get(RELEASE)

    def get(self, name: str) -> ProcessType | None:
        """The type of that name, or None."""
        return next((process for process in self.types if process.name == name), None)

    def __str__(self) -> str:
        return "".join(f"{process.name}: {process.command}\n" for process in self.types)


def parse(text: str, path: str = "Procfile") -> Procfile:
    """The Procfile that a text means; `path` is what messages call it.

    Raises ConfigError with every problem of the file, in the order of its lines.
    """
    types: dict[str, ProcessType] = {}
    problems: list[Problem] = []
    before = ""
    # str.splitlines would also split at \x0b, \x0c, U+2028 and others that a command may contain.
    for number, line in enumerate(text.split("\n"), start=1):
        if _is_blank(line):
            before = ""
            continue
        wrong = _malformed(line, before)
        before = line.rstrip()
        if not wrong:
            process = _process_type(line, number, index=len(types))
            wrong = _unusable(process, types.setdefault(process.name, process))
        if wrong:
            problems.append(wrong.replace(where=f"{path}:{number}"))
    if not types and not problems:
        problems.append(Problem(path, "no process types", "Add a line such as web: COMMAND."))
    if problems:
        raise ConfigError(problems)
    return Procfile(tuple(types.values()), path)


def _is_blank(line: str) -> bool:
    return line.lstrip()[:1] in {"", "#"}


def _process_type(line: str, number: int, index: int) -> ProcessType:
    name, _, command = line.partition(":")
    return ProcessType(name.strip(), command.strip(), number, index)


def _malformed(line: str, before: str) -> Problem | None:
    """Why a line cannot be a process type, and the remedy."""
    name, colon, _ = line.partition(":")
    is_named = is_process_type(name.strip()) and colon
    if before.endswith("\\") and (line[0].isspace() or not is_named):
        remedy = "A Procfile has no continuation lines: write the whole command on one line."
        return _quoting(line, "goes on from the line before", remedy)
    if not colon:
        remedy = "Write NAME: COMMAND, or # before a comment."
        return _quoting(line, "is not a process type", remedy)
    if not is_named:
        remedy = f"Use letters, digits, - and _ only, at most {LONGEST} of them."
        first = name.split()[0] if name.split() else ""
        if first != name.strip() and is_process_type(first):
            remedy = f"Is the colon after {first} missing? Write NAME: COMMAND."
        return _quoting(name, "cannot be the name of a process type", remedy)
    return None


def _quoting(quoted: str, verdict: str, remedy: str) -> Problem:
    text = f"{excerpt(quoted.strip())} {verdict}"
    return Problem("", text, remedy, unquoted=f"what is on this line {verdict}")


def _unusable(process: ProcessType, first: ProcessType) -> Problem | None:
    """Why a process type cannot be run, and the remedy; `first` is the first of its name."""
    if process is not first:
        text = f"{process.name} is on line {first.line} already"
        return Problem("", text, "Rename or remove one of them.")
    if not process.command:
        remedy = "Write one after the colon, or remove the line."
        return Problem("", f"{process.name} has no command", remedy)
    if "\0" in process.command:
        return Problem("", f"the command of {process.name} contains a NUL byte", "Remove it.")
    return None
