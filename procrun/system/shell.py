"""The shell that a command runs through: bash, as on Heroku, or sh where there is none."""

from __future__ import annotations

import os

from procrun.value import Value

# What may mean something to a shell; a command without any of it is a program and plain words.
_SPECIAL = frozenset("|&;<>()$`\\\"'*?[]#~=%!{}^\n")
# Words that only a shell understands, so that `exec` in front of them would fail.
BUILTIN = frozenset(
    (
        *(":", ".", "alias", "bg", "break", "case", "cd", "command", "continue", "eval", "exec"),
        *("exit", "export", "fg", "for", "hash", "if", "jobs", "read", "readonly", "return"),
        *("set", "shift", "source", "time", "times", "trap", "type", "ulimit", "umask"),
        *("unalias", "unset", "until", "wait", "while"),
    )
)


class Execution(Value):
    """What to execute: a program (searched on the PATH unless it has a slash) and its argv."""

    program: str
    arguments: tuple[str, ...]


def find_shell() -> str:
    """The path of bash, or of sh."""
    search = os.environ.get("PATH", os.defpath)  # os.get_exec_path imports warnings
    for folder in ("/bin", "/usr/bin", "/usr/local/bin", *search.split(os.pathsep)):
        path = os.path.join(folder, "bash")
        if os.access(path, os.X_OK):
            return path
    return "/bin/sh"


def through_shell(command: str, *arguments: str, before: str = "", shell: str = "") -> Execution:
    """How to execute a command line; `arguments` are its `$1`, `$2` and so on.

    A simple command leaves no shell behind: bash sees to that itself, other shells must be told.
    `before` is a line that the same shell executes first. `shell` is its path, if not the usual.
    """
    shell = shell or find_shell()
    name = os.path.basename(shell)
    if name != "bash" and _is_simple(command):
        command = f"exec {command}"
    if before:
        command = f"{before}\n{command}"
    return Execution(shell, (name, "-c", "--", command, *((name, *arguments) if arguments else ())))


def reading_profile() -> str:
    """The line of a shell that reads the profile scripts of the current folder; "" for none."""
    from procrun.system import profile  # most apps are not run as Heroku's

    return profile.reading()


def is_plain_word(command: str) -> bool:
    """Whether a command is one word that means the same with and without a shell."""
    return bool(command) and not _SPECIAL.intersection(command) and not command.split()[1:]


def _is_simple(command: str) -> bool:
    words = command.split(None, 1)
    return bool(words) and not _SPECIAL.intersection(command) and words[0] not in BUILTIN
