"""What the tests of this folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.core.policy import Policy
from procrun.supervisor.conduct import PLAIN
from procrun.system import descendants
from tests.running import Starter
from tests.supervision import processes
from tests.supervision.stage import Stage, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from procrun.supervisor.conduct import Conduct
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


@pytest.fixture
def stages() -> Iterator[Callable[..., Stage]]:
    """Make stages, by the types that restart and that can die."""
    made: list[Stage] = []

    def make(
        restart: str = "", can_die: str = "", *, adopts: bool = True, conduct: Conduct = PLAIN
    ) -> Stage:
        policy = Policy(named(*restart), named(*can_die))
        stage = Stage(policy, adopts=adopts, conduct=conduct)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.close()


@pytest.fixture
def adopting() -> Iterator[None]:
    """Adopt orphans, as procrun does; for one test only."""
    if not descendants.adopt_orphans():
        pytest.skip("the system has no subreapers")
    yield
    descendants._prctl(descendants._PR_SET_CHILD_SUBREAPER, 0)
