"""What procrun says when something is wrong: what, where, and what to do about it."""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FAILURE = 1
USAGE = 2
INTERNAL = 70  # EX_SOFTWARE of sysexits.h
CONFIG = 78  # EX_CONFIG of sysexits.h
NOT_EXECUTABLE = 126  # as shells have it, like the rest
NOT_FOUND = 127
INTERRUPTED = 130  # 128 + SIGINT
READER_GONE = 141  # 128 + SIGPIPE


class Problem(Value):
    """One thing wrong in one place: a line of a file, or a setting."""

    where: str  # "Procfile:3", ".env", "PROCRUN_PORT"; "" where there is no place
    text: str
    hint: str = ""
    warning: bool = False
    unquoted: str = ""  # the text for a log that others read, where the text quotes a line

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.text}"


def told(problems: Iterable[Problem], who: str = "") -> str:
    """What and where, and on the next line what to do about it. `who` begins each problem."""
    text = ""
    for problem in problems:
        kind = "warning: " if problem.warning else ""
        text += f"{who}{kind}{problem}\n"
        if problem.hint:
            text += f"  {problem.hint}\n"
    return text


class ProcrunError(Exception):
    """An error for the user: one sentence, a remedy, and the exit status that it means."""

    exit_code = FAILURE

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, in the order in which it should be read."""
        return (Problem("", self.message, self.hint),)

    def __str__(self) -> str:
        return told(self.problems).rstrip("\n")


class UsageError(ProcrunError):
    """The command line is wrong."""

    exit_code = USAGE


class ConfigError(ProcrunError):
    """A Procfile, an env file, a setting or a formation is wrong; tells all of it at once."""

    exit_code = CONFIG

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self._problems))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem found, errors and warnings alike."""
        return self._problems
