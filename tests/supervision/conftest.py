"""What the tests of this folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.running import Starter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import TerminalStarter


@pytest.fixture
def procrun(procrun: Starter) -> Starter:
    """Start procrun on ports that nobody else has: some tests run beside others."""
    procrun.variables = processes.FREE_PORTS
    return procrun


@pytest.fixture
def terminal(terminal: TerminalStarter) -> TerminalStarter:
    """Do so on a terminal."""
    terminal.variables = processes.FREE_PORTS
    return terminal


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Starter]:
    """Start a shell that starts procrun."""
    with Starter(["bash", "-c"], tmp_path) as start:
        start.variables = processes.FREE_PORTS
        yield start
