"""What a child writes becomes whole lines: tried with real children and a clock of the test's."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import pytest

from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.loop import Loop
from procrun.supervisor.child import Child
from procrun.supervisor.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from procrun.core.log import Chunk

PROMPT_AFTER = 0.2
SOON = PROMPT_AFTER * 0.9
REST = PROMPT_AFTER - SOON + 0.001


class Listener:
    """A log that only listens."""

    def __init__(self) -> None:
        self.blocked = False
        self.heard: list[bytes] = []

    def publish(self, chunk: Chunk) -> None:
        """Take a chunk."""
        assert (chunk.source, chunk.dyno) == ("app", "web.1")
        self.heard.append(chunk.data)

    def flush(self) -> None:
        """Nothing was kept back."""


class Scene:
    """A child, by default one that repeats what it is told, and the intake of its words."""

    def __init__(self, command: str = "exec cat", size: tuple[int, int] | None = None) -> None:
        self.time = 0.0
        self.drained = 0
        self._closed = False
        self.log = Listener()
        self.loop = Loop(lambda: self.time)
        launch = Launch(DynoName("web", 1), command, dict(os.environ), 0, 0, signal.SIGTERM)
        self.child = Child(launch, size)
        self._mouth = os.dup(self.child.keyboard)
        self.intake = Intake(self.child, self.loop, self.log, self._note_drained)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.child.pid, 0)
        self.close_intake()
        self.loop.close()
        self.finish_talking()

    def close_intake(self) -> None:
        """As when nothing of the dyno is left."""
        if not self._closed:
            self._closed = True
            self.intake.close()

    @property
    def heard(self) -> list[bytes]:
        """What was published, in the chunks in which it was."""
        return self.log.heard

    def finish_talking(self) -> None:
        """Tell the child that nothing more comes."""
        if self._mouth >= 0:
            os.close(self._mouth)
            self._mouth = -1
            if not self.child.terminal and self.child.keyboard >= 0:
                os.close(self.child.keyboard)
                self.child.keyboard = -1

    def tell(self, text: bytes) -> None:
        """Have the child write something, and the intake read it."""
        wanted = self._taken_in() + len(text)
        os.write(self._mouth, text)
        self.serve(lambda: self._taken_in() >= wanted)

    def serve(self, until: Callable[[], bool]) -> None:
        """Turn the loop until something is so; the clock stands still meanwhile."""
        for _ in range(1000):
            if until():
                return
            self.turn(0.01)
        pytest.fail(f"nothing happened; heard so far: {self.heard!r}")

    def turn(self, patience: float = 0) -> None:
        """One turn, which waits for the child no longer than that."""
        nudge = self.loop.later(patience, lambda: None)
        self.loop.turn()
        nudge.cancel()

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and the loop notice."""
        self.time += seconds
        self.turn()

    def reap(self) -> None:
        """Wait for the child's end, and have its last words read."""
        _pid, status = os.waitpid(self.child.pid, 0)
        self.child.ended(status)
        self.intake.drain()

    def _taken_in(self) -> int:
        return len(b"".join(self.heard)) + len(self.child.lines._open)

    def _note_drained(self) -> None:
        self.drained += 1


def test_whole_lines_are_published_at_once() -> None:
    """The rest waits for its end."""
    with Scene() as scene:
        scene.tell(b"one\ntwo\nthr")
        assert scene.heard == [b"one\ntwo\n"]
        scene.tell(b"ee\n")
        assert scene.heard == [b"one\ntwo\n", b"three\n"]


def test_a_line_whose_rest_has_come_is_not_torn() -> None:
    """Also where the loop was late, so that it finds both at once: the rest, and time over."""
    with Scene() as scene:
        scene.tell(b"one\nli")
        os.write(scene._mouth, b"ne\n")
        assert select.select([scene.child.descriptor], [], [], 10)[0]
        scene.time += PROMPT_AFTER * 2
        scene.intake._show_prompt()

        assert scene.heard == [b"one\n", b"line\n"]


def test_a_line_of_which_more_has_come_is_still_shown() -> None:
    """Later, if that is all."""
    with Scene() as scene:
        scene.tell(b"pass")
        os.write(scene._mouth, b"word: ")
        assert select.select([scene.child.descriptor], [], [], 10)[0]
        scene.time += PROMPT_AFTER * 2
        scene.intake._show_prompt()
        assert scene.heard == []
        scene.pass_time(PROMPT_AFTER + 0.001)

        assert scene.heard == [b"password: "]


