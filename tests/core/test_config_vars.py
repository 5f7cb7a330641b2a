"""Which value of a variable wins, where it is said to come from, and what a dyno gets."""

from __future__ import annotations

import pytest

from procrun.core import envfile
from procrun.core.config_vars import (
    Replaced,
    base_port,
    compose,
    dyno_environment,
    parse_override,
    replaced_line,
)
from procrun.core.names import DynoName
from procrun.errors import ConfigError, UsageError

WEB_1 = DynoName("web", 1)

EnvFile = tuple[str, tuple[envfile.Binding, ...]]


def file(text: str, path: str = ".env") -> EnvFile:
    """Return an env file as `compose` takes it."""
    return path, envfile.parse(text, path)


class TestWhoWins:
    """The precedence of shell, files and -E."""

    def test_a_file_wins_over_the_shell(self) -> None:
        """As in foreman, the env file is the stronger; the rest of the shell stays."""
        config = compose({"A": "shell", "B": "b"}, [file("A=file")])

        assert config.values == {"A": "file", "B": "b"}

    def test_the_shell_wins_where_it_is_set_so(self) -> None:
        """With precedence "shell" a file only fills in what the shell lacks."""
        config = compose({"A": "shell"}, [file("A=file\nB=b")], "shell")

        assert config.values == {"A": "shell", "B": "b"}

    def test_an_empty_variable_of_the_shell_is_a_value(self) -> None:
        """With precedence "shell" a variable that is set to nothing stays so."""
        assert compose({"A": ""}, [file("A=file")], "shell").values == {"A": ""}

    @pytest.mark.parametrize("precedence", ["file", "shell"])
    def test_an_override_beats_both(self, precedence: str) -> None:
        """-E is stronger than the shell and every file."""
        config = compose({"A": "shell"}, [file("A=file")], precedence, {"A": "set"})

        assert config.values == {"A": "set"}

    @pytest.mark.parametrize("precedence", ["file", "shell"])
    def test_a_later_file_wins(self, precedence: str) -> None:
        """Of two files the later one is the stronger, whichever way the precedence is."""
        files = [file("A=1\nB=1"), file("A=2", ".env.local")]

        assert compose({}, files, precedence).values == {"A": "2", "B": "1"}

    def test_what_was_given_is_left_alone(self) -> None:
        """Neither the caller's environment nor the overrides are changed."""
        caller, overrides = {"A": "shell"}, {"B": "set"}

        compose(caller, [file("A=1\nB=2\nC=3")], overrides=overrides)

        assert (caller, overrides) == ({"A": "shell"}, {"B": "set"})

    @pytest.mark.parametrize(
        ("precedence", "overrides", "expected"),
        [
            pytest.param("file", {}, "2/1/b", id="the file"),
            pytest.param("shell", {}, "shell/1/b", id="the shell"),
            pytest.param("file", {"B": "set"}, "2/1/set", id="-E"),
        ],
    )
    def test_a_reference_is_the_value_that_wins(
        self, precedence: str, overrides: dict[str, str], expected: str
    ) -> None:
        """${VAR} sees the shell, earlier files, earlier lines and -E by their precedence."""
        files = [file("A=1\nFIRST=${A}"), file("A=2\nALL=${A}/${C}/${B}\n", ".env.local")]
        caller = {"A": "shell", "B": "b", "C": "1"} if precedence == "shell" else {"B": "b"}

        config = compose(caller, [file("C=1", "c"), *files], precedence, overrides)

        assert config.values["ALL"] == expected


