"""How texts are written so that supervisor reads them as they were.

An option of its files is read by Python's configparser, which takes `;` and `#` behind a blank for
a comment and strips each line; then `%(name)s` is filled in; what is left of `command` is split as
a POSIX shell would, and `environment` by a lexer of supervisor's own, which knows no escapes and
strips every quote from both ends of a value.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Nothing, once filled in: it keeps blanks away from the ends of lines and from `;` and `#`.
GUARD = "%(program_name).0s"
_INDENT = "    "  # of a line that goes on with the option above
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_NAME = _LETTERS | frozenset("/.+-():")  # what the lexer takes for one word
# Variables of the shell's own, which it does not take from others.
_SHELLS_OWN = frozenset(
    "BASHOPTS BASHPID BASH_ARGV0 BASH_VERSINFO EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS"
    " HISTCMD IFS LINENO OPTIND PPID RANDOM SECONDS SHELLOPTS SHLVL SRANDOM UID _".split()
)
_PLAIN = _LETTERS | frozenset("/.+-:,@=")  # what needs no quotes in a command
_ESCAPES = {"\\": "\\\\", "'": "\\0047", '"': "\\0042", "\r": "\\0015", "\n": "\\n"}


def unsayable(text: str) -> str:
    """Why an option cannot have this text; "" if it can."""
    return "has a carriage return, which supervisor reads as a newline" if "\r" in text else ""


def unsayable_variable(name: str, value: str) -> str:
    """Why a program cannot get this environment variable; "" if it can."""
    if not name or not _NAME.issuperset(name):
        return f"supervisor has no way to write a variable's name such as {name!a}"
    if needs_decoding(value) and (not _is_identifier(name) or name in _SHELLS_OWN):
        return "no shell can set it, which supervisor needs for a value with such quotes"
    return ""


def option(text: str) -> str:
    """The text of an option, which `unsayable` has nothing against."""
    # `%(here)s` is filled in wherever it is read, even behind another `%`.
    escaped = text.replace("%", "%%").replace("%%(here)s", f"%%{GUARD}(here)s")
    first, *others = escaped.split("\n")
    lines = (_guarded(first, ""), *(_guarded(line, _INDENT) for line in others))
    return f"\n{_INDENT}".join(lines)


def log_file(path: str) -> str:
    """The text of the option for a log file, which supervisor fills in twice."""
    return option(path.replace("%", "%%"))


def command(argv: Iterable[str]) -> str:
    """The text of the option `command`."""
    return option(" ".join(map(_word, argv)))


def variable(name: str, value: str) -> str:
    """A line of the option `environment`; a value that `needs_decoding` is encoded."""
    if needs_decoding(value):
        value = _encoded(value)
    quote = "'" if '"' in value else '"'
    return f"{name}={option(f'{quote}{value}{quote}')}"


def needs_decoding(value: str) -> bool:
    """Whether the lexer of `environment` has no way to say a value, so that a shell must help."""
    ends = value[:1] + value[-1:]
    both = "'" in value and '"' in value
    return both or "'" in ends or '"' in ends or "\r" in value


def decoding(names: Iterable[str], argv: tuple[str, ...]) -> tuple[str, ...]:
    """What to execute so that a shell decodes these variables and then becomes `argv`.

    The values themselves stay in the environment: who lists processes does not see them.
    """
    # The x keeps newlines at the end, which the shell would take away.
    lines = [f'{name}=$(printf %bx "${name}"); {name}=${{{name}%x}}; ' for name in names]
    if not lines:
        return argv
    return (argv[0], "-c", f'{"".join(lines)}exec "$@"', argv[0], *argv)


def _guarded(line: str, before: str) -> str:
    """A line with what keeps configparser from taking away of it; `before` stands before it."""
    parts = [GUARD] if line[:1].isspace() or (before and not line) else []
    for char in line:
        if char in ";#" and before.isspace():
            parts.append(GUARD)
        parts.append(char)
        before = char
    if line[-1:].isspace():
        parts.append(GUARD)
    return "".join(parts)


def _word(text: str) -> str:
    if text and _PLAIN.issuperset(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded(value: str) -> str:
    """A value without quotes, for the shell's `printf %b`."""
    return "".join(_ESCAPES.get(char, char) for char in value)


def _is_identifier(name: str) -> bool:
    return _LETTERS.issuperset(name) and not name[0].isdigit()
