"""Where the command stands, and which words are options of procrun's own."""

from __future__ import annotations

import pytest

from procrun.cli import words
from procrun.cli.commands import command_named
from procrun.cli.table import COMMANDS, COMMON
from procrun.cli.words import Line, settings_of, split
from procrun.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Line("", (), ())),
        ("start", Line("start", (), ())),
        ("start web worker=2", Line("start", (), ("web", "worker=2"))),
        ("-d app start", Line("start", (("--root", "app"),), ())),
        ("-dapp start", Line("start", (("--root", "app"),), ())),
        ("--app-root=app start", Line("start", (("--root", "app"),), ())),
        ("--root= start", Line("start", (("--root", ""),), ())),
        ("-f - start", Line("start", (("--procfile", "-"),), ())),
        ("-e a -e=b start", Line("start", (("--env", "a"), ("--env", "b")), ())),
        ("--no-colour start", Line("start", (("--no-color", ""),), ())),
        ("--colour=always check", Line("check", (("--color", "always"),), ())),
        ("-- start -x", Line("start", (), ("-x",))),
        ("start -p 6000 --", Line("start", (), ("-p", "6000", "--"))),
        ("env:web.1", Line("env", (), ("web.1",))),
        ("config:set A=1", Line("config set", (), ("A=1",))),
        ("config:add A=1", Line("config set", (), ("A=1",))),
        ("config remove A", Line("config unset", (), ("A",))),
        ("config", Line("config", (), ())),
        ("config -s", Line("config", (), ("-s",))),
        ("config x", Line("config", (), ("x",))),
        (
            "config -d app -e=b set -d",
            Line("config set", (("--root", "app"), ("--env", "b")), ("-d",)),
        ),
        ("-d app config get A", Line("config get", (("--root", "app"),), ("A",))),
        ("config -- set", Line("config", (), ("--", "set"))),
        ("releases:info v3", Line("releases info", (), ("v3",))),
        ("releases:rollback v3", Line("rollback", (), ("v3",), "releases:rollback")),
        ("help config set", Line("help", (), ("config set",))),
        ("help config:unset", Line("help", (), ("config unset",))),
        ("help config x", Line("help", (), ("config", "x"))),
        (":x", Line(":x", (), ())),
        ("local -p 6000", Line("start", (), ("-p", "6000"), "local")),
        ("local:start web", Line("start", (), ("web",), "local:start")),
        ("local:run a b", Line("run", (), ("a", "b"), "local:run")),
        ("local:version", Line("version", (), (), "local:version")),
        ("ps:stop -d web.1", Line("stop", (), ("-d", "web.1"), "ps:stop")),
        ("ps:kill web.1", Line("stop", (), ("web.1",), "ps:kill")),
        ("kill web.1", Line("kill", (), ("web.1",))),
        ("ps web", Line("ps", (), ("web",))),
        ("ps:web", Line("ps", (), ("web",))),
        ("ps:resize", Line("ps type", (), ())),
        ("dyno:resize", Line("ps type", (), (), "dyno:resize")),
        ("help ps:scale", Line("help", (), ("scale",))),
        ("run -a shop -x --remote=heroku ls -a", Line("run", (), ("ls", "-a"))),
        (
            "run -s basic --size eco ls",
            Line("run", (("--dyno-size", "basic"), ("--dyno-size", "eco")), ("ls",)),
        ),
        ("-", Line("-", (), ())),
        ("run", Line("run", (), ())),
        ("run ls -d -h --color", Line("run", (), ("ls", "-d", "-h", "--color"))),
        ("run -d app ls", Line("run", (("--root", "app"),), ("ls",))),
        ("-d app run -E A=1 ls", Line("run", (("--root", "app"), ("--set", "A=1")), ("ls",))),
        ("run -EA=1 --set=B=2 ls", Line("run", (("--set", "A=1"), ("--set", "B=2")), ("ls",))),
        ("run -- -x", Line("run", (), ("-x",))),
        ("run a -- b", Line("run", (), ("a", "--", "b"))),
        ("run -- -- b", Line("run", (), ("--", "b"))),
        ("-- run -- b", Line("run", (), ("b",))),
        ("run -h", Line("run", (("--help", ""),), ())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_command_is_found_among_the_words(typed: str, expected: Line) -> None:
    """What stands before it are common options; of `run`, its own options are taken, too."""
    assert split(typed.split()) == expected


def test_an_empty_word_is_a_word() -> None:
    """Only what begins with a dash is an option."""
    assert split(["run", "", "-h"]) == Line("run", (), ("", "-h"))


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("-x start", "unknown option -x", "Before the command stand common options only"),
        ("--colr start", "unknown option --colr", "Did you mean --color?"),
        ("--procfil=x", "unknown option --procfil", "Did you mean --procfile?"),
        ("-d", "-d needs a value", "Write -d DIR."),
        ("--env", "--env needs a value", "Write --env FILE."),
        ("--help=x", "--help takes no value", "Write --help alone."),
        ("-hV", "-h takes no value", "Write -h alone."),
        ("run -p 1 ls", "run has no option -p", "`procrun help run` lists its options."),
        ("run --sett A=1 ls", "run has no option --sett", "Did you mean --set?"),
        ("run -E", "-E needs a value", "Write -E KEY=VALUE."),
        ("run -a", "-a needs a value", "Write -a NAME."),
        ("-a shop run ls", "unknown option -a", "Before the command stand common options only"),
        ("pg:psql", "there is no command pg:psql", "config get DATABASE_URL"),
        ("addons:create x", "there is no command addons:create", "Start the service yourself"),
        ("run:detached ls", "there is no command run:detached", "`procrun run COMMAND &`"),
        ("ps:exec", "there is no command ps:exec", "`procrun attach web.1`"),
        ("--=x start", "unknown option --", "`procrun help`"),
    ],
    ids=lambda value: value,
)
def test_what_is_no_option_is_refused(typed: str, message: str, hint: str) -> None:
    """The message says which, the hint what may have been meant."""
    with pytest.raises(UsageError) as caught:
        split(typed.split())

    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("typed", "help_", "version"),
    [
        ("start", False, False),
        ("-h", True, False),
        ("--help start", True, False),
        ("start -h", True, False),
        ("start web --help", True, False),
        ("start -V", False, True),
        ("--version", False, True),
        ("-V -h", True, True),
        ("start -- -h --version", False, False),
        ("run -h", True, False),
        ("run -V ls", False, True),
        ("run ls -h --version", False, False),
        ("run -- -h", False, False),
        ("start -x=-h", False, False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_help_and_version_are_asked_for_wherever_they_stand(
    typed: str, *, help_: bool, version: bool
) -> None:
    """But not behind `--`, nor among the arguments of the command that `run` runs."""
    line = split(typed.split())

    assert (line.asks_for_help, line.asks_for_version) == (help_, version)


def test_options_become_settings() -> None:
    """Env files add up, everything else is what was said last, and --set is no setting."""
    line = split("-d a -e x --color never run -d b -e y,z --set A=1 --set A=2 ls".split())

    assert settings_of(line.options) == (
        {"root": "b", "env": ["x", "y,z"], "color": "never"},
        ("A=1", "A=2"),
    )


def test_no_color_is_a_color() -> None:
    """The flag and the option are one setting, and the last one counts."""
    assert settings_of(split(["--color", "always", "--no-color"]).options)[0] == {"color": "never"}
    assert settings_of(split(["--no-color", "--color", "auto"]).options)[0] == {"color": "auto"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a -x 1 b", ((("-x", "1"),), ("a", "b"))),
        ("-x1 --flag", ((("-x", "1"), ("--flag", "")), ())),
        ("-x -1", ((("-x", "-1"),), ())),
        ("-x --", ((("-x", "--"),), ())),
        ("a -- -x -- b", ((), ("a", "-x", "--", "b"))),
        ("-", ((), ("-",))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options_stand_anywhere_before_two_dashes(
    typed: str, expected: tuple[tuple[tuple[str, str], ...], tuple[str, ...]]
) -> None:
    """The other words keep their order; `--` itself goes."""
    known = {"-x": ("-x", "N"), "--flag": ("--flag", "")}

    assert words.all_options(typed.split(), known, "cmd") == expected


def test_the_common_options_are_those_of_the_table() -> None:
    """They are written down twice, as `run` has no time for the table: both say the same."""
    of_table = {
        flag: (f"--{option.name}", bool(option.metavar))
        for option in COMMON
        for flag in option.flags
    }
    of_run = {
        flag: (f"--{option.name}", bool(option.metavar))
        for option in (*COMMON, *command_named("run").options)
        for flag in option.flags
    }

    assert {flag: (long, bool(value)) for flag, (long, value) in words.COMMON.items()} == of_table
    assert {flag: (long, bool(value)) for flag, (long, value) in words.OF_RUN.items()} == of_run


def test_run_without_heroku_is_told_to_the_settings() -> None:
    """The last of such flags wins."""
    line = words.split(["run", "--heroku", "--no-heroku", "--no-clean-env", "ls", "--heroku"])

    assert words.settings_of(line.options) == ({"heroku": False, "clean_env": False}, ())


def test_what_heroku_says_leads_to_a_command() -> None:
    """An alias is of no use if its command does not exist, or if it hides one."""
    names = {command.name for command in COMMANDS}

    assert set(words._ALIASES.values()) <= names
    assert not names & words._ALIASES.keys()


def test_every_command_of_two_words_is_known() -> None:
    """Words of its own are understood without the table of commands, which takes long."""
    known = {
        f"{first} {second}"
        for first, seconds in words.SUBCOMMANDS.items()
        for second in seconds.values()
    }

    assert known == {command.name for command in COMMANDS if " " in command.name}