class TestOrigin:
    """Where a value is said to come from."""

    def test_every_value_has_its_place(self) -> None:
        """The place is the line of the file that won, -E, or the shell."""
        files = [file("A=1\n\nB=1\nB=2\n"), file("# c\nA=3", ".env.local")]
        config = compose({"S": "s", "E": "e"}, files, overrides={"E": "set"})

        places = {name: config.origin(name) for name in config.values}

        assert places == {"A": ".env.local:2", "B": ".env:4", "S": "shell", "E": "-E"}

    def test_a_value_that_lost_has_no_place(self) -> None:
        """With precedence "shell" the line of the file is not where the value is from."""
        assert compose({"A": "shell"}, [file("A=1")], "shell").origin("A") == "shell"

    def test_a_name_without_a_value_has_none(self) -> None:
        """Asking for a variable that is not there is a KeyError."""
        with pytest.raises(KeyError):
            compose({}, []).origin("A")


class TestReplaced:
    """The names whose value in the shell a file changes."""

    def test_a_different_value_of_the_shell_is_noted_with_the_file(self) -> None:
        """Only what the shell has, and has differently, is replaced."""
        config = compose({"A": "shell", "SAME": "1"}, [file("NEW=1\nSAME=1\nA=file")])

        assert config.replaced == (Replaced("A", ".env"),)

    def test_the_file_that_won_is_the_one_that_replaced(self) -> None:
        """A later file that gives the shell's value back leaves nothing replaced."""
        files = [file("A=1\nB=1"), file("A=2\nB=shell", ".env.local")]

        config = compose({"A": "shell", "B": "shell"}, files)

        assert config.replaced == (Replaced("A", ".env.local"),)

    def test_what_the_user_asked_for_is_not_noted(self) -> None:
        """Neither -E nor precedence "shell" is a surprise."""
        assert not compose({"A": "shell"}, [file("A=1")], overrides={"A": "set"}).replaced
        assert not compose({"A": "shell"}, [file("A=1")], "shell").replaced

    @pytest.mark.parametrize(
        ("replaced", "line"),
        [
            ([], ""),
            ([("A", ".env")], ".env replaces A of your shell"),
            ([("A", ".env"), ("B", ".env")], ".env replaces A and B of your shell"),
            ([(n, ".env") for n in "ABC"], ".env replaces A, B and C of your shell"),
            ([(n, ".env") for n in "ABCDE"], ".env replaces A, B, C and 2 more of your shell"),
            ([("A", "x"), ("B", "y"), ("C", "x")], "x and y replace A, B and C of your shell"),
        ],
        ids=["none", "one", "two", "three", "many", "two files"],
    )
    def test_one_line_tells_it(self, replaced: list[tuple[str, str]], line: str) -> None:
        """However many there are it is one line, with the way to turn it round."""
        remedy = ' (env_precedence = "shell" turns it round)' if line else ""

        assert replaced_line([Replaced(*each) for each in replaced]) == line + remedy


