"""What stands after a command's name, by the table of commands."""

from __future__ import annotations

import pytest

from procrun.cli import parser
from procrun.cli.command import Command, Option
from procrun.cli.options import parse
from procrun.cli.table import COMMANDS, COMMON
from procrun.cli.words import Given, split
from procrun.errors import UsageError
from procrun.settings import KEYS, resolve
from procrun.settings.values import Text


def given(typed: str) -> Given:
    """What a command line says."""
    return parse(split(typed.split()))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("start", Given({})),
        ("start web worker=2", Given({}, words=("web", "worker=2"))),
        ("start -p 6000", Given({"port": "6000"})),
        ("start -p6000 web", Given({"port": "6000"}, words=("web",))),
        ("start --port=1 --port=2", Given({"port": "2"})),
        ("start web -t 3 worker", Given({"timeout": "3"}, words=("web", "worker"))),
        ("start -c web=2 -c worker=3", Given({"formation": ["web=2", "worker=3"]})),
        ("start -m all=1 --concurrency web=2", Given({"formation": ["all=1", "web=2"]})),
        ("start --watch", Given({"watch": ["**"]})),
        ("start --watch web worker=2", Given({"watch": ["**"]}, words=("web", "worker=2"))),
        ("start --watch *.py web", Given({"watch": ["*.py"]}, words=("web",))),
        ("start --watch app/ --watch", Given({"watch": ["app/", "**"]})),
        ("start --watch worker=a.py", Given({"watch": ["worker=a.py"]})),
        ("start --watch=app web", Given({"watch": ["app"]}, words=("web",))),
        ("start --watch --no-tty", Given({"tty": False, "watch": ["**"]})),
        ("start --watch -- a.py", Given({"watch": ["**"]}, words=("a.py",))),
        ("start --watch=", Given({"watch": ["**"]})),
        ("start -x web,clock -x worker", Given({"exclude": ["web,clock", "worker"]})),
        ("start --timestamps=iso", Given({"timestamps": "iso"})),
        ("start --timestamps iso --no-timestamp", Given({"timestamps": "none"})),
        ("start --no-prefix --json", Given({"prefix": False, "json": True})),
        ("start --tty --no-tty", Given({"tty": False})),
        (
            "start --heroku --no-release --no-router --no-clean-env",
            Given({"heroku": True, "release": False, "router": False, "clean_env": False}),
        ),
        ("start --no-heroku", Given({"heroku": False})),
        ("release --no-heroku --no-clean-env", Given({"heroku": False, "clean_env": False})),
        ("start --no-tty --tty", Given({"tty": True})),
        ("start --no-color", Given({"color": "never"})),
        (
            "start -E A=1 --set B=2",
            Given({}, ("A=1", "B=2")),
        ),
        (
            "-d app -e a start -e b,c -f P",
            Given({"root": "app", "env": ["a", "b,c"], "procfile": "P"}),
        ),
        ("-d app start -d other", Given({"root": "other"})),
        ("-d app start", Given({"root": "app"})),
        ("start -- -p web", Given({}, words=("-p", "web"))),
        (
            "env --json -s -p 1 web",
            Given({"port": "1"}, (), ("web",), frozenset(("json", "shell"))),
        ),
        ("check --json", Given({}, flags=frozenset(("json",)))),
        ("release -E A=1", Given({}, ("A=1",))),
        ("help start", Given({}, words=("start",))),
        ("config -a shop -s", Given({}, flags=frozenset(("shell",)))),
        ("wait -R -w 10 --app=x", Given({})),
        (
            "restart -d web.1 --ps worker",
            Given({}, values=(("dyno-name", "web.1"), ("process-type", "worker"))),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_line_means(typed: str, expected: Given) -> None:
    """Options before and after the command's name add up, or the last one counts."""
    assert given(typed) == expected


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("start --portt 5", "start has no option --portt", "Did you mean --port?"),
        ("start --no-colors", "start has no option --no-colors", "Did you mean --no-color?"),
        ("start -Z", "start has no option -Z", "`procrun help start` lists its options."),
        ("start --zzz", "start has no option --zzz", "`procrun help start` lists its options."),
        ("start -p", "-p needs a value", "Write -p N."),
        ("start --json=1", "--json takes no value", "Write --json alone."),
        ("check --shell", "check has no option --shell", "`procrun help check`"),
        ("check web", "check does not take 'web'", "Usage: procrun check [OPTION…]"),
        ("env web worker", "env does not take 'worker'", "Usage: procrun env [OPTION…] [NAME]"),
        ("version 1", "version does not take '1'", "Usage: procrun version"),
        ("settings -- -x", "settings does not take '-x'", "Usage: procrun settings"),
        ("help start run", "help does not take 'run'", "Usage: procrun help"),
        ("start --watch a.py b.py", "--watch takes one glob, not a.py b.py", "'*.py'"),
        ("git push heroku main", "there is no command git", "`procrun start --heroku` runs"),
        ("domains x", "there is no command domains", "`procrun info` prints its URLs"),
        ("strat x", "there is no command strat", "Did you mean start?"),
        ("config sett A=1", "config does not take 'sett'", "Did you mean set? It takes get, set"),
        ("releases v3", "releases does not take 'v3'", "It takes info, output, retry."),
    ],
    ids=lambda value: value,
)
def test_what_a_command_does_not_take_is_refused(typed: str, message: str, hint: str) -> None:
    """The message says which word, the hint what may have been meant."""
    with pytest.raises(UsageError) as caught:
        given(typed)

    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("start -p x", "--port: port takes a whole number from 0 to 65535, not 'x'"),
        ("start -p -1", "--port: port takes a whole number from 0 to 65535, not '-1'"),
        ("start -p 65536", "--port: port takes a whole number from 0 to 65535, not '65536'"),
        ("start -t soon", "--timeout: timeout takes seconds from 0 to 86400, not 'soon'"),
        ("start -c web", "not of the form TYPE=N: 'web'"),
        ("start -c web=-1", "not of the form TYPE=N: 'web=-1'"),
        ("start --timestamps=utc", "timestamps takes time, iso, elapsed or none, not 'utc'"),
        ("--color blue start", "--color: color takes auto, always or never, not 'blue'"),
    ],
    ids=lambda value: value,
)
def test_a_wrong_value_of_an_option_is_a_wrong_command_line(typed: str, message: str) -> None:
    """Unlike a wrong value in a file it is a UsageError, with what the setting takes."""
    with pytest.raises(UsageError) as caught:
        resolve(given(typed).settings, {})

    assert message in caught.value.message


