"""`procrun ps --watch`; what a single look shows is in tests/test_control_running_app.py."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.supervision import processes

if TYPE_CHECKING:
    from tests.running import Running, Starter, TerminalStarter

BUSY = "while :; do :; done"
PROCFILE = f"web: {BUSY}\nworker: echo a long command; exec sleep 60\nclock: exec sleep 60\n"
FRAME = re.compile(r"\x1b\[H(.*?)\x1b\[J", re.DOTALL)  # from home to what is cleared below


@pytest.fixture
def app(procrun: Starter) -> Running:
    """Start an app of three."""
    procrun.variables.update(processes.FREE_PORTS)
    running = procrun("start", procfile=PROCFILE)
    running.wait_for("clock.1 started")
    return running


def frames(terminal: Running, number: int) -> list[list[str]]:
    """The lines of each of the first redraws."""
    terminal.wait_for("\x1b[J", times=number, open_line=True)
    return [each.split("\x1b[K\n")[:-1] for each in FRAME.findall(terminal.output)[:number]]


@pytest.mark.usefixtures("app")
class TestWatch:
    """The table, again every second."""

    def test_on_a_terminal_it_is_redrawn_in_its_place(self, terminal: TerminalStarter) -> None:
        """Cut to the width; Ctrl-C leaves on a clean line."""
        window = terminal("ps", "--watch", size=(24, 60))
        shown = frames(window, 2)
        window.send("\x03")
        status, output = window.finish()

        assert status == 130
        assert output.endswith("^C\r\x1b[K")
        for lines in shown:
            assert [line.split()[0] for line in lines] == ["NAME", "web.1", "worker.1", "clock.1"]
            assert max(map(len, lines)) <= 60
        assert shown[0] != shown[1]

    def test_what_has_no_room_is_counted(self, terminal: TerminalStarter) -> None:
        """One line stays free for the cursor."""
        window = terminal("ps", "--watch", size=(4, 80))
        (lines,) = frames(window, 1)
        window.send("\x03")
        window.finish()

        assert [line.split()[0] for line in lines] == ["NAME", "web.1", "…"]
        assert lines[-1] == "… and 2 more"

    def test_a_terminal_that_does_not_say_its_size_has_a_usual_one(
        self, terminal: TerminalStarter
    ) -> None:
        """A serial console, or a container's terminal in its first moment."""
        window = terminal("ps", "--watch", size=(0, 0))
        (lines,) = frames(window, 1)
        window.send("\x03")
        window.finish()

        assert [line.split()[0] for line in lines] == ["NAME", "web.1", "worker.1", "clock.1"]

    def test_for_programs_it_is_an_array_to_a_line(self, procrun: Starter) -> None:
        """CPU is that of the time since the line before."""
        running = procrun("ps", "--watch", "--json")
        second = json.loads(running.wait_for("[", times=2))

        assert [row["name"] for row in second] == ["web.1", "worker.1", "clock.1"]
        assert second[0]["cpu_percent"] > 0
        assert second[2]["cpu_percent"] == 0

    def test_it_ends_with_the_app(self, procrun: Starter) -> None:
        """With a word, and as a failure; on a pipe the tables stand below each other."""
        running = procrun("ps", "--watch")
        running.wait_for("NAME", times=2)
        procrun("stop").finish()
        status, output = running.finish()

        assert status == 1
        assert output.endswith(
            "\n\nprocrun: the app has ended\n  `procrun logs` shows its last words.\n"
        )
