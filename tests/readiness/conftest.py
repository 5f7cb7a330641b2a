"""An app whose processes wait for a word from the test before they are ready."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
