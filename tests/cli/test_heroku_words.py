"""What stands on pages for the heroku command."""

from __future__ import annotations

import re
import shlex

import pytest

from procrun.cli import heroku_words
from procrun.cli.commands import command_named
from procrun.cli.options import parse
from procrun.cli.parser import options_of
from procrun.cli.table import COMMANDS
from procrun.cli.words import split
from procrun.errors import UsageError


def test_what_is_said_to_do_instead_can_be_typed() -> None:
    """Every command in the hints exists."""
    hints = " ".join(set(heroku_words._INSTEAD.values()))
    typed = re.findall(r"procrun ([a-z][^`]*?)(?:\)?\"|`)", hints)

    assert len(typed) > 10
    for each in typed:
        command_named(split(shlex.split(each)).command)


def test_nothing_of_ours_is_refused_or_hidden() -> None:
    """A command that we have is none of those, and no option of ours is taken for Heroku's."""
    for command in COMMANDS:
        assert not heroku_words.instead(command.name.replace(" ", ":"))
        assert not heroku_words.flags(command.name).keys() & options_of(command).keys()


@pytest.mark.parametrize("typed", ["config -a shop", "config --app=shop", "run -rstaging ls"])
def test_the_name_of_an_app_is_accepted_and_told_about(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error: the command's output is as without."""
    given = parse(split(typed.split()))
    out, err = capsys.readouterr()

    assert given.words in ((), ("ls",))
    assert out == ""
    assert re.fullmatch(
        r"procrun: (-a|--app|-r) changes nothing: there is one app here, that of the folder\n", err
    )


@pytest.mark.parametrize("typed", ["local -r web", "start -a", "with -a x -- true"])
def test_an_option_that_means_something_else_elsewhere_is_none(typed: str) -> None:
    """As overmind's: what comes after it must not be swallowed."""
    with pytest.raises(UsageError, match="has no option"):
        parse(split(typed.split()))


@pytest.mark.parametrize(
    ("typed", "group"),
    [("pg:backups:capture", "pg"), ("ps:autoscale:enable", "ps:autoscale"), ("create", "create")],
)
def test_a_command_of_a_group_is_refused_as_the_group_is(typed: str, group: str) -> None:
    """However many colons it has."""
    assert heroku_words.instead(typed) == heroku_words._INSTEAD[group]


def test_what_changes_nothing_for_anybody_is_accepted_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`run -x`: the status is passed on anyway."""
    assert split(["run", "-x", "--no-notify", "ls", "-x"]).rest == ("ls", "-x")
    assert capsys.readouterr().err == ""
