"""What is probably a mistake in a Procfile and in the settings beside it, though it can be run."""

from __future__ import annotations

from procrun.core import shell_syntax
from procrun.core.formation import ALL
from procrun.core.names import RELEASE, did_you_mean
from procrun.core.text import excerpt
from procrun.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from procrun.core.procfile import Procfile
    from procrun.core.shell_syntax import Reading

# What bash sets of itself, and what it runs itself (`compgen -b`, `compgen -k`).
_SHELL_VARIABLES = frozenset(
    (
        *("BASH", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0"),
        *("BASH_CMDS", "BASH_COMMAND", "BASH_EXECUTION_STRING", "BASH_LINENO", "BASH_REMATCH"),
        *("BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION", "COMP_WORDBREAKS"),
        *("DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HOSTNAME"),
        *("HOSTTYPE", "IFS", "LINENO", "MACHTYPE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND"),
        *("OSTYPE", "PATH", "PIPESTATUS", "PPID", "PS4", "PWD", "RANDOM", "REPLY", "SECONDS"),
        *("SHELL", "SHELLOPTS", "SHLVL", "SRANDOM", "TERM", "UID", "_"),
    )
)
_SHELL_COMMANDS = frozenset(
    (
        *(".", ":", "[", "[[", "]]", "{", "}", "!", "alias", "bg", "bind", "break", "builtin"),
        *(
            "caller",
            "case",
            "cd",
            "command",
            "compgen",
            "complete",
            "compopt",
            "continue",
            "coproc",
        ),
        *("declare", "dirs", "disown", "do", "done", "echo", "elif", "else", "enable", "esac"),
        *("eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function"),
        *("getopts", "hash", "help", "history", "if", "in", "jobs", "kill", "let", "local"),
        *("logout", "mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly"),
        *("return", "select", "set", "shift", "shopt", "source", "suspend", "test", "then", "time"),
        *("times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset"),
        *("until", "wait", "while"),
    )
)
_PREFIXES = ("exec", "command", "builtin", "time", "!")  # a command's name follows


def lint_commands(
    procfile: Procfile, variables: Container[str], is_program: Callable[[str], bool]
) -> Iterator[Problem]:
    """Warnings of commands that will probably fail.

    `variables` are the names that are set where they run; `is_program` says whether a word, the
    name of a program or a path, can be executed there.
    """
    for process in procfile.types:
        reading = shell_syntax.read(process.command)
        for text, hint in (
            *_never_closed(reading),
            *_no_program(reading, is_program),
            *_unset(reading, variables),
        ):
            where = f"{procfile.path}:{process.line}"
            yield Problem(where, f"{process.name}: {text}", hint, warning=True)


def lint_names(procfile: Procfile) -> Iterator[Problem]:
    """A warning of a process type called like a word of procrun."""
    process = procfile.get(ALL)
    if process:
        text = f"{ALL} stands for every process type, as in -c {ALL}=1"
        hint = "Give this one another name."
        yield Problem(f"{procfile.path}:{process.line}", text, hint, warning=True)


def lint_mentions(
    procfile: Procfile, mentions: Iterable[tuple[str, str, str]]
) -> Iterator[Problem]:
    """Warnings of settings for process types that the Procfile lacks.

    A mention is the place of a setting, the setting, and the name of a process type in it.
    """
    services = [process.name for process in procfile.services]
    for where, setting, name in mentions:
        if name in services:
            continue
        if name == RELEASE:
            text = f"{setting} has no effect on {RELEASE}, which is not a service"
            yield Problem(where, text, "Remove it there.", warning=True)
        else:
            meant = did_you_mean(name, services)
            text = f"{setting} names {excerpt(name)}, which {procfile.path} lacks"
            hint = f"{meant}It has {', '.join(services) or 'only release'}."
            yield Problem(where, text, hint, warning=True)


def _never_closed(reading: Reading) -> Iterator[tuple[str, str]]:
    if reading.unclosed:
        text = f"{reading.unclosed} is never closed"
        yield text, "A shell will not run this: close it, or write \\ in front of it."


def _no_program(reading: Reading, is_program: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    word = _program(reading.first)
    if not word or word in _SHELL_COMMANDS or is_program(word):
        return
    if "/" in word:
        hint = "Relative paths are relative to the app's root; chmod +x makes a file executable."
        yield f"{excerpt(word)} is not an executable file", hint
    else:
        hint = "Is it installed, and on the PATH of the app's environment (`procrun env`)?"
        yield f"{excerpt(word)} is not on the PATH", hint


def _program(words: Iterable[str | None]) -> str | None:
    """The word that names the program, if that is plain."""
    for word in words:
        if word not in _PREFIXES:
            return None if word and word.startswith("-") else word
    return None


def _unset(reading: Reading, variables: Container[str]) -> Iterator[tuple[str, str]]:
    for name in reading.uses:
        if name not in variables and name not in _SHELL_VARIABLES:
            hint = f"Set it in .env, or give it a default: ${{{name}:-value}}."
            yield f"nothing sets ${name}", hint
