"""What is seen of running dyno's processes, with real ones and the clock of the test."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.advice.running import Onlooker
from procrun.core.launch import Launch
from procrun.core.log import PROCRUN
from procrun.core.names import DynoName
from procrun.core.policy import Policy
from procrun.core.readiness import LAUNCHED, usual
from procrun.core.restart import cool_off_as_heroku
from procrun.core.wording_heroku import AsHeroku
from procrun.supervisor.conduct import Conduct
from procrun.system.listeners import free
from tests.supervision.processes import LINUX_ONLY
from tests.supervision.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITES = "exec 3>{0}/app.log 4>{0}/shop.db 5<{0} 6>{0}/tmp.pid; echo ready; exec sleep 60"
PORT = "listens on {}, PORT is {}. Bind to $PORT in the Procfile."
ALONE = "listens on 127.0.0.1 alone, where Heroku's router does not reach it. Bind 0.0.0.0:$PORT."


class Watched(Stage):
    """A stage with somebody who looks on."""

    def __init__(self, root: str, said: tuple[str, ...] = ()) -> None:
        conduct = Conduct(AsHeroku(1.0), cool_off_as_heroku)
        super().__init__(Policy(lambda _name: False, lambda _name: True), conduct=conduct)
        Onlooker(self.supervisor, self.loop, root, said)

    def begin(self, name: DynoName, command: str, port: int = 1) -> None:
        """Start a dyno."""
        variables = {**os.environ, "PORT": str(port)}
        ready = usual("web") if name.type == "web" else LAUNCHED
        launch = Launch(name, command, variables, port, 10.0, signal.SIGTERM, ready)
        self.launch(launch)

    @property
    def warnings(self) -> list[str]:
        """What was warned of, in procrun's own name: Heroku says nothing of the kind."""
        assert not [line for line in self.log.about("web.1") if "warning" in line]
        return [line for line in self.log.about(PROCRUN) if line.startswith("warning: ")]

    def until_up(self, name: str) -> None:
        """Serve until a dyno is up, and let pass what time that takes."""

        def is_up() -> bool:
            self.pass_time(0.01)
            return "State changed from starting to up" in self.log.about(name)

        self.turn_until(is_up)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Make stages whose root is the folder of the test."""
    made: list[Watched] = []

    def make(*said: str) -> Watched:
        made.append(Watched(os.path.realpath(tmp_path), said))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


@pytest.fixture
def serve(probe: Callable[[str], Path]) -> Callable[..., str]:
    """Make the command of a server on an address, and on PORT or another port."""

    def command(address: str, port: str = "$PORT") -> str:
        return f"exec {sys.executable} {probe('server')} {address} {port} bound"

    return command


@LINUX_ONLY
def test_files_that_are_lost_are_told_once_for_a_type(
    watched: Callable[..., Watched], tmp_path: Path
) -> None:
    """After a while, of the first of its dynos; what is only read or passing is left out."""
    stage = watched()
    for number in (1, 2):
        stage.begin(DynoName("worker", number), WRITES.format(tmp_path))
    stage.wait_for("ready", 2)
    assert stage.warnings == []

    stage.pass_time(5.1)

    assert sorted(stage.warnings) == [
        (
            "warning: worker.1 has its database in 'shop.db', which a dyno loses when it restarts."
            " On Heroku take a database add-on (DATABASE_URL)."
        ),
        (
            "warning: worker.1 writes a log to 'app.log'."
            " Heroku's log is what processes write to standard output: leave the file out."
        ),
    ]


@LINUX_ONLY
def test_what_was_said_before_the_start_is_not_said_again(
    watched: Callable[..., Watched], tmp_path: Path
) -> None:
    """The Procfile had told of the file."""
    stage = watched("warning: Procfile:1: worker: writes a log to 'app.log'. Leave it out.")
    stage.begin(DynoName("worker", 1), f"exec 3>{tmp_path}/app.log; echo ready; exec sleep 60")
    stage.wait_for("ready")

    stage.pass_time(5.1)

    assert stage.warnings == []


def test_a_loopback_address_is_told_when_it_is_up(
    watched: Callable[..., Watched], serve: Callable[..., str]
) -> None:
    """At once, and once; one that listens on all is well."""
    stage = watched()
    for number, address in enumerate(("0.0.0.0", "127.0.0.1", "127.0.0.1"), start=1):
        stage.begin(DynoName("web", number), serve(address), free(1)[0])
        stage.until_up(f"web.{number}")
        stage.pass_time(0.01)

    assert stage.warnings == [f"warning: web.2 {ALONE}"]


def test_another_port_is_told_after_a_while(
    watched: Callable[..., Watched], serve: Callable[..., str]
) -> None:
    """It may still be on its way before; a worker may listen where it likes."""
    stage = watched()
    port, other, third = free(3)
    stage.begin(DynoName("web", 1), serve("127.0.0.1", str(other)), port)
    stage.begin(DynoName("worker", 1), serve("127.0.0.1", str(third)))
    stage.turn_until(lambda: sum(line.startswith("bound") for line in stage.log.lines) == 2)
    assert stage.warnings == []

    stage.pass_time(5.1)
    stage.pass_time(15)

    assert stage.warnings == [f"warning: web.1 {PORT.format(other, port)}"]


def test_nothing_is_said_of_who_listens_nowhere_yet(watched: Callable[..., Watched]) -> None:
    """It may be slow; after a minute Heroku says so itself."""
    stage = watched()
    stage.begin(DynoName("web", 1), "echo ready; exec sleep 60", free(1)[0])
    stage.wait_for("ready")

    stage.pass_time(5.1)
    stage.pass_time(15)

    assert stage.warnings == []
