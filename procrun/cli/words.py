"""The words of the command line: which of them is the command, and which are options.

This is all the parsing there is. argparse takes 4 ms to import and 2 ms to build, and can't tell
`run`'s own options from those of the command that it runs.
"""

from __future__ import annotations

from procrun.errors import UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # Each flag with its long form and what its value is called, "" for one that stands alone;
    # in brackets, "[GLOB]", for one that may stand alone.
    Flags = Mapping[str, tuple[str, str]]
    # An option in its long form and its value.
    Pair = tuple[str, str]

_OF_PATHS = frozenset("*?[/.")
_HELP = "--help"
_VERSION = "--version"

# The common options: those of commands.COMMON, whose import `run` need not pay for.
COMMON: Flags = {
    "-d": ("--root", "DIR"),
    "--root": ("--root", "DIR"),
    "--app-root": ("--root", "DIR"),
    "-f": ("--procfile", "FILE"),
    "--procfile": ("--procfile", "FILE"),
    "-e": ("--env", "FILE"),
    "--env": ("--env", "FILE"),
    "--color": ("--color", "WHEN"),
    "--colour": ("--color", "WHEN"),
    "--no-color": ("--no-color", ""),
    "--no-colour": ("--no-color", ""),
    "-V": (_VERSION, ""),
    "--version": (_VERSION, ""),
    "-h": (_HELP, ""),
    "--help": (_HELP, ""),
}
OF_RUN: Flags = {
    **COMMON,
    "-E": ("--set", "KEY=VALUE"),
    "--set": ("--set", "KEY=VALUE"),
    "--heroku": ("--heroku", ""),
    "--no-heroku": ("--no-heroku", ""),
    "--clean-env": ("--clean-env", ""),
    "--no-clean-env": ("--no-clean-env", ""),
    "--dyno-size": ("--dyno-size", "SIZE"),
}

_FLAGS_OF_RUN = {
    "--heroku": ("heroku", True),
    "--no-heroku": ("heroku", False),
    "--clean-env": ("clean_env", True),
    "--no-clean-env": ("clean_env", False),
}

# The second words of commands that have two, with what else Heroku calls them.
SUBCOMMANDS = {
    "config": {
        "get": "get",
        "set": "set",
        "add": "set",
        "unset": "unset",
        "remove": "unset",
        "edit": "edit",
    },
    "releases": {"info": "info", "output": "output", "retry": "retry"},
    "ca": {"path": "path", "trust": "trust", "untrust": "untrust"},
    "ps": {"type": "type", "resize": "type"},
}

# Heroku's names and overmind's.
_ALIASES = {
    "local": "start",
    "local:start": "start",
    "local:run": "run",
    "local:version": "version",
    **dict.fromkeys(("ps:scale", "dyno:scale"), "scale"),
    **dict.fromkeys(("ps:restart", "dyno:restart"), "restart"),
    # On Heroku `kill` stops a dyno; ours sends a signal.
    **dict.fromkeys(("ps:stop", "ps:kill", "dyno:stop", "dyno:kill"), "stop"),
    "ps:wait": "wait",
    "dyno:resize": "ps type",
    "apps:info": "info",
    "apps:open": "open",
    "status": "ps",
    "releases:rollback": "rollback",
    "quit": "stop",
    "connect": "attach",
}


class Line(Value):
    """A command line taken apart."""

    command: str  # "" if there is none
    options: tuple[Pair, ...]  # that stood before the command; of `run`, all of its own
    rest: tuple[str, ...]  # everything after that, as it was typed
    alias: str = ""  # what stood there in place of the command, if it was another name of it

    @property
    def asks_for_help(self) -> bool:
        """Whether help is wanted in place of the command."""
        return self.has("-h", _HELP)

    @property
    def asks_for_version(self) -> bool:
        """Whether the version is wanted in place of the command."""
        return self.has("-V", _VERSION)

    def has(self, short: str, long: str) -> bool:
        """Whether a flag stands there, in one of its two forms."""
        if (long, "") in self.options:
            return True
        if self.command == "run":  # whose rest is somebody else's command line
            return False
        own = self.rest[: self.rest.index("--")] if "--" in self.rest else self.rest
        return short in own or long in own


class Given(Value):
    """What the command line says."""

    settings: Mapping[str, object]  # by the names of settings, as typed
    overrides: tuple[str, ...] = ()  # each KEY=VALUE of -E
    words: tuple[str, ...] = ()  # what is no option
    # Options of the command that are no settings, by the name of their first long form.
    flags: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """What was given last for an option that is no setting, or ""."""
        return dict(self.values).get(name, "")


def split(words: Sequence[str]) -> Line:
    """Find the command. UsageError for an option before it that is not a common one."""
    options, rest = leading_options(words, COMMON)
    if not rest:
        return Line("", options, ())
    typed, *after = rest
    command = _ALIASES.get(typed, typed)
    alias = typed if typed in _ALIASES else ""
    if not alias and typed.find(":") > 0:  # Heroku's spelling: `config:set`
        _refuse_herokus(typed)
        command, _, more = typed.partition(":")
        after.insert(0, more)
    if command in SUBCOMMANDS:
        return _with_second_word(command, options, after)
    if command == "help":
        after = _as_one_word(after)
    if command != "run":
        return Line(command, options, tuple(after), alias)
    own, words_to_run = leading_options(after, OF_RUN, "run")
    return Line("run", options + own, words_to_run, alias)


