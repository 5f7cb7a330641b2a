"""An app in the background: `start -D`, and what `start` does while an app runs."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.control.folder import Folder
from tests import leaks
from tests.running import TerminalStarter
from tests.supervision import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Running, Starter

STAY = "echo ready; exec sleep 60"
TWO = f"web: {STAY}\nworker: {STAY}\n"
RUNS = "The app runs in the background (pid "


@pytest.fixture(autouse=True)
def stopped(procrun: Starter) -> Iterator[None]:
    """Stop what a test left in the background; its port is a free one that nobody listens on."""
    procrun.variables.update(processes.FREE_PORTS, PROCRUN_READY="launched")
    yield
    if Folder(str(procrun.folder)).owner:
        procrun("stop").finish()


def done(procrun: Starter, *arguments: str, procfile: str | None = None) -> tuple[int, str]:
    """The status and the output of a command that ends."""
    return procrun(*arguments, procfile=procfile).finish()


def visible(procrun: Starter) -> int:
    """The pid of the app's visible process."""
    owner = Folder(str(procrun.folder)).owner
    assert owner is not None
    return owner.pid


def states(procrun: Starter) -> dict[str, str]:
    """Each dyno's state."""
    status, output = done(procrun, "ps", "--json")
    assert status == 0, output
    return {row["name"]: row["state"] for row in json.loads(output)}


def assert_nothing_runs(procrun: Starter) -> None:
    """There is no app in the test's folder, nor anything left of one."""
    status, output = done(procrun, "ps")

    assert (status, output.splitlines()[0]) == (1, "procrun: no app is running here")
    assert processes.working_in(procrun.folder) == []


