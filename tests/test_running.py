"""The commands that tests start, on pipes and on terminals, tried with small programs."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.running import Running, Starter, Terminal, TerminalStarter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLEEP = f"{sys.executable} -c 'import time; time.sleep(60)'"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Starter]:
    """A shell on a pipe."""
    with Starter(["sh", "-c"], tmp_path) as start:
        yield start


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[TerminalStarter]:
    """A shell on a terminal."""
    with TerminalStarter(["sh", "-c"], tmp_path) as start:
        yield start


def test_wait_for_returns_the_whole_line(shell: Starter) -> None:
    """Half a line that holds the text already is not enough."""
    running = shell("printf 'one\\nhalf '; sleep 0.1; echo 'of two'; exec sleep 60")

    assert running.wait_for("half") == "half of two"


def test_wait_for_looks_at_what_was_read_before(shell: Starter) -> None:
    """Two things can be awaited in any order."""
    running = shell("echo one; echo two; exec sleep 60")

    assert running.wait_for("two") == "two"
    assert running.wait_for(re.compile("^o.e$")) == "one"


def test_wait_for_counts(shell: Starter) -> None:
    """The third of the lines that match is another line than the first."""
    running = shell("for n in 1 2 3 4; do echo tick $n; done; exec sleep 60")

    assert running.wait_for("tick", times=3) == "tick 3"


def test_wait_for_takes_an_open_line_when_asked_to(shell: Starter) -> None:
    """A prompt never ends its line."""
    running = shell("printf 'name? '; exec sleep 60")

    assert running.wait_for("name?", open_line=True) == "name? "


def test_wait_for_fails_at_the_deadline_with_everything_seen(shell: Starter) -> None:
    """Who reads the failure sees what there was instead."""
    running = shell("echo something else; exec sleep 60")

    with pytest.raises(pytest.fail.Exception, match=r"no 'one' within 0.2 s.*\nsomething else"):
        running.wait_for("one", timeout=0.2)


def test_wait_for_fails_at_once_when_the_output_ends(shell: Starter) -> None:
    """Nobody waits ten seconds for what cannot come."""
    with pytest.raises(pytest.fail.Exception, match=r"ended without 'one'.*\nlast words"):
        shell("printf 'last words'").wait_for("one")


def test_finish_returns_the_status_and_all_output(shell: Starter) -> None:
    """More than a pipe holds, and a status."""
    status, output = shell("seq 50000; echo words >&2; exit 7").finish()

    assert status == 7
    assert output.split() == [*map(str, range(1, 50001)), "words"]


def test_standard_error_can_be_kept_apart(shell: Starter) -> None:
    """For commands whose output must be pure."""
    running = shell("echo out; echo err >&2", apart=True)

    assert running.finish() == (0, "out\n")
    assert running.errors == "err\n"


def test_standard_input_is_what_is_given(shell: Starter) -> None:
    """And at its end without."""
    assert shell("cat", stdin=b"a: b\n").finish() == (0, "a: b\n")
    assert shell("cat").finish() == (0, "")


def test_a_signal_is_in_the_status(shell: Starter) -> None:
    """As subprocess has it: negative."""
    running = shell("echo ready; exec sleep 60")
    running.wait_for("ready")
    running.signal(signal.SIGTERM)

    assert running.finish() == (-signal.SIGTERM, "ready\n")


def test_finish_tells_a_late_end_from_an_output_held_open(shell: Starter) -> None:
    """The second is an orphan."""
    with pytest.raises(pytest.fail.Exception, match="did not end within"):
        shell("exec sleep 60").finish(timeout=0.1)
    with pytest.raises(pytest.fail.Exception, match="ended, but its output is still held open"):
        shell("sleep 60 &").finish(timeout=0.5)


def test_the_files_and_the_environment_are_the_tests_own(
    shell: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the developer's shell has set does not decide a test."""
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("PROCRUN_COLOR", "always")
    monkeypatch.setenv("PORTRAIT", "kept")
    words = 'cat Procfile .env; echo "$PORT $PROCRUN_COLOR $PORTRAIT $MORE"'
    running = shell(words, procfile="\ufeffweb: true\r\n", env_file="A=1\n", env={"MORE": "more"})

    assert running.finish() == (0, "\ufeffweb: true\nA=1\n  kept more\n")


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_what_is_still_running_is_killed_with_its_whole_tree(tmp_path: Path, kind: str) -> None:
    """Children, what changed its session, and what lost its parent."""
    escapes = f"{SLEEP} & setsid {SLEEP} & (setsid {SLEEP} &); echo ready; wait"
    starter = Starter if kind == "pipe" else TerminalStarter
    with starter(["bash", "-c"], tmp_path) as start:
        running: Running = start(escapes)
        running.wait_for("ready")
        assert isinstance(running, Terminal) == (kind == "terminal")

    assert not psutil.pid_exists(running.pid)
    # That nothing else is left either is what every test here is asked.


def test_a_terminal_has_a_size_and_can_be_typed_at(screen: TerminalStarter) -> None:
    """Rows and columns as asked for, lines as typed."""
    terminal = screen("stty size; read name; echo hello $name", size=(30, 100))
    terminal.wait_for("30 100")
    terminal.send("you\n")

    status, output = terminal.finish()

    assert status == 0
    assert output.endswith("hello you\n")


def test_a_terminal_sends_signals_and_new_sizes(screen: TerminalStarter) -> None:
    """Ctrl-C is SIGINT, a resize is SIGWINCH."""
    words = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"
    terminal = screen(words)
    terminal.wait_for("ready")
    terminal.resize(40, 120)
    terminal.wait_for("40 120")
    terminal.send("\x03")

    assert terminal.finish()[0] == -signal.SIGINT


def test_a_terminal_that_hangs_up_sends_sighup(screen: TerminalStarter) -> None:
    """As closing the window does."""
    terminal = screen("echo ready; exec sleep 60")
    terminal.wait_for("ready")
    terminal.hang_up()

    assert terminal.finish()[0] == -signal.SIGHUP


def test_a_closed_pipe_kills_on_a_terminal_too(screen: TerminalStarter) -> None:
    """SIGPIPE is not ignored in what a user starts in a shell."""
    assert screen("yes | head -n 1; :").finish() == (0, "y\n")
