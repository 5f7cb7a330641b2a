"""Help, version and settings."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from procrun import __version__
from procrun.cli.options import parse
from procrun.cli.table import COMMANDS, COMMON
from procrun.cli.words import split
from procrun.settings import KEYS

if TYPE_CHECKING:
    from procrun.cli.command import Command
    from tests.running import Starter

WIDTH = 80
each_command = pytest.mark.parametrize("named", COMMANDS, ids=[each.name for each in COMMANDS])


def asks_for_help(name: str) -> list[list[str]]:
    """The lines that ask for a command's help, beside `procrun help NAME`."""
    words = name.split()
    return [["-h", *words], [*words, "--help"], ["-d", "nonesuch", *words, "--color=x", "-h"]]


class TestHelp:
    """What `help` says, and how to ask for it."""

    @pytest.mark.parametrize(
        "arguments", [(), ("help",), ("-h",), ("--help",), ("--color", "never")], ids=repr
    )
    def test_the_overview_has_every_command(
        self, procrun: Starter, arguments: tuple[str, ...]
    ) -> None:
        """Also for who types nothing but `procrun`; that is no failure."""
        running = procrun(*arguments, apart=True)

        status, output = running.finish()
        assert (status, running.errors) == (0, "")
        for each in COMMANDS:
            assert re.search(rf"^  {each.name} +{re.escape(each.summary)}$", output, re.MULTILINE)
        for option in COMMON:
            assert f"{', '.join(option.flags)} {option.metavar}".strip() in output

    @each_command
    def test_a_command_is_explained(self, procrun: Starter, named: Command) -> None:
        """Its usage, its options and examples, within the width of a terminal."""
        status, output = procrun("help", *named.name.split()).finish()

        assert status == 0
        assert f"\nUsage: procrun {named.name} [OPTION…] {named.words}".rstrip() in output
        for option in named.options:
            assert f"  {', '.join(option.flags)} {option.metavar}".rstrip() in output
            assert option.meaning in output
        for line, _meaning in named.examples:
            assert f"  {line}" in output
        assert max(map(len, output.splitlines())) <= WIDTH

    @pytest.mark.parametrize("name", ["start", "run", "config get"])
    def test_help_is_asked_for_in_every_place(self, procrun: Starter, name: str) -> None:
        """Before and after the command's name, and beside other options."""
        expected = procrun("help", *name.split()).finish()

        for asks in asks_for_help(name):
            assert procrun(*asks).finish() == expected

    @each_command
    def test_that_is_so_of_every_command(self, named: Command) -> None:
        """Also of those that take any words."""
        for asks in asks_for_help(named.name):
            line = split(asks)
            assert (line.asks_for_help, line.command) == (True, named.name)

    @each_command
    def test_the_examples_can_be_typed(self, named: Command) -> None:
        """Each is a command line that its command takes."""
        for line, _meaning in named.examples:
            found = re.search(r"(?:^|[ (])procrun (.*?)(?:\)\"| \||$)", line)
            assert found, line
            taken_apart = split(found[1].split())
            assert taken_apart.command == named.name
            if named.name != "run":
                parse(taken_apart)

    @pytest.mark.parametrize(
        "arguments", [("help", "strat"), ("strat",), ("strat", "--help"), ("-h", "strat")], ids=repr
    )
    def test_an_unknown_command_is_told(self, procrun: Starter, arguments: tuple[str, ...]) -> None:
        """With the one that may have been meant."""
        running = procrun(*arguments, apart=True)

        assert running.finish() == (2, "")
        assert running.errors == (
            "procrun: there is no command strat\n  Did you mean start? `procrun help` lists them.\n"
        )

    def test_it_can_be_read_in_a_locale_without_its_letters(self, procrun: Starter) -> None:
        """What a locale lacks is no reason to fail."""
        text = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

        status, output = procrun("help", "start", env=text).finish()
        assert status == 0
        assert "Usage: procrun start [OPTION" in output

    def test_a_reader_may_leave(self, procrun: Starter) -> None:
        """Without a word about it, and with the status that a shell gives."""
        nobody, output = os.pipe()
        os.close(nobody)
        command = (*procrun.command, "help")

        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)

        os.close(output)
        assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


class TestVersion:
    """The version, asked for in many ways."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("version",),
            ("-V",),
            ("--version",),
            ("start", "--version"),
            ("start", "web", "-V"),
            ("run", "-V"),
            ("--version", "run", "false"),
            ("check", "-V"),
            ("-V", "help"),
        ],
        ids=repr,
    )
    def test_it_is_told(self, procrun: Starter, arguments: tuple[str, ...]) -> None:
        """On standard output, and nothing is run."""
        assert procrun(*arguments).finish() == (0, f"procrun {__version__}\n")

    def test_behind_a_command_it_is_not_ours(self, procrun: Starter) -> None:
        """What `run` runs may have a version, too."""
        assert procrun("run", "printf", "%s", "--version").finish()[1] == "--version"


class TestSettings:
    """Every setting, its value and its source."""

    def test_every_setting_is_listed(self, procrun: Starter) -> None:
        """With `default` where nobody gave it."""
        status, output = procrun("settings").finish()

        rows = {line.split()[0]: line.split()[-1] for line in output.splitlines()}
        assert status == 0
        assert rows == dict.fromkeys(("root", *KEYS), "default")

    def test_the_source_is_told(self, procrun: Starter) -> None:
        """That which won: the command line, the environment or the file."""
        (procrun.folder / "procrun.toml").write_text(
            "port = 1\nquiet = ['web']\nlog_dir = 'logs'\n[types.web]\ntimeout = 30\n",
            encoding="utf-8",
        )
        env = {"PROCRUN_PORT": "2", "PROCRUN_QUIET": "a,b", "PROCRUN_COLOR": "never"}

        output = procrun("--color=auto", "settings", env=env).finish()[1]

        rows = [tuple(re.split(r"  +", line)) for line in output.splitlines()]
        assert {
            ("port", "2", "PROCRUN_PORT"),
            ("quiet", "a,b", "PROCRUN_QUIET"),
            ("color", "auto", "--color"),
            ("log_dir", "logs", "procrun.toml"),
            ("types.web.timeout", "30", "procrun.toml"),
        } <= set(rows)

    def test_a_wrong_setting_is_told(self, procrun: Starter) -> None:
        """As everywhere."""
        status, output = procrun("settings", env={"PROCRUN_PROT": "1"}).finish()

        assert status == 78
        assert "procrun: PROCRUN_PROT: not a setting\n  Did you mean PROCRUN_PORT?" in output

    def test_a_value_of_any_bytes_is_printed(self, procrun: Starter) -> None:
        """It comes out as it went in."""
        running = procrun("settings", "-f", "\udcff")

        assert running.finish()[0] == 0
        assert b"  \xff  " in running.raw