class TestStart:
    """`procrun start -D`."""

    def test_it_returns_when_every_process_was_started(self, procrun: Starter) -> None:
        """With a line for each; the app is there, and stops like any other."""
        status, output = done(procrun, "start", "-D", procfile=TWO)
        web, worker, last, how = output.splitlines()

        assert status == 0
        assert re.fullmatch(r"web\.1 started \(pid \d+, port \d+\)", web)
        assert re.fullmatch(r"worker\.1 started \(pid \d+\)", worker)
        assert last == f"{RUNS}{visible(procrun)})."
        assert how.startswith("  `procrun ps` shows it, ")
        assert states(procrun) == {"web.1": "up", "worker.1": "up"}
        pid = visible(procrun)
        assert done(procrun, "stop") == (0, "the app has stopped\n")
        assert leaks.exits(pid, 0)
        assert_nothing_runs(procrun)

    def test_nobody_waits_for_the_end_of_what_the_caller_left_open(self, procrun: Starter) -> None:
        """As `$(procrun start -D 2>&1)`, ssh, or a shell with a pipe of its own would."""
        os.mkfifo(procrun.folder / "pipe")
        (procrun.folder / "Procfile").write_text(f"worker: {STAY}\n")
        script = f"exec 7>pipe; {sys.executable} -m procrun start -D 2>&1"
        with type(procrun)(("sh", "-c"), procrun.folder) as shell:
            shell.variables = procrun.variables
            running = shell(script)
            with (procrun.folder / "pipe").open() as pipe:
                assert pipe.read() == ""
            status, output = running.finish()

        assert status == 0
        assert output.startswith("worker.1 started ")
        assert states(procrun) == {"worker.1": "up"}

    def test_a_terminal_that_is_closed_does_not_end_it(self, procrun: Starter) -> None:
        """It left that session."""
        (procrun.folder / "Procfile").write_text(f"worker: {STAY}\n")
        script = f"{sys.executable} -m procrun start -D; read _"
        with TerminalStarter(("sh", "-c"), procrun.folder) as shell:
            shell.variables = procrun.variables
            window = shell(script)
            window.wait_for(RUNS)
            window.hang_up()
            window.finish()

        assert states(procrun) == {"worker.1": "up"}

    def test_one_that_died_at_once_is_a_failure(self, procrun: Starter) -> None:
        """The log's last lines say why; nothing is left of the others."""
        procfile = f"web: {STAY}\nworker: echo last words; exit 3\n"
        running = procrun("start", "-D", procfile=procfile, apart=True)
        status, _output = running.finish()

        assert status == 1
        assert re.search(r"^\d\d:\d\d:\d\d worker\.1 \| last words$", running.errors, re.MULTILINE)
        assert re.search(r"procrun  \| web\.1 stopped$", running.errors, re.MULTILINE)
        assert running.errors.endswith(
            "procrun: the app did not start: worker.1 exited with status 3, which stops the app\n"
        )
        assert_nothing_runs(procrun)

    def test_one_that_is_started_again_is_a_failure_too(self, procrun: Starter) -> None:
        """But the app goes on, and that is told."""
        running = procrun(
            "start", "-D", "--restart", "worker", procfile=f"web: {STAY}\nworker: exit 3\n"
        )
        status, output = running.finish()

        assert status == 1
        assert "procrun: worker.1 exited with status 3, starts again in 1 s\n" in output
        assert "The app goes on in the background (pid " in output
        assert states(procrun)["web.1"] == "up"

    @pytest.mark.parametrize(("status", "code"), [(0, 0), (3, 1)])
    def test_what_can_die_may_have_done_its_work(
        self, procrun: Starter, status: int, code: int
    ) -> None:
        """With a status of 0 it has; the others go on whatever it was."""
        procfile = f"web: {STAY}\njob: exit {status}\n"
        found, output = done(procrun, "start", "-D", "--can-die", "job", procfile=procfile)

        assert found == code
        assert f"job.1 exited with status {status}\n" in output
        assert states(procrun) == {"web.1": "up", "job.1": "crashed"}

    def test_all_may_have_done_their_work(self, procrun: Starter) -> None:
        """Then nothing is left to run."""
        status, output = done(procrun, "start", "-D", "--can-die", "all", procfile="job: true\n")

        assert (status, output) == (0, "job.1 exited with status 0\nAll of the app has ended.\n")
        assert_nothing_runs(procrun)

    def test_a_program_that_is_not_there_is_told(self, procrun: Starter) -> None:
        """As the shell says it."""
        status, output = done(procrun, "start", "-D", procfile="worker: there-is-no-such\n")

        assert status == 1
        assert "not found" in output
        assert_nothing_runs(procrun)

    def test_a_mistake_in_the_procfile_is_told_before_anything_starts(
        self, procrun: Starter
    ) -> None:
        """In the usual words, with the usual status."""
        running = procrun("start", "-D", procfile="web: true\n?\n", apart=True)

        assert running.finish() == (78, "")
        assert running.errors.startswith("procrun: Procfile:2: '?' is not a process type\n")
        assert_nothing_runs(procrun)

    @pytest.mark.parametrize("arguments", [("-D", "--no-such"), ("--daemon=1",), ("-D", "-E", "")])
    def test_a_wrong_command_line_is_told(
        self, procrun: Starter, arguments: tuple[str, ...]
    ) -> None:
        """With status 2, as ever."""
        status, output = done(procrun, "start", *arguments, procfile=TWO)

        assert status == 2, output
        assert output.startswith("procrun: ")

    def test_a_taken_port_is_told(self, procrun: Starter) -> None:
        """With its holder, and nothing starts."""
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            status, output = done(procrun, "start", "-D", "-p", str(port), procfile=TWO)

        assert status == 1
        assert output.startswith(f"procrun: port {port} of web.1 is taken by ")
        assert_nothing_runs(procrun)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk_is_told_and_the_app_runs(self, procrun: Starter) -> None:
        """As of any command that prints."""
        (procrun.folder / "Procfile").write_text(f"worker: {STAY}\n")
        with type(procrun)(("sh", "-c"), procrun.folder) as shell:
            shell.variables = procrun.variables
            started = shell(f"{sys.executable} -m procrun start -D 2>&1 >/dev/full").finish()

        why = os.strerror(errno.ENOSPC)
        hint = "  The app runs all the same; `procrun ps` shows it.\n"
        assert started == (1, f"procrun: standard output cannot be written: {why}\n{hint}")
        assert states(procrun) == {"worker.1": "up"}

    def test_notes_reach_the_caller(self, procrun: Starter) -> None:
        """On standard error, as the log is not shown."""
        running = procrun("start", "-D", procfile=f"release: true\n{TWO}", apart=True)

        assert running.finish()[0] == 0
        assert running.errors == (
            "procrun: release is not started as a service; `procrun release` runs it\n"
        )

    def test_a_folder_that_cannot_be_written_is_an_error(self, procrun: Starter) -> None:
        """Nobody could stop such an app."""
        (procrun.folder / ".procrun").touch()
        status, output = done(procrun, "start", "-D", procfile=TWO)

        assert status == 1
        assert "It takes one to stop an app in the background." in output

    def test_a_second_one_is_refused(self, procrun: Starter) -> None:
        """It names the pid of the first."""
        done(procrun, "start", "-D", procfile=TWO)
        status, output = done(procrun, "start", "--daemon")

        assert status == 1
        assert output.startswith(f"procrun: the app is running already (pid {visible(procrun)})\n")

    def test_a_root_elsewhere_is_in_the_commands_that_are_told(self, procrun: Starter) -> None:
        """They can be typed as they are."""
        (procrun.folder / "app").mkdir()
        (procrun.folder / "app" / "Procfile").write_text(TWO)
        status, output = done(procrun, "-d", "app", "start", "-D")

        assert status == 0
        assert "`procrun -d app stop` ends it." in output
        assert done(procrun, "-d", "app", "stop") == (0, "the app has stopped\n")

    def test_the_procfile_may_come_from_standard_input(self, procrun: Starter) -> None:
        """It is read before that is let go."""
        running = procrun("start", "-D", "-f", "-", stdin=f"clock: {STAY}\n".encode())

        assert running.finish()[0] == 0
        assert states(procrun) == {"clock.1": "up"}

    @pytest.mark.parametrize(("options", "tty"), [((), "yes"), (("--no-tty",), "no")])
    def test_its_processes_have_terminals(
        self, procrun: Starter, options: tuple[str, ...], tty: str
    ) -> None:
        """So that a debugger can be answered later, unless that is not wanted."""
        procfile = f"worker: test -t 0 && echo yes || echo no; {STAY}\n"
        assert done(procrun, "start", "-D", *options, procfile=procfile)[0] == 0
        _status, log = done(procrun, "logs", "-s", "app")

        assert f"app[worker.1]: {tty}\n" in log

    def test_its_terminals_are_as_wide_as_the_callers(
        self, procrun: Starter, terminal: TerminalStarter
    ) -> None:
        """Less the prefix, in the hope that the log is looked at there."""
        terminal.variables.update(processes.FREE_PORTS)
        procfile = f"worker: stty size; {STAY}\n"
        assert terminal("start", "-D", procfile=procfile, size=(30, 100)).finish()[0] == 0
        _status, log = done(procrun, "logs", "-s", "app")

        assert "app[worker.1]: 30 80\n" in log

    def test_its_log_is_kept(self, procrun: Starter) -> None:
        """For `logs`, after its end too, and in files where they are wanted."""
        arguments = ("start", "-D", "--log-dir", "log", "--json", "-q", "worker")
        assert done(procrun, *arguments, procfile=f"worker: {STAY}\n")[0] == 0
        done(procrun, "stop")

        assert "app[worker.1]: ready\n" in done(procrun, "logs")[1]
        assert (procrun.folder / "log" / "worker.1.log").read_text() == "ready\n"