def test_carriage_returns_on_a_pipe_are_left_alone() -> None:
    """Somebody wanted them there."""
    with Scene() as scene:
        scene.tell(b"one\r\ntwo\r\n")
        assert scene.heard == [b"one\r\ntwo\r\n"]


def test_a_wake_up_for_nothing_is_not_the_end() -> None:
    """There was something to read, and somebody else has read it."""
    with Scene() as scene:
        scene.intake._readable()
        scene.tell(b"one\n")
        assert scene.heard == [b"one\n"]


def test_a_prompt_is_shown() -> None:
    """When it has stood there for 0.2 s; what follows of it follows."""
    with Scene() as scene:
        scene.tell(b"name? ")
        scene.pass_time(SOON)
        assert scene.heard == []
        scene.pass_time(REST)
        assert scene.heard == [b"name? "]
        scene.tell(b"me\n")
        assert scene.heard == [b"name? ", b"me\n"]


def test_dots_are_shown_as_they_come() -> None:
    """The time counts from the first of them, not from the last."""
    with Scene() as scene:
        for _ in range(4):
            scene.tell(b".")
            scene.pass_time(PROMPT_AFTER / 3)
        assert scene.heard == [b"..."]
        scene.pass_time(PROMPT_AFTER)
        assert scene.heard == [b"...", b"."]


def test_each_open_line_has_a_time_of_its_own() -> None:
    """Somebody who is always in the middle of a line is not torn because of that."""
    with Scene() as scene:
        scene.tell(b"on")
        for _ in range(5):
            scene.pass_time(SOON)
            scene.tell(b"e\non")
        assert scene.heard == [b"one\n"] * 5
        scene.pass_time(SOON)
        assert len(scene.heard) == 5
        scene.pass_time(REST)
        assert scene.heard == [b"one\n"] * 5 + [b"on"]


def test_a_line_that_ends_in_time_is_not_shown_before() -> None:
    """Nor is the next one for its sake."""
    with Scene() as scene:
        scene.tell(b"on")
        scene.pass_time(SOON)
        scene.tell(b"e\n")
        scene.pass_time(SOON)
        scene.tell(b"tw")
        scene.pass_time(SOON)
        assert scene.heard == [b"one\n"]


def test_no_line_is_torn_while_the_log_is_held_up() -> None:
    """Its end may wait in the pipe; the time counts anew from when reading goes on."""
    with Scene() as scene:
        scene.tell(b"on")
        scene.log.blocked = scene.loop.paused = True
        os.write(scene._mouth, b"e\ntw")
        for _ in range(3):
            scene.pass_time(PROMPT_AFTER)
        assert scene.heard == []
        assert scene.loop._until_next_timer() is None  # nothing polls meanwhile

        scene.log.blocked = scene.loop.paused = False
        scene.intake.resume()
        scene.serve(lambda: bool(scene.heard))
        assert scene.heard == [b"one\n"]
        scene.pass_time(SOON)
        assert scene.heard == [b"one\n"]
        scene.pass_time(REST)
        assert scene.heard == [b"one\n", b"tw"]


def test_a_prompt_that_was_there_before_the_log_was_held_up_is_shown_later() -> None:
    """Nobody answers a question that nobody saw."""
    with Scene() as scene:
        scene.tell(b"name? ")
        scene.log.blocked = scene.loop.paused = True
        scene.pass_time(10)
        scene.log.blocked = scene.loop.paused = False
        scene.intake.resume()
        scene.pass_time(PROMPT_AFTER)
        assert scene.heard == [b"name? "]


def test_an_unfinished_last_line_gets_a_newline() -> None:
    """Shown or not; then the end is told, once."""
    for passed in (0.0, PROMPT_AFTER):
        with Scene() as scene:
            scene.tell(b"one\nlast words")
            scene.pass_time(passed)
            scene.finish_talking()
            scene.reap()
            assert b"".join(scene.heard) == b"one\nlast words\n"
            assert scene.drained == 1
        assert b"".join(scene.heard) == b"one\nlast words\n"


def test_a_child_that_says_nothing_ends_without_a_line() -> None:
    """Not even an empty one."""
    with Scene() as scene:
        scene.finish_talking()
        scene.reap()
        assert scene.heard == []
        assert scene.drained == 1


def test_a_child_that_closes_its_output_and_lives_on() -> None:
    """What it said is shown, and its end is told when it comes."""
    with Scene("printf 'last words'; exec >&- 2>&-; exec cat") as scene:
        scene.serve(lambda: bool(scene.heard))
        assert b"".join(scene.heard) == b"last words\n"
        assert scene.drained == 0
        assert scene.child.descriptor not in scene.loop._all.get_map()  # it is always readable
        scene.finish_talking()
        scene.reap()
        assert scene.drained == 1


