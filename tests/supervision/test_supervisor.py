"""The supervisor with real processes and the clock of the test."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.core.launch import Launch
from procrun.core.lifecycle import Event, State
from procrun.core.log import APP, PLATFORM
from procrun.core.names import DynoName
from tests import leaks
from tests.supervision.stage import GRACE, STAY, STUBBORN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.supervision.stage import Stage


def test_each_crash_in_a_row_rests_longer(stages: Callable[..., Stage]) -> None:
    """1 s, 2 s and so on to a minute; not a moment less, and no more than one at a time."""
    stage = stages(restart="a")
    stage.start(STAY)
    for crashes, seconds in enumerate((1, 2, 4, 8, 16, 32, 60, 60), 1):
        stage.crash("a.1")

        words = "1 min" if seconds == 60 else f"{seconds} s"
        assert stage.log.lines[-1] == f"a.1 starts again in {words}"
        stage.pass_time(seconds - 0.01)
        assert stage.starts("a.1") == crashes
        stage.pass_time(0.02)
        assert stage.starts("a.1") == crashes + 1


def test_a_minute_of_health_makes_earlier_crashes_forgotten(stages: Callable[..., Stage]) -> None:
    """A minute, and not less."""
    stage = stages(restart="a")
    stage.start(STAY)
    for uptime, words in ((0, "1 s"), (0, "2 s"), (59.9, "4 s"), (60.1, "1 s"), (0, "2 s")):
        stage.pass_time(uptime)
        stage.crash("a.1")

        assert stage.log.lines[-1] == f"a.1 starts again in {words}"
        stage.pass_time(5)


def test_a_stop_does_not_wait_for_what_rests(stages: Callable[..., Stage]) -> None:
    """Nothing runs, so nothing is to be waited for; and it is not started any more."""
    stage = stages(restart="a")
    stage.start(STAY)
    stage.crash("a.1")
    stage.supervisor.stop()

    assert stage.finished
    stage.pass_time(100)
    assert stage.starts("a.1") == 1


def test_what_ends_while_all_is_stopped_is_not_started_again(stages: Callable[..., Stage]) -> None:
    """However it ends."""
    stage = stages(restart="ab")
    stage.start("echo ready; exec sleep 60", STUBBORN)
    stage.wait_for("ready", times=2)
    stage.supervisor.stop()
    stage.see_end("a.1")
    stage.pass_time(1.5)
    assert not stage.finished
    stage.crash("b.1")

    assert stage.finished
    stage.pass_time(100)
    assert (stage.starts("a.1"), stage.starts("b.1")) == (1, 1)
    assert stage.ended == []


def test_a_command_that_cannot_be_started_rests_as_well(stages: Callable[..., Stage]) -> None:
    """The system may be able to later."""
    stage = stages(restart="a")
    stage.start("true", LARGE="x" * 200_000)

    for words in ("1 s", "2 s", "4 s"):
        what = ["a.1 could not be started: Argument list too long", f"a.1 starts again in {words}"]
        assert stage.log.lines[-2:] == what
        stage.pass_time(5)


def test_the_grace_is_over_when_it_is(stages: Callable[..., Stage]) -> None:
    """Not a moment before; procrun says after a second for whom it waits."""
    stage = stages()
    stage.start(STUBBORN, STAY)
    stage.wait_for("ready", times=2)
    stage.supervisor.stop()
    stage.see_end("b.1")
    stage.pass_time(0.9)
    assert stage.log.lines[-1] == "b.1 stopped"
    stage.pass_time(0.2)
    waiting = rf"waiting for a.1 \(pid {stage.pid('a.1')}, 8\.9 s left\); Ctrl-C kills at once"
    assert re.fullmatch(waiting, stage.log.lines[-1])
    stage.pass_time(GRACE - 1.2)
    assert not leaks.exits(stage.pid("a.1"), 0)
    stage.pass_time(0.2)
    assert stage.log.lines[-1] == "a.1 did not end within 10 s: killing it"
    stage.see_end("a.1")

    assert stage.log.lines[-1] == "a.1 stopped, killed by SIGKILL"
    assert stage.finished


def test_impatience_does_not_wait_for_the_grace(stages: Callable[..., Stage]) -> None:
    """All are killed at once."""
    stage = stages()
    stage.start(STUBBORN, STUBBORN)
    stage.wait_for("ready", times=2)
    stage.supervisor.stop()
    stage.supervisor.kill()
    for name in ("a.1", "b.1"):
        stage.see_end(name)

    assert stage.finished
    assert stage.log.lines[-2:] == [
        "a.1 stopped, killed by SIGKILL",
        "b.1 stopped, killed by SIGKILL",
    ]


@pytest.mark.usefixtures("adopting")
def test_the_grace_of_one_process_is_not_that_of_the_next(stages: Callable[..., Stage]) -> None:
    """What a crash left in its group gets the grace; its successor is not killed by it."""
    stage = stages(restart="a", adopts=False)
    stage.start("sleep 60 & echo ready; wait")
    stage.wait_for("ready")
    stage.crash("a.1")
    stage.see_group_end("a.1")
    stage.pass_time(1.5)
    assert stage.starts("a.1") == 2
    stage.pass_time(GRACE * 2)

    assert not leaks.exits(stage.pid("a.1"), 0)
    assert not any("killing it" in line for line in stage.log.lines)


@pytest.mark.usefixtures("adopting")
def test_the_grace_of_one_is_not_that_of_another(stages: Callable[..., Stage]) -> None:
    """Whatever timers the other had before."""
    stage = stages(restart="abc", adopts=False)
    stage.start(STAY, f"({STUBBORN}) & wait")
    stage.wait_for("ready", times=2)
    stage.crash("a.1")
    stage.pass_time(1.5)
    stage.wait_for("ready", times=3)
    stage.crash("b.1")
    stage.pass_time(GRACE + 0.1)
    assert "b.1 did not end within 10 s: killing it" in stage.log.lines
    stage.see_group_end("b.1")

    assert stage.log.lines[-1] == "b.1 starts again in 1 s"
    assert not leaks.exits(stage.pid("a.1"), 0)
    assert not any("a.1 did not end" in line for line in stage.log.lines)


@pytest.mark.usefixtures("adopting")
def test_a_restart_waits_until_all_of_the_group_has_ended(stages: Callable[..., Stage]) -> None:
    """Two of one dyno at a time would fight for its port."""
    stage = stages(restart="a", adopts=False)
    stage.start(f"({STUBBORN}) & wait")
    stage.wait_for("ready")
    stage.crash("a.1")
    stage.pass_time(GRACE - 0.1)
    assert not any("starts again" in line for line in stage.log.lines)
    stage.pass_time(0.2)
    assert "a.1 did not end within 10 s: killing it" in stage.log.lines
    stage.see_group_end("a.1")
    assert stage.log.lines[-1] == "a.1 starts again in 1 s"


def test_the_end_of_one_is_told_to_the_app_once(stages: Callable[..., Stage]) -> None:
    """With its code and words; what ends after that is not the culprit."""
    stage = stages()
    stage.start("exit 3", "exit 4")
    stage.see_end("a.1")
    stage.see_end("b.1")

    ((name, code, text),) = stage.ended
    assert (name, code) in (("a.1", 3), ("b.1", 4))
    assert re.fullmatch(r"exited with status \d after 0 ms", text)
    assert stage.finished


def test_when_all_that_can_die_have_the_app_has_finished(stages: Callable[..., Stage]) -> None:
    """And not before the last."""
    stage = stages(can_die="ab")
    stage.start("exit 3", STAY)
    stage.see_end("a.1")
    assert not stage.finished
    stage.crash("b.1")

    assert stage.finished
    assert stage.ended == []


def test_an_end_is_told_when_the_log_takes_it(stages: Callable[..., Stage]) -> None:
    """The last words wait for a slow reader, and the end waits for them."""
    stage = stages(can_die="a")
    stage.log.blocked = True
    stage.start("echo last words; exit 3")
    stage.see_end("a.1")
    assert len(stage.log.lines) == 1
    stage.log.blocked = False
    stage.supervisor.resume()

    assert stage.log.of(APP) == ["last words"]
    assert stage.log.lines[1:] == ["last words", "a.1 exited with status 3 after 0 ms"]
    assert stage.finished


def test_a_stop_is_one_stop(stages: Callable[..., Stage], probe: Callable[[str], Path]) -> None:
    """Asked twice, nobody is asked twice, and the grace does not begin anew."""
    stage = stages()
    stage.start(f"{sys.executable} {probe('anchor')}")
    stage.wait_for("the anchor holds")
    stage.supervisor.stop()
    stage.wait_for("no SIGTERM, thanks")
    stage.pass_time(GRACE - 0.1)
    stage.supervisor.stop()
    stage.pass_time(0.2)
    stage.see_end("a.1")

    assert stage.log.lines.count("no SIGTERM, thanks") == 1
    assert stage.finished


TELLS = "trap 'echo asked; exit' TERM; echo ready; while :; do sleep 0.01; done"


@pytest.mark.parametrize("how", ["relieved", "time", "app"])
def test_a_dyno_with_requests_is_asked_to_end_a_little_later(
    stages: Callable[..., Stage], how: str
) -> None:
    """Once it has none, or has had a moment for them; at once if the whole app ends."""
    stage = stages()
    stage.supervisor.relieve_with(lambda _slot: True)
    stage.start(TELLS)
    stage.wait_for("ready")
    (slot,) = stage.supervisor.slots
    stage.supervisor.command([slot], Event.STOP)
    stage.pass_time(0.4)
    stage.supervisor.reap()
    assert (slot.dyno.state, slot.runs) == (State.STOPPING, True)
    assert "asked" not in stage.log.lines

    if how == "relieved":
        stage.supervisor.relieved(slot)
        stage.supervisor.relieved(slot)
    elif how == "time":
        stage.pass_time(0.2)
    else:
        stage.supervisor.stop()
    stage.wait_for("asked")
    stage.see_end("a.1")
    assert slot.dyno.state is State.DOWN
    assert stage.log.of(PLATFORM)[-1] == "a.1 stopped"


def test_a_dyno_that_ends_before_it_is_asked_to_has_stopped(stages: Callable[..., Stage]) -> None:
    """It is no crash, and its next process is not asked for it."""
    stage = stages()
    stage.supervisor.relieve_with(lambda _slot: True)
    stage.start(STAY)
    stage.wait_for("ready")
    (slot,) = stage.supervisor.slots
    stage.supervisor.command([slot], Event.RESTART)
    stage.crash("a.1")
    stage.wait_for("ready", times=2)
    stage.supervisor.relieved(slot)
    stage.pass_time(1)

    assert stage.ended == []
    assert (slot.dyno.state, slot.runs) == (State.UP, True)


ONE_OFF = DynoName("release", 4711)


def one_off(stage: Stage, command: str) -> None:
    """Start a one-off dyno with a command."""
    launch = Launch(ONE_OFF, command, dict(os.environ), 5000, GRACE, signal.SIGTERM)
    stage.supervisor.begin(stage.supervisor.add([launch], one_off=True))


def test_a_one_off_runs_once_and_is_forgotten(stages: Callable[..., Stage]) -> None:
    """Whatever its status: nothing stops because of it, and it is not started again."""
    stage = stages()
    stage.start(STAY)
    seen: list[tuple[str, int]] = []
    stage.supervisor.listen(
        lambda slot: (
            seen.append((slot.dyno.state.value, slot.incarnation.code)) if slot.one_off else None
        )
    )

    one_off(stage, "echo migrated; exit 3")
    assert [slot.name for slot in stage.supervisor.slots] == ["a.1", "release.4711"]
    stage.wait_for("migrated")
    stage.see_end("release.4711")

    assert [slot.name for slot in stage.supervisor.slots] == ["a.1"]
    assert (stage.ended, stage.finished, stage.starts("release.4711")) == ([], 0, 1)
    assert seen[-1] == ("complete", 3)


def test_a_restart_ends_a_one_off(stages: Callable[..., Stage]) -> None:
    """It does not run twice."""
    stage = stages()
    stage.start(STAY)
    one_off(stage, STAY)
    stage.wait_for("ready", times=2)

    stage.supervisor.command(stage.supervisor.slots[1:], Event.RESTART)
    stage.see_end("release.4711")

    assert [slot.name for slot in stage.supervisor.slots] == ["a.1"]
    assert stage.starts("release.4711") == 1


def test_an_app_goes_on_until_its_one_off_has_ended(stages: Callable[..., Stage]) -> None:
    """Though all of its formation has."""
    stage = stages(can_die="a")
    stage.start("true")
    one_off(stage, STAY)
    stage.wait_for("ready")
    stage.see_end("a.1")
    assert stage.finished == 0

    stage.crash("release.4711")

    assert stage.finished == 1


def test_what_is_held_is_not_started_by_what_happens_to_others(
    stages: Callable[..., Stage],
) -> None:
    """Until somebody lets it go."""
    stage = stages(can_die="a")
    (held,) = stage.supervisor.add(
        [Launch(DynoName("b", 1), STAY, dict(os.environ), 5000, GRACE, signal.SIGTERM)]
    )
    held.held_by, held.waits_for = "release.4711", ("release.4711",)
    one_off(stage, "true")
    stage.see_end("release.4711")
    assert (stage.starts("b.1"), held.why_not_up) == (0, "waits for release.4711")

    held.held_by = ""
    stage.supervisor.begin([held])

    stage.wait_for("ready")