class TestCaller:
    """Whoever typed `start -D`, while it waits."""

    @pytest.fixture
    def waiting(self, procrun: Starter) -> Running:
        """Give one whose app waits for its Procfile."""
        os.mkfifo(procrun.folder / "Procfile")
        return procrun("start", "-D", procfile=None)

    def test_it_may_be_killed(self, procrun: Starter, waiting: Running) -> None:
        """The app is in the background already."""
        with (procrun.folder / "Procfile").open("w") as procfile:  # once somebody reads
            waiting.signal(signal.SIGKILL)
            leaks.exits(waiting.pid, processes.PATIENCE)
            procfile.write(f"worker: {STAY}\n")

        processes.eventually(
            lambda: done(procrun, "ps")[0] == 0,
            "the app runs",
        )
        assert states(procrun) == {"worker.1": "up"}

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_before_anything_runs_it_ends_all(
        self, procrun: Starter, waiting: Running, number: int
    ) -> None:
        """Ctrl-C comes to it alone."""
        with (procrun.folder / "Procfile").open("w"):  # once somebody reads
            waiting.signal(number)
            status, _output = waiting.finish()

        assert status in (128 + number, -number)
        assert_nothing_runs(procrun)

    @processes.LINUX_ONLY
    @pytest.mark.parametrize("inner", [True, False])
    def test_it_is_told_when_the_app_is_killed(
        self, procrun: Starter, waiting: Running, *, inner: bool
    ) -> None:
        """There is nobody else who could say so."""
        with (procrun.folder / "Procfile").open("w"):  # once somebody reads
            app, inner_process = processes.below(waiting.pid)
            os.kill(inner_process if inner else app, signal.SIGKILL)
            status, output = waiting.finish()

        assert (status, output) == (137, "procrun: the app was killed before it had started\n")

    def test_ctrl_c_ends_what_was_started(self, procrun: Starter) -> None:
        """And waits until it has ended; whoever is too late for that finds it started."""
        os.mkfifo(procrun.folder / "caller")
        procfile = f"worker: read pid < caller; kill -INT $pid; {STAY}\n"
        for _ in range(10):
            running = procrun("start", "-D", procfile=procfile)
            (procrun.folder / "caller").write_text(f"{running.pid}\n")
            status, output = running.finish()
            if status:
                break
            done(procrun, "stop")

        assert status == 130
        assert output.endswith("\nprocrun: stopping; Ctrl-C again kills at once\n")
        assert_nothing_runs(procrun)