class TestOverride:
    """-E KEY=VALUE."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("A=1", ("A", "1")),
            ("A=", ("A", "")),
            ("A=b=c", ("A", "b=c")),
            ("A= ${B} # c", ("A", " ${B} # c")),
        ],
    )
    def test_it_is_taken_literally(self, text: str, expected: tuple[str, str]) -> None:
        """The shell has done the quoting: nothing is stripped or replaced."""
        assert parse_override(text) == expected

    @pytest.mark.parametrize("text", ["", "A", "=1"])
    def test_it_needs_a_name_and_an_equals_sign(self, text: str) -> None:
        """Anything else is an error of usage."""
        with pytest.raises(UsageError):
            parse_override(text)


class TestBasePort:
    """The port that all others count from."""

    def test_each_place_beats_the_next(self) -> None:
        """-p or PROCRUN_PORT, the env files, the environment, the settings file, 5000."""
        shell, env = {"PORT": "3000"}, [file("PORT=4000")]

        ports = [
            base_port(compose(shell, env), 1000, 2000),
            base_port(compose(shell, env), None, 2000),
            base_port(compose(shell, []), None, 2000),
            base_port(compose({}, []), None, 2000),
            base_port(compose({}, []), None, None),
        ]

        assert ports == [1000, 4000, 3000, 2000, 5000]

    def test_zero_is_a_port(self) -> None:
        """A base of 0, which asks for free ports, is not taken for none."""
        assert base_port(compose({"PORT": "3000"}, []), 0, 2000) == 0
        assert base_port(compose({}, []), None, 0) == 0

    def test_an_empty_port_is_none(self) -> None:
        """PORT= is as good as no PORT."""
        assert base_port(compose({"PORT": ""}, []), None, None) == 5000

    @pytest.mark.parametrize(
        ("caller", "files", "overrides", "where"),
        [
            ({"PORT": "abc"}, [], {}, "PORT in the environment"),
            ({"PORT": "1"}, [file("A=1\nPORT=99999")], {}, ".env:2"),
            ({}, [], {"PORT": "-1"}, "-E PORT"),
        ],
        ids=["environment", "env file", "-E"],
    )
    def test_what_is_no_port_is_an_error_with_its_place(
        self,
        caller: dict[str, str],
        files: list[EnvFile],
        overrides: dict[str, str],
        where: str,
    ) -> None:
        """A bad PORT is never taken for another number."""
        config = compose(caller, files, overrides=overrides)

        with pytest.raises(ConfigError) as caught:
            base_port(config, None, None)

        assert caught.value.problems[0].where == where


class TestDynoEnvironment:
    """What procrun adds for one dyno."""

    def test_a_dyno_gets_its_port_and_its_name(self) -> None:
        """PORT and PS are the dyno's, whatever the config vars have there."""
        config = {"PORT": "5000", "PS": "run.1", "A": "1"}

        environment = dyno_environment(config, WEB_1, 5100, colour=False)

        assert environment == {"A": "1", "PORT": "5100", "PS": "web.1", "PYTHONUNBUFFERED": "1"}

    def test_nothing_says_that_this_is_heroku(self) -> None:
        """Neither DYNO nor honcho's name for a process is set."""
        environment = dyno_environment({}, WEB_1, 5000, colour=True)

        assert {"DYNO", "HONCHO_PROCESS_NAME"}.isdisjoint(environment)

    def test_a_dyno_that_the_user_set_stays(self) -> None:
        """DYNO in an env file is the user's wish."""
        assert dyno_environment({"DYNO": "x.1"}, WEB_1, 5000, colour=False)["DYNO"] == "x.1"

    @pytest.mark.parametrize("value", ["", "0"])
    def test_pythonunbuffered_that_is_set_stays(self, value: str) -> None:
        """An empty PYTHONUNBUFFERED is how a user turns it off."""
        environment = dyno_environment({"PYTHONUNBUFFERED": value}, WEB_1, 5000, colour=False)

        assert environment["PYTHONUNBUFFERED"] == value

    @pytest.mark.parametrize(
        ("config", "colour", "expected"),
        [
            ({}, True, ("1", "1")),
            ({}, False, (None, None)),
            ({"FORCE_COLOR": "3"}, True, ("3", "1")),
            ({"CLICOLOR_FORCE": "0"}, True, ("1", "0")),
            ({"NO_COLOR": "1"}, True, (None, None)),
            ({"NO_COLOR": ""}, True, ("1", "1")),
            ({"FORCE_COLOR": "1"}, False, ("1", None)),
        ],
    )
    def test_colours_are_asked_for_where_they_are_seen(
        self,
        config: dict[str, str],
        colour: bool,  # noqa: FBT001 (a column of the table)
        expected: tuple[str | None, str | None],
    ) -> None:
        """A dyno whose output ends on a coloured terminal is told so, unless the user spoke."""
        environment = dyno_environment(config, WEB_1, 5000, colour=colour)

        assert (environment.get("FORCE_COLOR"), environment.get("CLICOLOR_FORCE")) == expected

    def test_the_config_vars_are_left_alone(self) -> None:
        """Each dyno gets an environment of its own."""
        config = {"A": "1"}

        dyno_environment(config, WEB_1, 5000, colour=True)

        assert config == {"A": "1"}
