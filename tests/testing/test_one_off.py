"""A one-off command in the app's environment: what comes of it, and that nothing is left of it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

import procrun.testing
from procrun.errors import UsageError
from procrun.testing import AppFailed
from tests import leaks
from tests.running import Starter
from tests.supervision.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from procrun.testing import RunningApp
    from tests.testing.apps import Example

MEGABYTES = 10
# Writes to both streams at once, each far more than a pipe holds.
FLOOD = f"""
import os, sys
for _ in range({MEGABYTES}):
    for stream, letter in ((1, b"o"), (2, b"e")):
        left = letter * 1_000_000
        while left:
            left = left[os.write(stream, left):]
os.write(1, b"the end")
sys.exit(7)
"""
# Runs a one-off, and is killed meanwhile.
OWNER = f"""
import sys
import procrun.testing
with procrun.testing.app(processes="worker", pass_env=["{leaks.MARK}"]) as app:
    print("is ready", flush=True)
    app.run(sys.argv[1])
"""
# What a command starts, some of it in a session of its own; each writes its pid when it is there.
FAMILY = {
    "a child": "sleep 60 & echo $! >> pids; wait",
    "a child of a child": "sh -c 'sleep 60 & echo $! >> pids; wait'; true",
    "a session of its own": "setsid sh -c 'echo $$ >> pids; exec sleep 60'; true",
    "one that detaches": "(setsid sh -c 'echo $$ >> pids; exec sleep 60' &) ; sleep 60; true",
    "one that is deaf": "trap '' TERM; sh -c 'echo $$ >> pids; exec sleep 60'; true",
}
families = pytest.mark.parametrize("command", FAMILY.values(), ids=list(FAMILY))


@pytest.fixture
def app(example: Example) -> Iterator[RunningApp]:
    """Give a running app that has a worker alone."""
    with procrun.testing.app(example.root, "worker", pass_env=[leaks.MARK]) as app:
        yield app


def told_pid(folder: Path) -> int:
    """The pid that was written to a named pipe."""
    return int((folder / "pids").read_text(encoding="utf-8"))


def ends(pid: int) -> bool:
    """Whether a process is gone in good time, or at least dead."""
    return leaks.exits(pid, PATIENCE)


class TestOutcome:
    """What comes back."""

    @pytest.mark.parametrize(
        ("command", "status"),
        [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 143), ("kill -KILL $$; true", 137)],
    )
    def test_its_status(self, app: RunningApp, command: str, status: int) -> None:
        """128 and the number for a signal."""
        assert app.run(command).returncode == status

    def test_all_that_it_writes(self, app: RunningApp) -> None:
        """However much it is."""
        done = app.run([sys.executable, "-c", FLOOD])

        assert done.returncode == 7
        assert done.stdout == "o" * MEGABYTES * 1_000_000 + "the end"
        assert done.stderr == "e" * MEGABYTES * 1_000_000

    def test_bytes_that_are_no_text(self, app: RunningApp) -> None:
        """Each that is none is U+FFFD."""
        done = app.run(r"printf 'a\377\000\303\244b'; printf '\376\n' >&2")

        assert (done.stdout, done.stderr) == ("a\ufffd\0äb", "\ufffd\n")

    def test_no_settings_come_from_the_caller(
        self, example: Example, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not even where its variables are passed on, and no env file is read where none is."""
        example.write(".env", "A=development\n")
        with (example.root / "Procfile").open("a", encoding="utf-8") as procfile:
            procfile.write("release: echo ${A-none}\n")
        for name in ("ROOT", "PROCFILE", "ENV"):
            monkeypatch.setenv(f"PROCRUN_{name}", "nonesuch")
        with procrun.testing.app(example.root, "worker", [], pass_env=["PROCRUN_*"]) as app:
            assert app.run("echo ${A-none}").stdout == "none\n"
            assert app.run("echo $PROCRUN_ENV").stdout == "nonesuch\n"
            done = app.release()
        assert (done.stdout, done.stderr) == ("none\n", "")

    def test_paths_may_be_among_its_words(self, app: RunningApp, example: Example) -> None:
        """As for subprocess."""
        script = example.root / "a script.py"
        script.write_text("import sys\nprint(sys.argv[1:])\n", encoding="utf-8")

        assert app.run([sys.executable, script, "$X"]).stdout == "['$X']\n"

    @pytest.mark.parametrize("command", ["", [], ["a\0b"], "a\0b"], ids=repr)
    def test_what_is_no_command_is_told(self, app: RunningApp, command: str | list[str]) -> None:
        """Before anything is started."""
        with pytest.raises(UsageError, match="is no command"):
            app.run(command)

    def test_a_command_that_is_not_there_is_told_as_by_run(self, app: RunningApp) -> None:
        """With its status and its words."""
        done = app.run(["nonesuch", "a"])

        assert done.returncode == 127
        assert done.stderr.startswith("procrun: nonesuch: command not found\n")

    def test_there_is_no_terminal_and_nothing_to_read(self, app: RunningApp) -> None:
        """Also where the suite has one."""
        done = app.run("cat; test -t 0; echo $?; (: < /dev/tty) 2>/dev/null || echo none")

        assert done.stdout == "1\nnone\n"

    def test_several_may_run_at_once(self, app: RunningApp, example: Example) -> None:
        """Each waits for the other here; the app goes on."""
        for name in "ab":
            os.mkfifo(example.root / name)
        with ThreadPoolExecutor() as threads:
            one = threads.submit(app.run, "echo one > a; cat b")
            other = threads.submit(app.run, "cat a; echo other > b")

        assert (one.result().stdout, other.result().stdout) == ("other\n", "one\n")
        assert [dyno.state for dyno in app.processes] == ["up"]