def test_the_own_short_option_of_a_command_wins() -> None:
    """The common one remains in its long form there, and before the command."""
    logs = Command("logs", "", "show the log", "logs:logs", (Option(("-d", "--dyno"), "", "D"),))

    options = parser.options_of(logs)

    assert options["-d"].name == "dyno"
    assert options["--root"].name == options["--app-root"].name == "root"
    assert options["-f"].name == "procfile"


def test_an_option_that_is_no_setting_has_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one that was given, or none, by the name of its first long form."""
    options = (Option(("-s", "--signal", "--sig"), "", "SIGNAL"), Option(("--all",), ""))
    kill = Command("kill", "[NAME…]", "send a signal", "remote:kill", options)
    monkeypatch.setattr(parser, "command_named", lambda _name: kill)

    found = given("kill web --sig HUP -s INT --all")

    assert (found.value("signal"), found.value("other")) == ("INT", "")
    assert (found.flags, found.words) == (frozenset(("all",)), ("web",))


def test_every_setting_of_the_table_exists() -> None:
    """An option leads to a setting, whose source is then one of the option's flags."""
    options = [*COMMON, *(option for command in COMMANDS for option in command.options)]

    for option in options:
        if option.setting and option.setting != "root":
            assert option.setting in KEYS
        if option.setting and option.metavar:
            assert f"--{option.setting.replace('_', '-')}" in option.flags


def test_the_choices_of_an_option_are_those_of_its_setting() -> None:
    """What help and completion offer can be typed."""
    options = [*COMMON, *(option for command in COMMANDS for option in command.options)]
    offered = [(each.setting, word) for each in options if each.setting for word in each.choices]

    assert offered
    for setting, word in offered:
        kind = KEYS[setting].kind
        assert (kind.element or kind).convert(Text(word)) == word


def test_no_command_has_a_flag_twice() -> None:
    """The second one could never be meant."""
    for command in COMMANDS:
        flags = [flag for option in command.options for flag in option.flags]
        assert len(flags) == len(set(flags)), command.name