def _with_second_word(command: str, options: Sequence[Pair], after: Sequence[str]) -> Line:
    """The line of such a command; common options may stand between its two words."""
    left = list(after)
    between: list[Pair] = []
    while left and is_option(left[0]) and _is_known(left[0], COMMON):
        between.append(_take(left, COMMON, command))
    second = SUBCOMMANDS[command].get(left[0]) if left else None
    if second is None:
        return Line(command, tuple(options), tuple(after))
    return Line(f"{command} {second}", (*options, *between), tuple(left[1:]))


def _as_one_word(words: Sequence[str]) -> list[str]:
    """The words after `help`, with a command of two words as the one that it is."""
    if words and words[0] in _ALIASES:
        return [_ALIASES[words[0]], *words[1:]]
    first, *others = " ".join(words).replace(":", " ").split(" ") if words else ("",)
    second = SUBCOMMANDS.get(first, {}).get(others[0]) if others else None
    return [f"{first} {second}", *others[1:]] if second else list(words)


def _is_known(word: str, known: Flags) -> bool:
    return word.partition("=")[0] in known or (word[1] != "-" and word[:2] in known)


def leading_options(
    words: Sequence[str], known: Flags, command: str = ""
) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """The options in front, and the words from the first other one on; `--` ends options."""
    options: list[Pair] = []
    left = list(words)
    while left and is_option(left[0]):
        if left[0] == "--":
            del left[0]
            break
        options += _taken(left, known, command)
    return tuple(options), tuple(left)


def all_options(
    words: Sequence[str], known: Flags, command: str
) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """The options wherever they stand, and the other words; `--` ends options."""
    options: list[Pair] = []
    others: list[str] = []
    left = list(words)
    while left and left[0] != "--":
        if is_option(left[0]):
            options += _taken(left, known, command)
        else:
            others.append(left.pop(0))
    return tuple(options), (*others, *left[1:])


def settings_of(options: Sequence[Pair]) -> tuple[dict[str, object], tuple[str, ...]]:
    """Options of `run` as settings, and what was given with --set."""
    typed: dict[str, object] = {}
    env: list[str] = []
    overrides: list[str] = []
    for name, value in options:
        if name == "--no-color":
            typed["color"] = "never"
        elif name in _FLAGS_OF_RUN:
            setting, typed_value = _FLAGS_OF_RUN[name]
            typed[setting] = typed_value
        elif name == "--env":
            env.append(value)
        elif name == "--set":
            overrides.append(value)
        else:
            typed[name.removeprefix("--").replace("-", "_")] = value
    return typed | ({"env": env} if env else {}), tuple(overrides)


def is_option(word: str) -> bool:
    """Whether a word is an option or `--`; `-` alone is a file's name."""
    return len(word) > 1 and word[0] == "-"


def _refuse_herokus(typed: str) -> None:
    """UsageError for a command that only Heroku has, with what there is in its place."""
    from procrun.cli.heroku_words import instead

    if hint := instead(typed):
        raise UsageError(f"there is no command {typed}", hint)


def _taken(left: list[str], known: Flags, command: str) -> tuple[Pair, ...]:
    """Take one option out of the words; none is left of one of Heroku's that changes nothing."""
    name = left[0].partition("=")[0]
    if not command or _is_known(left[0], known):
        return (_take(left, known, command),)
    from procrun.cli import heroku_words

    herokus = heroku_words.flags(command)
    accepted = {flag: (flag, each.metavar) for flag, each in herokus.items()}
    if not _is_known(left[0], accepted):
        raise _unknown(name, known, command)
    flag, value = _take(left, accepted, command)
    meant = herokus[flag]
    if meant.note:
        heroku_words.tell(flag, meant.note)
    return ((meant.ours, value),) if meant.ours else ()


def _take(left: list[str], known: Flags, command: str) -> Pair:
    """Take one option, with its value, out of the words."""
    word = left.pop(0)
    name, equals, value = word.partition("=")
    if word[1] != "-" and len(name) > 2 and word[:2] in known:  # -fFILE
        name, equals, value = word[:2], "=", word[2:]
    if name not in known:
        raise _unknown(name, known, command)
    long, metavar = known[name]
    if equals and not metavar:
        raise UsageError(f"{name} takes no value", f"Write {name} alone.")
    if not metavar:
        return long, ""
    if metavar[0] == "[" and not equals:
        return long, _optional(name, left)
    if not equals and not left:
        raise UsageError(f"{name} needs a value", f"Write {name} {metavar}.")
    return long, value if equals else left.pop(0)


def _optional(name: str, left: list[str]) -> str:
    """The value of an option that may stand alone, taken out of the words; "" if there is none."""
    if not left or not _looks_like_a_path(left[0]):
        return ""
    value = left.pop(0)
    if left and _looks_like_a_path(left[0]):  # no type is called so
        message = f"{name} takes one glob, not {value} {left[0]}"
        raise UsageError(message, f"Quote it, or the shell replaces it: {name} '*.py'.")
    return value


def _looks_like_a_path(word: str) -> bool:
    """Whether a word after an option that may stand alone is its value: no type has these."""
    return not is_option(word) and not _OF_PATHS.isdisjoint(word)


def _unknown(name: str, known: Flags, command: str) -> UsageError:
    from procrun.core.names import did_you_mean

    meant = did_you_mean(name, known) if name.startswith("--") else ""
    if not command:
        hint = f"{meant}Before the command stand common options only: `procrun help` lists them."
        return UsageError(f"unknown option {name}", hint)
    hint = f"{meant}`procrun help {command}` lists its options."
    return UsageError(f"{command} has no option {name}", hint)
