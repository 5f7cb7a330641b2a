"""An app whose processes wait for a word from the test before they are ready."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from procrun.testing.setup import Setup
from procrun.testing.starting import begin
from tests import leaks
from tests.apps import STAY, Example
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.testing import RunningApp
    from tests.running import Starter


@pytest.fixture(autouse=True)
def _free_ports(procrun: Starter) -> None:
    """Let nobody else's port be in the way."""
    procrun.variables.update(processes.FREE_PORTS)


@pytest.fixture
def gate(tmp_path: Path) -> Callable[[str], Callable[[], None]]:
    """Make a gate that `read < NAME` waits at; what is returned opens it."""

    def make(name: str) -> Callable[[], None]:
        path = tmp_path / name
        os.mkfifo(path)

        def open_it() -> None:
            path.write_bytes(b"go\n")

        return open_it

    return make


@pytest.fixture
def states(procrun: Starter) -> Callable[[], dict[str, tuple[str, str]]]:
    """Ask for the state of each dyno, with what `ps` says of it besides."""

    def ask() -> dict[str, tuple[str, str]]:
        status, output = procrun("ps", "--json").finish()
        assert status == 0, output
        return {row["name"]: (row["state"], row["why"]) for row in json.loads(output)}

    return ask


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """Give the test's folder with a `server.py`."""
    return Example(tmp_path)


@pytest.fixture
def owned(example: Example) -> Iterator[Callable[..., RunningApp]]:
    """Begin an app as a test suite does, without waiting for it."""
    with ExitStack() as ends:

        def begin_app(web: str, **env: str) -> RunningApp:
            example.procfile(web=web, worker=STAY)
            variables = {**env, leaks.MARK: processes.mark()}
            types = ("web", "worker")
            app = begin(Setup(str(example.root), types, env=tuple(sorted(variables.items()))))
            ends.callback(app.stop)
            return app

        yield begin_app