@processes.LINUX_ONLY
def test_whichever_process_is_killed_nothing_is_left(procrun: Starter) -> None:
    """As in the foreground."""
    for inner in (False, True):
        done(procrun, "start", "-D", procfile=TWO)
        pid = visible(procrun)
        victim = processes.children(pid)[0] if inner else pid
        os.kill(victim, signal.SIGKILL)

        processes.eventually(lambda: not processes.working_in(procrun.folder), "all has ended")


class TestForeground:
    """`procrun start` where the app runs in the background."""

    def test_it_shows_the_log(self, procrun: Starter, terminal: TerminalStarter) -> None:
        """And says so; Ctrl-C leaves the app alone."""
        done(procrun, "start", "-D", procfile=TWO)
        pid = visible(procrun)
        window = terminal("start", "--no-timestamp", "--no-color", size=(24, 200))
        said = window.wait_for("in the background already")
        window.wait_for("  Ctrl-C leaves it running, `procrun stop` ends it.")
        window.wait_for("worker.1 | ready")
        window.send("\x03")

        assert said == (
            f"procrun: the app runs in the background already (pid {pid}); this is its log"
        )
        assert window.finish()[0] == 130
        assert states(procrun) == {"web.1": "up", "worker.1": "up"}

    def test_it_ends_with_the_app(self, procrun: Starter) -> None:
        """After its last words."""
        done(procrun, "start", "-D", procfile=TWO)
        running = procrun("start")
        running.wait_for("app[web.1]: ready")
        done(procrun, "stop")
        status, output = running.finish()

        assert status == 0
        assert output.endswith("heroku[procrun]: stopped by `procrun stop`\n")

    @pytest.mark.parametrize("option", ["-p7000", "-cweb=2", "-EA=1", "-xweb"])
    def test_what_it_cannot_follow_any_more_is_refused(self, procrun: Starter, option: str) -> None:
        """Rather than ignored."""
        done(procrun, "start", "-D", procfile=TWO)
        status, output = done(procrun, "start", option)

        assert status == 1
        assert output.startswith("procrun: the app is running already ")

    def test_in_the_foreground_of_another_terminal_it_is_refused(self, procrun: Starter) -> None:
        """Its log is on that one."""
        procrun("start", procfile=TWO).wait_for("ready")
        status, output = done(procrun, "start")

        assert status == 1
        assert output.startswith("procrun: the app is running already ")