class TestEnd:
    """Nothing of it outlives it."""

    @pytest.mark.parametrize("command", ["sleep 60 & echo $!", "setsid sleep 60 & echo $!"])
    def test_what_it_leaves_behind_is_ended(self, app: RunningApp, command: str) -> None:
        """So that it holds no pipe open for which a test would wait."""
        done = app.run(command)

        assert done.returncode == 0
        assert ends(int(done.stdout))

    @families
    def test_a_timeout_ends_all_of_it(
        self, app: RunningApp, example: Example, command: str
    ) -> None:
        """What does not hear SIGTERM is killed when the grace is over."""
        example.write("procrun.toml", "timeout = 0.5\n")
        pids = example.root / "pids"
        patience = 0.5  # seconds, in which the host has to start as well
        while not pids.exists():
            with pytest.raises(AppFailed, match=rf"did not end within {patience:g} s"):
                app.run(command, timeout=patience)
            patience *= 2

        for pid in pids.read_text(encoding="utf-8").split():
            assert ends(int(pid))

    def test_the_settings_say_how_it_ends(self, app: RunningApp, example: Example) -> None:
        """Here what it leaves is killed at once, but for what is spared."""
        program = shutil.copy(shutil.which("sleep") or "", example.root / "spared")
        example.write("procrun.toml", "timeout = 0\nkeep = ['spared']\n")
        os.mkfifo(example.root / "ready")
        spared = f"{program} 60 >&- 2>&- & echo $!"
        left = "(trap 'echo heard > told' TERM; sleep 60 & echo > ready; wait) >&- 2>&- & echo $!"
        done = app.run(f"{spared}; {left}; read line < ready")

        pid, killed = map(int, done.stdout.split())
        assert ends(killed)
        assert not (example.root / "told").exists()
        assert psutil.Process(pid).name() == "spared"
        os.kill(pid, signal.SIGKILL)

    @families
    def test_it_ends_with_its_owner(self, example: Example, tmp_path: Path, command: str) -> None:
        """Even by kill -9, with all that it has started."""
        os.mkfifo(tmp_path / "pids")
        with Starter((sys.executable, "-c", OWNER), example.root) as start:
            owner = start(command)
            pid = told_pid(tmp_path)
            owner.signal(signal.SIGKILL)
            owner.finish()
            assert ends(pid)

    def test_it_ends_where_its_host_is_killed(self, app: RunningApp, example: Example) -> None:
        """And does not keep its owner waiting, whatever had lost its parent by then."""
        orphan = "(setsid sleep 60 & echo $! >> pids)"
        kill = "echo $$ >> pids; kill -KILL $(ps -o ppid= $PPID)"
        command = f"{orphan}; {kill}; {FAMILY['a child']}"

        assert app.run(command).returncode == 137
        for pid in (example.root / "pids").read_text(encoding="utf-8").split():
            assert ends(int(pid))

    def test_ctrl_c_in_the_suite_ends_it(self, example: Example, tmp_path: Path) -> None:
        """The terminal's signal does not reach it, as it is no job of the suite's."""
        os.mkfifo(tmp_path / "pids")
        with Starter((sys.executable, "-c", OWNER), example.root) as start:
            owner = start(FAMILY["a child"])
            pid = told_pid(tmp_path)
            os.killpg(owner.pid, signal.SIGINT)
            status, output = owner.finish()
            assert status == -signal.SIGINT
            assert "KeyboardInterrupt" in output
            assert not psutil.pid_exists(pid)
