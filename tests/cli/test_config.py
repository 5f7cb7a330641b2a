"""`procrun config`: what it prints, what it refuses, and what the file is after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from procrun.core.config_rules import MOST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter

ENV = "# one\nexport LANG=en_US.UTF-8\n\nTIMEZONE='UTC' # two\nURL=${LANG}/x\n"


def config(procrun: Starter, *words: str) -> tuple[int, str, str]:
    """The status, the output and the errors of `procrun config` with these words."""
    running = procrun("config", *words, apart=True)
    status, output = running.finish()
    return status, output, running.errors


def env_file(folder: Path, text: str = ENV) -> Path:
    """An env file with that text."""
    path = folder / ".env"
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def name(tmp_path: Path) -> str:
    """Give what the app in the test's folder is called."""
    return f"⬢ {tmp_path.name}"


class TestPrinting:
    """Data on standard output, as heroku prints it."""

    def test_all_of_them(self, procrun: Starter, name: str) -> None:
        """In a column; what the shell has set is none."""
        env_file(procrun.folder)

        expected = (
            f"=== {name} Config Vars\n\n"
            "LANG:     en_US.UTF-8\nTIMEZONE: UTC\nURL:      en_US.UTF-8/x\n"
        )
        assert config(procrun) == (0, expected, "")

    def test_for_a_shell(self, procrun: Starter) -> None:
        """With Heroku's quotes."""
        env_file(procrun.folder, "B=it's\nA='a b'\nC=\nD=\"x\\ny\"\n")

        assert config(procrun, "-s") == (0, 'A=\'a b\'\nB="it\'s"\nC=\nD="x\\ny"\n', "")

    @pytest.mark.parametrize("flag", ["--json", "-j"])
    def test_for_a_program(self, procrun: Starter, flag: str) -> None:
        """As one object."""
        env_file(procrun.folder, 'B="x\\ny"\nA=ä\n')

        status, output, _ = config(procrun, flag)
        assert (status, list(json.loads(output).items())) == (0, [("A", "ä"), ("B", "x\ny")])

    def test_without_an_env_file_there_are_none(self, procrun: Starter, name: str) -> None:
        """That is no error."""
        assert config(procrun) == (0, f"=== {name} Config Vars\n\n", "")
        assert config(procrun, "--json") == (0, "{}\n", "")

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("LANG",), "en_US.UTF-8\n"),
            (("URL", "LANG"), "en_US.UTF-8/x\nen_US.UTF-8\n"),
            (("NONESUCH",), "\n"),
            (("-s", "URL", "NONESUCH"), "URL=en_US.UTF-8/x\nNONESUCH=\n"),
        ],
    )
    def test_single_ones(self, procrun: Starter, words: tuple[str, ...], expected: str) -> None:
        """One to a line; what is not set is an empty one."""
        env_file(procrun.folder)

        assert config(procrun, "get", *words) == (0, expected, "")

    def test_single_ones_for_a_program(self, procrun: Starter) -> None:
        """One is an object, several are an array."""
        env_file(procrun.folder)
        lang, none = {"key": "LANG", "value": "en_US.UTF-8"}, {"key": "NO", "value": None}

        assert json.loads(config(procrun, "get", "--json", "LANG")[1]) == lang
        assert json.loads(config(procrun, "get", "-j", "LANG", "NO")[1]) == [lang, none]

    def test_the_files_that_are_named(self, procrun: Starter) -> None:
        """Later ones win."""
        (procrun.folder / "a").write_text("A=1\nB=1\n", encoding="utf-8")
        (procrun.folder / "b").write_text("B=2\n", encoding="utf-8")

        assert config(procrun, "-s", "-e", "a,b") == (0, "A=1\nB=2\n", "")
        status, _, errors = config(procrun, "-e", "c")
        assert (status, errors.splitlines()[0]) == (78, "procrun: c: no such env file")