def test_all_of_the_last_words_come_before_the_end() -> None:
    """More of them than one read takes."""
    with Scene("seq 30000") as scene:
        scene.serve(lambda: bool(scene.heard))
        scene.reap()
        assert scene.drained == 1
        assert b"".join(scene.heard).endswith(b"\n29999\n30000\n")


def test_a_grandchild_that_keeps_the_pipe_does_not_delay_the_end() -> None:
    """It may go on to write, and that is published, too."""
    with Scene("exec 3<&0; printf 'last words'; (read line <&3; echo $line) & exit") as scene:
        scene.reap()
        assert scene.drained == 1
        scene.tell(b"goodbye\n")
        assert b"".join(scene.heard) == b"last words\ngoodbye\n"


def test_a_grandchild_may_have_the_last_word() -> None:
    """What it wrote comes out when nothing of the dyno is left, with an end to its line."""
    with Scene("exec 3<&0; (read line <&3; printf %s $line) & exit") as scene:
        scene.reap()
        os.write(scene._mouth, b"goodbye\n")
        select.select([scene.child.descriptor], [], [], 10)
        assert scene.heard == []
        scene.close_intake()
        assert b"".join(scene.heard) == b"goodbye\n"
        assert scene.child.descriptor < 0


@pytest.mark.timeout(30)
def test_a_grandchild_that_writes_for_ever_does_not_delay_the_end_for_ever() -> None:
    """Its words are as good as the child's, but not endlessly so."""
    with Scene("yes & exit") as scene:
        scene.serve(lambda: bool(scene.heard))
        scene.reap()
        assert scene.drained == 1
        assert set(b"".join(scene.heard).split()) == {b"y"}


def test_the_end_waits_for_a_log_that_is_held_up() -> None:
    """Last words come before it, however slow the reader is."""
    with Scene() as scene:
        scene.log.blocked = scene.loop.paused = True
        os.write(scene._mouth, b"last words\n")
        scene.finish_talking()
        scene.reap()
        scene.turn()
        assert (scene.heard, scene.drained) == ([], 0)
        scene.log.blocked = scene.loop.paused = False
        scene.intake.resume()
        assert (scene.heard, scene.drained) == ([b"last words\n"], 1)


def test_a_terminal_writes_lines_as_a_pipe_does() -> None:
    """Its carriage returns before newlines are no part of them; others are."""
    with Scene("stty -echo; printf '10%%\\r20%%\\n\\nname? '; exec cat", (24, 80)) as scene:
        scene.serve(lambda: scene.child.lines.open)
        assert b"".join(scene.heard) == b"10%\r20%\n\n"
        scene.pass_time(PROMPT_AFTER)
        assert b"".join(scene.heard) == b"10%\r20%\n\nname? "


@pytest.mark.parametrize("ended_by", ["time", "the grandchild"])
def test_a_grandchild_that_keeps_the_terminal_does_not_delay_the_end(
    tmp_path: Path, ended_by: str
) -> None:
    """But for the moment that the last words may take."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    grandchild = f"trap '' HUP; (echo last words; read line < '{gate}') & exit"
    with Scene(grandchild, (24, 80)) as scene:
        scene.serve(lambda: bool(scene.heard))
        scene.reap()
        assert scene.drained == 0
        if ended_by == "time":
            scene.pass_time(0.05)
        else:
            gate.write_text("go\n")
            scene.serve(lambda: scene.drained == 1)
        assert scene.drained == 1
        assert scene.heard == [b"last words\n"]


def test_the_last_words_on_a_terminal_get_a_moment() -> None:
    """The kernel passes them on a little later than they were written."""
    with Scene("stty -opost; seq 2000; printf end", (24, 80)) as scene:
        scene.reap()
        while not scene.drained:
            scene.turn(0.01)
            scene.time += 0.01
        assert b"".join(scene.heard).endswith(b"1999\n2000\nend\n")


@pytest.mark.parametrize("size", [None, (24, 80)], ids=["pipe", "terminal"])
def test_who_has_nothing_to_say_ends_while_the_log_is_held_up(size: tuple[int, int] | None) -> None:
    """There is nothing that could be lost, or come in the wrong order."""
    with Scene("exit 0", size) as scene:
        scene.log.blocked = scene.loop.paused = True
        scene.reap()
        if size:
            scene.pass_time(1)

        assert scene.drained == 1
