"""The tools of the table: where each one is found and how it is started."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from procrun.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROCFILE = "Procfile"


class Tool(Value):
    """Something that turns the output of several commands into one log."""

    name: str

    def start(self, folder: Path, commands: Mapping[str, str]) -> list[str]:
        """The words that start `commands` (by process type) from `folder`."""
        raise NotImplementedError

    def version(self) -> str:
        """What the tool says it is, in a few characters; empty if it has no word on it."""
        return ""


class Runner(Tool):
    """A Procfile runner: `procfile` is its option for the file, `options` stand before `start`."""

    path: str
    options: tuple[str, ...] = ()
    procfile: str = "-f"

    def start(self, folder: Path, commands: Mapping[str, str]) -> list[str]:
        """Writes the Procfile into `folder`; the tool must be started there."""
        lines = [f"{name}: {command}\n" for name, command in commands.items()]
        (folder / PROCFILE).write_text("".join(lines))
        return [self.path, *self.options, "start", self.procfile, PROCFILE]

    def run(self, *words: str) -> list[str]:
        """The words that run a one-off command."""
        return [self.path, "run", *words]

    def version(self) -> str:
        """The version number that `--version` tells."""
        words = [self.path, "--version"]
        told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        number = re.search(r"\d[\w.]*", told)
        return number[0] if number else "of unknown version"


class Filter(Tool):
    """A limit, not a runner: all producers on one pipe through a single program."""

    command: str

    def start(self, folder: Path, commands: Mapping[str, str]) -> list[str]:
        """A shell's pipeline; nothing is written to `folder`."""
        del folder
        producers = " & ".join(commands.values())
        return ["sh", "-c", f"{{ {producers} & wait; }} | {self.command}"]


class Python(Tool):
    """The interpreter that runs procrun: the floor of every start-up."""

    path: str

    def run(self, *_words: str) -> list[str]:
        """The least that Python can do."""
        return [self.path, "-c", "pass"]


def beside_python(name: str) -> str:
    """The script `name` of this environment, else the one on PATH; empty where there is none."""
    own = Path(sys.executable).parent / name
    return str(own) if os.access(own, os.X_OK) else shutil.which(name) or ""


def interpreted_by(path: str, interpreter: bytes) -> bool:
    """Whether the first line of the script at `path` names `interpreter`."""
    with Path(path).open("rb") as script:
        return interpreter in script.readline()


def ruby_foreman() -> str:
    """foreman, or the program that FOREMAN names; npm's package of the same name is not it."""
    found = [os.environ.get("FOREMAN", ""), shutil.which("foreman") or "", "/usr/bin/foreman"]
    return next((p for p in found if Path(p).is_file() and interpreted_by(p, b"ruby")), "")


def node_foreman() -> str:
    """`nf` of npm's foreman, or the program that NF names."""
    found = [os.environ.get("NF", ""), shutil.which("nf") or "", shutil.which("foreman") or ""]
    return next((p for p in found if Path(p).is_file() and interpreted_by(p, b"node")), "")


def installed() -> tuple[list[Tool], list[str]]:
    """The tools that are here, in the order of the table, and a word on each that is not."""
    candidates = (
        (
            Runner("procrun", beside_python("procrun"), ("--color", "always")),
            "pip install -e . in this environment",
        ),
        (Runner("honcho", beside_python("honcho")), "pip install honcho"),
        (Runner("foreman", ruby_foreman()), "apt-get install ruby-foreman, or set FOREMAN"),
        (
            Runner("node-foreman", node_foreman(), (), "-j"),
            "npm install --prefix DIR foreman, and NF=DIR/node_modules/.bin/nf",
        ),
    )
    here: list[Tool] = [runner for runner, _ in candidates if runner.path]
    skipped = [
        f"{runner.name} is skipped: {remedy}" for runner, remedy in candidates if not runner.path
    ]
    limits = (
        Filter("sed", "LC_ALL=C sed 's/^/web.1 | /'"),
        Filter("cat", "cat"),
        Python("python", sys.executable),
    )
    return [*here, *limits], skipped


def runners(tools: Iterable[Tool]) -> list[Runner]:
    """Those of `tools` that run a Procfile."""
    return [tool for tool in tools if isinstance(tool, Runner)]
