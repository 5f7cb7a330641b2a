"""Which variables sources take from the environment, as far as their text tells."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Every way to ask has one of these in it; they are found much faster than a pattern is.
_ANCHORS = ("env", "ENV", "config(")
# What may follow: os.environ["X"], os.environ.get("X"), os.getenv("X"), env("X"), env.bool("X"),
# process.env.X, process.env["X"], ENV["X"], ENV.fetch("X"); config("X") is python-decouple's.
_AFTER = re.compile(r"(?:iron)?(?:\.([A-Za-z_]\w*))?(?:[ \t]*[\[(]?\s*[\"']([A-Za-z_]\w*)[\"'])?")
_ASSIGNED = re.compile(r"(?<![\w$-])([A-Za-z_]\w*)=")
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)")

# Of a login, a terminal or this machine: no app is to have them from a shell.
_OF_SESSION = frozenset(
    """_ HOME PWD OLDPWD PATH SHLVL SHELL USER LOGNAME USERNAME HOSTNAME HOST MAIL TERM COLORTERM
    COLUMNS LINES LANG LANGUAGE TMPDIR TMP TEMP DISPLAY EDITOR VISUAL PAGER PS1 VIRTUAL_ENV PORT PS
    NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE""".split()
)
_PREFIXES_OF_SESSION = ("LC_", "XDG_", "SSH_", "TERM_", "BASH_", "CONDA_", "PROCRUN_", "DBUS_")
_SHOWN = 10  # names in the line about them


def in_source(text: str) -> Iterator[str]:
    """The variables that a source in Python, JavaScript or Ruby names, maybe more than once."""
    for anchor in _ANCHORS:
        at = text.find(anchor)
        while at >= 0:
            at += len(anchor)
            if found := _AFTER.match(text, at):
                yield from filter(None, found.groups())
            at = text.find(anchor, at)


def in_env_file(text: str) -> Iterator[str]:
    """The variables that an env file refers to as ${NAME}, comments included."""
    yield from _REFERENCE.findall(text)


def set_in_script(text: str) -> Iterator[str]:
    """The variables that a profile script may set."""
    yield from _ASSIGNED.findall(text)


def may_be_meant(name: str) -> bool:
    """Whether it is a variable that an app may have from a shell, and not one of a login."""
    return name not in _OF_SESSION and not name.startswith(_PREFIXES_OF_SESSION)


def in_words(names: Collection[str]) -> str:
    """One line on variables that the app mentions and only the shell has; "" for none."""
    return ". ".join(verdict(names)) if names else ""


def verdict(names: Collection[str]) -> tuple[str, str]:
    """The same in two parts, what is wrong and what to do about it; of one name at least."""
    shown = sorted(names)[:_SHOWN]
    if len(names) > _SHOWN:
        shown.append(f"{len(names) - _SHOWN} more")
    listed = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    it, has = ("it", "has it") if len(names) == 1 else ("them", "has them")
    return (
        f"the app mentions {listed}, and only your shell {has}: no process gets {it}",
        f"Put {it} into an env file, or name {it} with -E",
    )
