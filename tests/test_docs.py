"""What the README and the pages of docs/ promise is there, and what is there is in them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from procrun.cli import words
from procrun.cli.commands import command_named
from procrun.cli.parser import options_of
from procrun.cli.table import COMMANDS
from procrun.core.inherited import ALWAYS
from procrun.settings import KEYS

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (TOP / "docs").glob("*.md")}
EVERYTHING = "\n".join([README, *PAGES.values()])


def typed_commands(text: str) -> set[str]:
    """Every `procrun …` that a page tells people to type."""
    found = re.findall(r"`(procrun [a-z][^`]*)`", text.replace("\\|", "|"))
    return {command for command in found if command.split()[1] not in {"start.", "COMMAND"}}


@pytest.mark.parametrize("command", sorted(typed_commands(EVERYTHING)))
def test_a_command_in_the_docs_can_be_typed(command: str) -> None:
    """Its command exists, and has the options that it is given."""
    _procrun, *typed = shlex.split(command)
    line = words.split(typed[: typed.index("|")] if "|" in typed else typed)
    known = options_of(command_named(line.command))
    own = line.rest[: line.rest.index("--")] if "--" in line.rest else line.rest
    given = [word.partition("=")[0] for word in own if word.startswith("-")]
    if line.command == "run":
        given = []  # the rest is another program's

    assert [option for option in given if option not in known] == []


def test_the_table_of_settings_is_the_one_that_procrun_reads() -> None:
    """If this fails: `python docs/settings.py`, and put what it prints into docs/settings.md."""
    made = subprocess.run(
        [sys.executable, TOP / "docs" / "settings.py"], capture_output=True, text=True, check=True
    )

    assert made.stdout.strip() in PAGES["settings.md"]


def test_every_setting_and_every_command_is_in_the_docs() -> None:
    """Nothing has to be found out from the source."""
    names = [*KEYS, *(f"procrun {command.name}" for command in COMMANDS)]

    assert [name for name in names if name not in EVERYTHING] == []


def test_the_variables_that_apps_in_tests_inherit_are_those_of_the_docs() -> None:
    """One page names them all, and no other; the names of proxies stand for those in capitals."""
    section = PAGES["testing.md"].partition("\n## The environment\n")[2]
    first = section[section.index("\n1. ") : section.index("\n2. ")]
    named = set(re.findall(r"`([A-Za-z_*]+)`", first))
    proxies = {name.upper() for name in named if name.endswith("_proxy")}

    assert named | proxies == set(ALWAYS)


def test_every_page_that_is_linked_exists_and_every_page_is_linked() -> None:
    """From the README on."""
    linked = set(re.findall(r"\(docs/([a-z-]+\.md)\)", README))

    assert linked == set(PAGES)


def test_the_readme_sets_everything_up_with_two_commands() -> None:
    """One runs the sample, one the tests; CI runs the same tests."""
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    tests = re.search(r"python -m pytest.*", commands[1])

    assert len(commands) == 2
    assert "procrun start -f Procfile.sample" in commands[0]
    assert tests
    assert tests[0] in (TOP / ".ci" / "run").read_text(encoding="utf-8").replace(
        '$bin/python"', "python"
    )