class TestChanging:
    """Progress on standard error, what was set on standard output."""

    def test_it_sets(self, procrun: Starter) -> None:
        """All at once, at the first equals sign, and nothing else changes."""
        path = env_file(procrun.folder)

        assert config(procrun, "set", "TIMEZONE=Mars/Olympus Mons", "NEW=a=b", "EMPTY=") == (
            0,
            "EMPTY:    \nNEW:      a=b\nTIMEZONE: Mars/Olympus Mons\n",
            "Setting TIMEZONE, NEW, EMPTY in .env... done, v2\n",
        )
        changed = ENV.replace("'UTC'", "'Mars/Olympus Mons'")
        assert path.read_text(encoding="utf-8") == f"{changed}NEW=a=b\nEMPTY=\n"

    def test_it_makes_the_file(self, procrun: Starter) -> None:
        """In the root, wherever it was called, and in Heroku's spelling as well."""
        (procrun.folder / "app").mkdir()

        procrun("config:set", "-d", "app", "A=1").finish()

        path = procrun.folder / "app" / ".env"
        assert path.read_bytes() == b"A=1\n"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_it_unsets(self, procrun: Starter) -> None:
        """What is not set is no error."""
        path = env_file(procrun.folder)

        assert config(procrun, "unset", "LANG", "NONESUCH") == (
            0,
            "",
            "Unsetting LANG, NONESUCH in .env... done, v2\n",
        )
        assert path.read_text(encoding="utf-8") == ENV.replace("export LANG=en_US.UTF-8\n", "")

    def test_to_set_the_same_is_no_release(self, procrun: Starter) -> None:
        """Which is told."""
        env_file(procrun.folder)

        errors = "Setting LANG in .env... done (nothing changed)\n"
        assert config(procrun, "set", "LANG=en_US.UTF-8") == (0, "LANG: en_US.UTF-8\n", errors)
        config(procrun, "set", "A=1")
        assert (
            config(procrun, "set", "A=1")[2] == "Setting A in .env... done, v2 (nothing changed)\n"
        )

    def test_a_value_that_looks_like_a_reference_is_text(self, procrun: Starter) -> None:
        """It comes out as it went in."""
        for value in ("${LANG}", "$LANG", "a\\", " ", "x\ny", "-h", 'it\'s "so"', "ä€"):
            config(procrun, "set", f"A={value}", "--", "B=1")
            assert config(procrun, "get", "A") == (0, f"{value}\n", "")

    def test_a_name_that_is_reserved_is_set_with_a_warning(self, procrun: Starter) -> None:
        """Heroku only asks not to."""
        status, _, errors = config(procrun, "set", "HEROKU_APP_NAME=x")

        assert status == 0
        assert "procrun: warning: HEROKU_APP_NAME is a reserved name\n" in errors
        assert config(procrun, "get", "HEROKU_APP_NAME")[1] == "x\n"

    def test_a_later_file_that_wins_is_told(self, procrun: Starter) -> None:
        """With its line."""
        (procrun.folder / "a").touch()
        (procrun.folder / "b").write_text("\nA=2\n", encoding="utf-8")

        _, _, errors = config(procrun, "set", "-e", "a,b", "A=1")

        assert "procrun: warning: b:2 sets A as well, and wins\n" in errors

    def test_many_at_once_lose_nothing(self, procrun: Starter) -> None:
        """Each has its turn, and its release."""
        names = [f"NAME_{number}" for number in range(8)]
        running = [procrun("config", "set", f"{name}=1", apart=True) for name in names]

        assert [each.finish()[0] for each in running] == [0] * 8
        found = json.loads(config(procrun, "--json")[1])
        assert found == dict.fromkeys(names, "1")
        releases = procrun("releases", "--json").finish()[1]
        assert [each["version"] for each in json.loads(releases)] == [*range(9, 0, -1)]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("set",), 1, "Usage: procrun config set KEY=VALUE"),
        (("set", "A=1", "FOO"), 1, "FOO is invalid. Must be in the format FOO=bar."),
        (("set", "A-B=1"), 1, "'A-B' is not the name of a config var"),
        (("set", "=1"), 1, "'' is not the name of a config var"),
        (("set", b"A=\xff".decode("utf-8", "surrogateescape")), 1, "A cannot be"),
        (("set", f"A={'x' * 40000}", f"B={'x' * 40000}"), 1, "Heroku takes 65,536"),
        (("unset",), 1, "Usage: procrun config unset KEY"),
        (("get",), 2, "config get needs a name"),
        (("x",), 2, "config does not take 'x'"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_and_nothing_is_changed(
    procrun: Starter, words: tuple[str, ...], status: int, message: str
) -> None:
    """Nor is there a release."""
    path = env_file(procrun.folder)
    assert MOST == 65536

    found, output, errors = config(procrun, *words)

    assert (found, output) == (status, "")
    assert message in errors
    assert path.read_text(encoding="utf-8") == ENV
    assert "has no releases." in procrun("releases").finish()[1]


def test_mistakes_in_the_file_are_told_with_their_lines(procrun: Starter) -> None:
    """To print and to change alike; the file stays as it is."""
    path = env_file(procrun.folder, "A=1\nB\n")

    for words in ((), ("get", "A"), ("set", "A=2"), ("unset", "A")):
        status, _, errors = config(procrun, *words)
        assert status == 78
        assert "procrun: .env:2: there is no `=` after the name\n" in errors
    assert path.read_text(encoding="utf-8") == "A=1\nB\n"