class TestNames:
    """`procrun start NAME` where the app runs."""

    @pytest.fixture(params=["foreground", "background"])
    def app(self, procrun: Starter, request: pytest.FixtureRequest) -> None:
        """Start one, in the foreground or in the background."""
        if request.param == "background":
            assert done(procrun, "start", "-D", procfile=TWO)[0] == 0
        else:
            procrun("start", procfile=TWO).wait_for("ready", times=2)

    @pytest.mark.usefixtures("app")
    def test_it_starts_what_was_stopped(self, procrun: Starter) -> None:
        """By dyno or by type."""
        done(procrun, "stop", "*")
        status, output = done(procrun, "start", "web.1")
        assert status == 0
        assert re.fullmatch(r"web\.1 started \(pid \d+\)\n", output)
        assert states(procrun) == {"web.1": "up", "worker.1": "down"}
        status, output = done(procrun, "start", "web", "worker")

        assert status == 0
        assert re.fullmatch(r"web.1 is up already\nworker\.1 started \(pid \d+\)\n", output)

    @pytest.mark.usefixtures("app")
    def test_an_unknown_name_is_told(self, procrun: Starter) -> None:
        """With those that there are."""
        assert done(procrun, "start", "wroker") == (
            1,
            (
                "procrun: nothing is called 'wroker'\n"
                "  Did you mean worker? There are web.1, worker.1.\n"
            ),
        )

    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (("web=2", "worker"), "`procrun scale web=2 worker=1` changes how many"),
            (("-p", "7000", "web"), "`procrun start web` without options starts them"),
            (("-D", "web"), "`procrun ps` shows it"),
        ],
    )
    def test_what_takes_another_start_is_refused(
        self, procrun: Starter, arguments: tuple[str, ...], hint: str
    ) -> None:
        """With what to do instead."""
        done(procrun, "start", "-D", procfile=TWO)
        status, output = done(procrun, "start", *arguments)

        assert status == 1
        assert output.startswith("procrun: the app is running already ")
        assert hint in output

    def test_a_type_of_which_none_runs_is_started(self, procrun: Starter) -> None:
        """As `scale` would; its dynos are like the others."""
        done(procrun, "start", "-D", "web", procfile=TWO)
        status, output = done(procrun, "start", "worker", "web")

        assert status == 0
        assert re.fullmatch(r"web.1 is up already\nworker\.1 started \(pid \d+\)\n", output)
        assert states(procrun) == {"web.1": "up", "worker.1": "up"}

    @pytest.mark.parametrize("word", ["web=1.5", ".5"])
    def test_what_is_no_dyno_is_told_as_ever(self, procrun: Starter, word: str) -> None:
        """As a mistake in what is to be started."""
        status, output = done(procrun, "start", word, procfile=TWO)

        assert status in (2, 78), output

    def test_a_dyno_needs_an_app(self, procrun: Starter) -> None:
        """It is never the name of a new one."""
        assert done(procrun, "start", "web.1", "worker", procfile=TWO) == (
            1,
            (
                "procrun: no app is running here\n"
                "  `procrun start web worker` starts one, with web worker alone.\n"
            ),
        )


def test_the_lock_of_a_killed_app_is_nobodys(procrun: Starter, tmp_path: Path) -> None:
    """A start finds no app in the background then, and starts one."""
    (tmp_path / ".procrun").mkdir()
    (tmp_path / ".procrun" / "lock").write_text("999999999 5 background\n")

    assert done(procrun, "start", procfile="job: true\n")[0] == 0
