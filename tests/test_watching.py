"""`start --watch`, with real files, real processes and the installed command."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.running import Starter, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.running import Running, TerminalStarter

STAY = "echo ready; exec sleep 60"
TWO = f"web: {STAY}\nworker: {STAY}\n"
PLAIN = ("start", "--no-timestamp", "--watch")
LAUNCHED = {"PROCRUN_READY": "launched"}
LISTEN = (
    'python -c "import os, socket, time; s = socket.socket();'
    " s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
    " s.bind(('127.0.0.1', int(os.environ['PORT']))); s.listen();"
    " print('listens', flush=True); time.sleep(60)\""
)
LISTENERS = f"web: {LISTEN}\napi: {LISTEN}\n"
SLEEP_ON = "echo ready; while :; do sleep 0.1; done"
# Says which version it is, or fails as a mistake in a program does.
VERSION = f"web: . ./app.sh; {STAY}\n"


@pytest.fixture
def start(procrun: Starter) -> Callable[..., Running]:
    """Start an app and wait until its files are watched and its dynos are ready."""

    def start(procfile: str, *options: str, ready: int = 1, env_file: str = "") -> Running:
        running = procrun(
            "start",
            *("-p", "0", "--no-timestamp", *(options or ("--watch",))),
            procfile=procfile,
            env_file=env_file or None,
        )
        running.wait_for("for changes")
        running.wait_for(re.compile(r"\| ready$"), times=ready)
        return running

    return start


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make the app's folder a git repository."""
    git(tmp_path, "init", "--quiet", ".")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    """Run git; it must not fail."""
    plain = {**environment(), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    command = ("git", *identity, *words)
    subprocess.run(command, cwd=folder, env=plain, check=True, capture_output=True)


def free_base() -> int:
    """A base port whose first dynos' ports are probably free."""
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]) - 1000


def write(path: Path, text: str = "x\n") -> None:
    """Write a file, in a folder that may be new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def replace(path: Path, text: str) -> None:
    """Write a file as editors do: beside it, then renamed into its place."""
    beside = path.with_name(f".{path.name}.new")
    write(beside, text)
    beside.rename(path)


def lines(running: Running, text: str = " changed") -> list[str]:
    """What procrun said of changes so far."""
    said = [line.partition("| ")[2] for line in running.output.splitlines()]
    return [line for line in said if text in line]


def stopped(running: Running) -> str:
    """All of the output, after Ctrl-C, which is the way out of a watched app."""
    running.signal(signal.SIGINT)
    status, output = running.finish()
    assert status == 130
    return output


def ready(running: Running, times: int) -> None:
    """Wait until so many dynos, started again ones included, have said that they are ready."""
    running.wait_for(re.compile(r"\| ready$"), times=times)


class TestSources:
    """Without a glob: all sources below the root."""

    def test_a_change_restarts_everything(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """The line says which file it was, and who restarts."""
        running = start(TWO, ready=2)
        write(tmp_path / "app.py")
        ready(running, 4)

        assert lines(running) == ["app.py changed: restarting web.1, worker.1"]
        assert stopped(running).count("web.1 started") == 2

    @pytest.mark.parametrize("way", ["write", "replace", "remove", "rename", "chmod", "append"])
    def test_every_way_of_changing_counts_once(
        self, start: Callable[..., Running], tmp_path: Path, way: str
    ) -> None:
        """What editors write beside a file and remove again is not named."""
        path = tmp_path / "app" / "views.py"
        write(path)
        running = start(f"web: {STAY}\n")
        if way == "write":
            write(path, "y\n")
        elif way == "replace":
            replace(path, "y\n")
        elif way == "remove":
            path.unlink()
        elif way == "rename":
            path.rename(path.with_name("viewed.py"))
        elif way == "chmod":
            path.chmod(0o755)
        else:
            with path.open("a") as file:
                file.write("y\n")
        ready(running, 2)

        more = " and 1 more" if way == "rename" else ""
        assert lines(running) == [f"app/views.py{more} changed: restarting web.1"]
        stopped(running)

    def test_a_burst_is_one_restart(self, start: Callable[..., Running], tmp_path: Path) -> None:
        """Of thirteen files one is named, and the others are counted."""
        running = start(f"web: {STAY}\n")
        for number in range(13):
            write(tmp_path / ".new" / f"{number}.py")
        (tmp_path / ".new").rename(tmp_path / "new")
        ready(running, 2)

        (line,) = lines(running)
        assert re.fullmatch(r"new/\d+\.py and 12 more changed: restarting web\.1", line)
        stopped(running)

    def test_folders_that_appear_are_watched(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Also those in them, with what was written before anybody could look."""
        running = start(f"web: {STAY}\n")
        write(tmp_path / "a" / "b" / "c.py")
        ready(running, 2)
        assert lines(running)[-1] == "a/b/c.py changed: restarting web.1"
        write(tmp_path / "a" / "b" / "d.py")
        ready(running, 3)
        assert lines(running)[-1] == "a/b/d.py changed: restarting web.1"
        (tmp_path / "a").rename(tmp_path / "z")
        ready(running, 4)
        write(tmp_path / "z" / "b" / "e.py")
        ready(running, 5)

        assert lines(running)[-1] == "z/b/e.py changed: restarting web.1"
        stopped(running)

    def test_what_is_no_source_is_left_alone(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """The one source that changes last is the only file that was noticed."""
        left_alone = """.hidden .git/index node_modules/a/b.js __pycache__/a.pyc env/lib/a.py a.log
            db.sqlite3 db.sqlite3-wal app.pid app/views.py~ app/.views.py.swp app/#views.py# 4913
            .procrun/x.py logs/web.1.txt""".split()
        for name in left_alone:
            write(tmp_path / name)
        write(tmp_path / "env" / "pyvenv.cfg")
        (tmp_path / "link").symlink_to(tmp_path / "node_modules")
        running = start(f"web: {STAY}\n", "--watch", "--log-dir", "logs")
        for name in left_alone:
            write(tmp_path / name, "changed\n")
        write(tmp_path / "app" / "views.py")
        ready(running, 2)

        assert lines(running) == ["app/views.py changed: restarting web.1"]
        assert "watching 2 folders for changes" in stopped(running)

    def test_an_environment_that_is_made_meanwhile_is_left_alone(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Even if it becomes one only after its folder was noticed."""
        running = start(f"web: {STAY}\n")
        write(tmp_path / "env" / "first.py")
        ready(running, 2)
        write(tmp_path / "env" / "pyvenv.cfg")
        write(tmp_path / "app.py")
        ready(running, 3)
        write(tmp_path / "env" / "lib" / "second.py")
        write(tmp_path / "app.py")
        ready(running, 4)

        assert lines(running)[2:] == ["app.py changed: restarting web.1"]
        assert "second.py" not in stopped(running)

    def test_what_was_stopped_by_hand_stays_down(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path
    ) -> None:
        """The others restart."""
        running = start(TWO, ready=2)
        assert procrun("stop", "web").finish()[0] == 0
        write(tmp_path / "app.py")
        ready(running, 3)

        assert lines(running) == ["app.py changed: restarting worker.1"]
        stopped(running)


@pytest.mark.needs("git")
class TestGit:
    """What git ignores is no source."""

    def test_what_it_ignores_is_left_alone(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """Folders, files, and what a rule takes back."""
        write(repository / ".gitignore", "build/\n*.csv\n!keep.csv\n")
        for name in ("build/a.py", "app/build/deep/a.py", "a.csv", "keep.csv"):
            write(repository / name)
        running = start(f"web: {STAY}\n")
        for name in ("build/a.py", "app/build/deep/a.py", "a.csv", "new/build/a.py"):
            write(repository / name, "changed\n")
        write(repository / "keep.csv", "changed\n")
        ready(running, 2)

        assert lines(running) == ["keep.csv changed: restarting web.1"]
        assert "watching 2 folders for changes" in stopped(running)

    def test_a_changed_gitignore_counts_at_once(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """What it names is left alone from then on, and what it no longer names is watched."""
        write(repository / ".gitignore", "build/\n")
        write(repository / "build" / "a.py")
        running = start(f"web: {STAY}\n")
        write(repository / ".gitignore", "gen/\n")
        write(repository / "app.py")
        ready(running, 2)
        write(repository / "gen" / "a.py")
        write(repository / "build" / "a.py", "changed\n")
        ready(running, 3)

        assert lines(running)[1:] == ["build/a.py changed: restarting web.1"]
        stopped(running)

    def test_the_root_may_be_a_folder_of_the_repository(
        self, repository: Path, procrun: Starter
    ) -> None:
        """The rules above it hold as well."""
        write(repository / ".gitignore", "build/\n")
        write(repository / "app" / "build" / "a.py")
        write(repository / "app" / "Procfile", f"web: {STAY}\n")
        running = procrun("-d", "app", "start", "-p", "0", "--no-timestamp", "--watch")
        running.wait_for("watching 1 folder for changes")
        write(repository / "app" / "build" / "a.py", "changed\n")
        write(repository / "app" / "a.py")
        ready(running, 2)

        assert lines(running) == ["a.py changed: restarting web.1"]
        stopped(running)

    def test_a_root_that_is_ignored_itself_is_watched(
        self, repository: Path, procrun: Starter
    ) -> None:
        """Who starts an app there means it."""
        write(repository / ".gitignore", "scratch/\n")
        write(repository / "scratch" / "Procfile", f"web: {STAY}\n")
        running = procrun("-d", "scratch", "start", "-p", "0", "--no-timestamp", "--watch")
        running.wait_for("for changes")
        write(repository / "scratch" / "a.py")
        ready(running, 2)

        assert lines(running) == ["a.py changed: restarting web.1"]
        stopped(running)

    def test_another_branch_is_one_restart(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """With the Procfile and the sources of that branch."""
        write(repository / "Procfile", f"web: {STAY}\n")
        write(repository / "app.py", "one\n")
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "-m", "one")
        git(repository, "checkout", "--quiet", "-b", "two")
        write(repository / "Procfile", TWO)
        write(repository / "app.py", "two\n")
        for number in range(200):
            write(repository / f"new{number % 10}" / f"deep{number % 20}" / f"{number}.py")
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "-m", "two")
        git(repository, "checkout", "--quiet", "-")
        running = start(f"web: {STAY}\n")
        git(repository, "checkout", "--quiet", "two")
        ready(running, 3)

        reloaded, restarted = lines(running)
        assert reloaded == "Procfile changed: worker (new); starting worker.1"
        assert restarted.endswith("and 200 more changed: restarting web.1")
        output = stopped(running)
        assert (output.count("web.1 started"), output.count("worker.1 started")) == (2, 1)

    def test_what_git_is_doing_is_one_restart(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """However long it takes: it has a lock meanwhile."""
        running = start(f"web: {STAY}\n")
        lock = repository / ".git" / "index.lock"
        write(lock)
        for number in range(50):
            write(repository / f"{number}.py")
        lock.rename(lock.with_name("index"))
        ready(running, 2)

        (line,) = lines(running)
        assert line.endswith("and 49 more changed: restarting web.1")
        stopped(running)


class TestGlobs:
    """With globs only the files that they mean, for all process types or for one."""

    def test_other_files_are_left_alone(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Nor are the folders watched that have none of them."""
        write(tmp_path / "app" / "deep" / "a.py")
        write(tmp_path / "docs" / "a.py")
        running = start(f"web: {STAY}\n", "--watch", "app/**/*.py", "--watch=*.html")
        write(tmp_path / "docs" / "a.py", "changed\n")
        write(tmp_path / "app" / "a.html")
        write(tmp_path / "a.py")
        write(tmp_path / "app" / "deep" / "a.py", "changed\n")
        ready(running, 2)
        write(tmp_path / "a.html")
        ready(running, 3)

        assert lines(running) == [
            "app/deep/a.py changed: restarting web.1",
            "a.html changed: restarting web.1",
        ]
        assert "watching 3 folders for changes" in stopped(running)

    def test_a_type_can_have_globs_of_its_own(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Then the general ones are for the others."""
        running = start(TWO, "--watch", "--watch", "worker=jobs/**", ready=2)
        write(tmp_path / "jobs" / "a.py")
        ready(running, 4)
        write(tmp_path / "app.py")
        ready(running, 5)

        assert lines(running) == [
            "jobs/a.py changed: restarting web.1, worker.1",
            "app.py changed: restarting web.1",
        ]
        stopped(running)

    def test_only_the_types_that_are_named_are_watched(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path
    ) -> None:
        """The end of any other one stops the app, as ever."""
        running = start(f"web: {STAY}\nworker: {STAY}\n", "--watch=worker=**", ready=2)
        write(tmp_path / "app.py")
        ready(running, 3)
        assert lines(running) == ["app.py changed: restarting worker.1"]
        procrun("kill", "-s", "KILL", "web").finish()

        assert running.finish()[0] == 137

    @pytest.mark.needs("git")
    def test_a_glob_that_begins_with_an_ignored_name_is_heeded(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """Others do not get in there by that."""
        write(repository / ".gitignore", "gen/\nlocal.py\n")
        for name in ("gen/ours/a.py", "gen/b.py", "node_modules/lib/a.js", "local.py"):
            write(repository / name)
        globs = ("gen/ours/**", "node_modules/lib/*.js", "local.py", "**/*.py")
        options = [f"--watch={glob}" for glob in globs]
        running = start(f"web: {STAY}\n", *options)
        write(repository / "gen" / "b.py", "changed\n")
        for number, name in enumerate(("gen/ours/a.py", "node_modules/lib/a.js", "local.py"), 2):
            write(repository / name, "changed\n")
            ready(running, number)

        assert lines(running) == [
            f"{name} changed: restarting web.1"
            for name in ("gen/ours/a.py", "node_modules/lib/a.js", "local.py")
        ]
        stopped(running)

    def test_the_settings_file_can_say_it(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """For all types and for one."""
        settings = 'watch = ["*.py"]\n[types.worker]\nwatch = false\n'
        write(tmp_path / "procrun.toml", settings)
        running = start(TWO, "--no-tty", ready=2)
        write(tmp_path / "app.py")
        ready(running, 3)

        assert lines(running) == ["app.py changed: restarting web.1"]
        stopped(running)

    @pytest.mark.parametrize(
        ("option", "complaint", "status"),
        [
            ("--watch=wrker=*.py", "--watch: Procfile has no process type 'wrker'", 78),
            ("--watch=../x", "leads out of the app's root", 2),
        ],
    )
    def test_a_mistake_is_told(
        self, procrun: Starter, option: str, complaint: str, status: int
    ) -> None:
        """Before anything starts."""
        code, output = procrun("start", option, procfile=TWO).finish()

        assert code == status
        assert complaint in output
        assert "started" not in output


class TestEnds:
    """A watched process that ends waits for a change."""

    def test_a_mistake_is_mended_by_the_next_change(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """The app goes on meanwhile, even with nothing running."""
        write(tmp_path / "app.sh", "echo version 1")
        running = start(VERSION)
        write(tmp_path / "app.sh", "exit 3")
        running.wait_for("web.1 waits for a change")
        write(tmp_path / "app.sh", "echo version 2")
        running.wait_for("version 2")
        ready(running, 2)

        assert [line.partition(" after")[0] for line in lines(running, "web.1 exited")] == [
            "web.1 exited with status 3"
        ]
        stopped(running)

    def test_restart_still_starts_it_again(self, start: Callable[..., Running]) -> None:
        """A type of --restart waits for nothing but its cool-off."""
        running = start("web: echo ready; exit 3\n", "--watch", "--restart", "web")

        running.wait_for("web.1 starts again in 1 s")
        stopped(running)

    def test_a_file_that_every_start_writes_is_ignored_in_the_end(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """It is named once, with the remedy; other files still count."""
        running = start(f"web: echo $$ > out.txt; {STAY}\n")
        write(tmp_path / "app.py")
        line = running.wait_for("changes at every start", 30)
        assert "out.txt" in line
        assert ".gitignore" in line
        assert "changes at every start" in line
        write(tmp_path / "other.py")
        running.wait_for("other.py changed: restarting web.1")

        assert len(lines(running, "out.txt changed")) == 5
        stopped(running)

    def test_a_file_that_is_saved_again_and_again_is_never_left_behind(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """What was saved last is loaded, though procrun may wait for a while before."""
        write(tmp_path / "app.sh", "echo version 0")
        running = start(VERSION)
        for number in range(1, 6):
            write(tmp_path / "app.sh", f"echo version {number}")
            running.wait_for(f"version {number}", 30)

        assert "every start" not in stopped(running)


class TestReload:
    """A Procfile or an env file that changes is read again."""

    def test_only_what_differs_restarts(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Whichever way the file is written."""
        running = start(TWO, ready=2)
        replace(tmp_path / "Procfile", f"web: {STAY}\nworker: echo new; {STAY}\n")
        ready(running, 3)

        assert lines(running) == ["Procfile changed: worker; restarting worker.1"]
        output = stopped(running)
        assert "| new" in output
        assert output.count("web.1 started") == 1

    def test_types_come_and_go(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path
    ) -> None:
        """As many of a new one as the formation says; one that was there keeps its number."""
        procrun.variables |= LAUNCHED  # web never listens
        running = start(f"web: {STAY}\nold: {STAY}\n", "--watch", "-c", "all=2", ready=4)
        assert procrun("scale", "web=3").finish()[0] == 0
        write(tmp_path / "Procfile", f"web: {STAY}\nnew: {STAY}\n")
        ready(running, 7)
        running.wait_for("old.2 stopped")
        running.wait_for("old.1 stopped")
        _status, output = procrun("ps").finish()

        names = [line.split()[0] for line in output.splitlines()[1:]]
        assert sorted(names) == ["new.1", "new.2", "web.1", "web.2", "web.3"]
        assert lines(running) == [
            "Procfile changed: new (new), old (gone); starting new.1, new.2, stopping old.1, old.2"
        ]
        assert procrun("scale", "new=1").finish()[0] == 0
        stopped(running)

    def test_types_that_were_not_asked_for_stay_away(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path
    ) -> None:
        """Where types were named; what was stopped by hand is started as the file has it now."""
        running = start(TWO, "--watch", "web", "worker", ready=2)
        assert procrun("stop", "worker").finish()[0] == 0
        write(tmp_path / "Procfile", f"web: {STAY}\nworker: echo new; {STAY}\nother: {STAY}\n")
        running.wait_for("Procfile changed: worker, other (new)")
        assert procrun("restart", "worker").finish()[0] == 0
        running.wait_for("| new")

        assert "other.1" not in stopped(running)

    def test_a_broken_procfile_changes_nothing(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """All its mistakes are told; when it is mended, it counts."""
        running = start(TWO, ready=2)
        write(tmp_path / "Procfile", f"web {STAY}\nworker: new\nworker: again\n")
        running.wait_for("Procfile changed, but there are mistakes: the app goes on as it was")
        write(tmp_path / "Procfile", f"web: {STAY}\nworker: echo mended; {STAY}\n")
        ready(running, 3)

        output = stopped(running)
        assert (
            "Procfile:1: what is on this line is not a process type. Write NAME: COMMAND" in output
        )
        assert STAY not in output
        assert "Procfile:3: worker is on line 2 already. Rename or remove one of them." in output
        assert "Procfile changed: worker; restarting worker.1" in output
        assert output.count("web.1 started") == 1

    def test_of_very_many_mistakes_ten_are_told(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """The log is the app's; `check` tells all of them."""
        running = start(f"web: {STAY}\n")
        write(tmp_path / "Procfile", "web\n" * 765)
        running.wait_for("Procfile changed, but there are mistakes: the app goes on as it was")

        output = stopped(running)
        assert output.count("Procfile:") == 10
        assert "| and 755 more; `procrun check` shows them\n" in output

    def test_a_procfile_may_be_gone_for_a_while(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """What comes in its place is read."""
        running = start(f"web: {STAY}\n")
        (tmp_path / "Procfile").unlink()
        running.wait_for("Procfile: no such Procfile")
        write(tmp_path / "Procfile", f"web: echo new; {STAY}\n")
        ready(running, 2)

        assert "Procfile changed: web; restarting web.1" in stopped(running)

    @pytest.mark.needs("git")
    def test_an_env_file_is_named_with_its_variables(
        self, start: Callable[..., Running], repository: Path
    ) -> None:
        """Though git ignores it; never with their values. It may appear and disappear."""
        write(repository / ".gitignore", ".env\n")
        running = start(f"web: echo DEBUG is $DEBUG; {STAY}\n")
        write(repository / ".env", "DEBUG=secret1\nKEY=secret2\n")
        running.wait_for("DEBUG is secret1")
        replace(repository / ".env", "DEBUG=secret3\nKEY=secret2\n")
        running.wait_for("DEBUG is secret3")
        (repository / ".env").unlink()
        ready(running, 4)

        assert lines(running) == [
            ".env changed: DEBUG, KEY; restarting web.1",
            ".env changed: DEBUG; restarting web.1",
            ".env changed: DEBUG, KEY; restarting web.1",
        ]
        stopped(running)

    def test_a_broken_env_file_changes_nothing(
        self, start: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Its lines are told, and what is in them is not."""
        running = start(f"web: {STAY}\n", env_file="A=1\n")
        write(tmp_path / ".env", "A=2\nsecret\n")
        running.wait_for(".env changed, but there are mistakes: the app goes on as it was")
        write(tmp_path / ".env", "A=1\n# a comment\n")
        running.wait_for(".env changed: nothing that matters to what runs")

        output = stopped(running)
        assert ".env:2: there is no `=` after the name" in output
        assert "secret" not in output
        assert output.count("web.1 started") == 1

    @pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "huge"])
    @pytest.mark.parametrize("name", [".env", "Procfile"])
    def test_what_is_no_plain_file_is_not_read(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path, name: str, kind: str
    ) -> None:
        """It would hold up the whole app; the next plain file counts again."""
        running = start(f"web: {STAY}\n")
        path = tmp_path / name
        path.unlink(missing_ok=True)
        why = "larger than 16 MiB" if kind == "huge" else "not a plain file"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        else:
            with path.open("wb") as file:
                file.truncate(1 << 40)
        running.wait_for(f"{name}: {why}")
        running.wait_for(f"{name} changed, but there are mistakes: the app goes on as it was")
        assert procrun("ps").finish()[0] == 0
        path.rename(tmp_path / ".away")
        write(path, f"web: echo mended; {STAY}\n" if name == "Procfile" else "A=1\n")
        ready(running, 2)

        stopped(running)

    def test_an_env_file_can_come_out_of_a_pipe(
        self, start: Callable[..., Running], procrun: Starter, tmp_path: Path
    ) -> None:
        """Once, at the start; it is not waited for again."""
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=write, args=(tmp_path / "pipe", "A=1\n"))
        writer.start()
        procrun.command = (*procrun.command, "-e", "pipe")
        running = start(f"web: echo A is $A; {STAY}\n")
        writer.join()
        running.wait_for("A is 1")

        stopped(running)

    def test_files_outside_the_root_are_read_again(self, procrun: Starter, tmp_path: Path) -> None:
        """By the paths that they had in the folder where procrun was started."""
        for folder in ("root", "here", "env"):
            (tmp_path / folder).mkdir()
        write(tmp_path / "Procfile", f"web: echo A is $A; {STAY}\n")
        write(tmp_path / "env" / "one", "A=1\n")
        options = ("-d", "root", "-f", "Procfile", "-e", "env/one", "start", "-p", "0", "--watch")
        running = procrun(*options, "--no-timestamp")
        running.wait_for("for changes")
        running.wait_for("A is 1")
        replace(tmp_path / "env" / "one", "A=2\n")
        running.wait_for("A is 2")
        write(tmp_path / "Procfile", f"web: echo A will be $A; {STAY}\n")
        running.wait_for("A will be 2")
        write(tmp_path / "Procfile", "web\n")
        running.wait_for("there are mistakes")

        output = stopped(running)
        assert f"{tmp_path}/env/one changed: A; restarting web.1" in output
        assert f"{tmp_path}/Procfile:1: " in output

    def test_with_a_procfile_of_standard_input_the_env_files_are_read_again(
        self, procrun: Starter, tmp_path: Path
    ) -> None:
        """It stays what it was."""
        words = ("-f", "-", "start", "-p", "0", "--watch", "--no-timestamp")
        running = procrun(*words, stdin=f"web: echo A is $A; {STAY}\n".encode())
        running.wait_for("for changes")
        write(tmp_path / ".env", "A=2\n")
        running.wait_for("A is 2")

        stopped(running)

    def test_the_base_port_may_move(self, procrun: Starter, tmp_path: Path) -> None:
        """Each dyno waits until the one that has its port is down."""
        base = free_base()
        running = procrun(*PLAIN, procfile=LISTENERS, env_file=f"PORT={base}\n")
        running.wait_for("for changes")
        running.wait_for("| listens", times=2)
        write(tmp_path / ".env", f"PORT={base + 100}\n")
        running.wait_for("| listens", times=4)

        assert lines(running) == [".env changed: PORT; restarting web.1, api.1"]
        assert "Error" not in stopped(running)

    def test_who_is_attached_stays_so_when_the_base_port_moves(
        self, procrun: Starter, terminal: TerminalStarter, tmp_path: Path
    ) -> None:
        """It is a restart, for `procrun wait` as well."""
        base = free_base()
        running = procrun(*PLAIN, procfile=LISTENERS, env_file=f"PORT={base}\n")
        running.wait_for("for changes")
        running.wait_for("| listens", times=2)
        attached = terminal("attach", "api")
        attached.wait_for("attached to api.1")
        write(tmp_path / ".env", f"PORT={base + 100}\n")
        attached.wait_for("api.1 was started again")
        assert procrun("wait").finish()[0] == 0
        attached.send("\x1c")

        assert "was stopped" not in attached.finish()[1]
        stopped(running)

    def test_a_port_is_waited_for(self, procrun: Starter, tmp_path: Path) -> None:
        """As long as it takes; `ps` and `wait` tell, and a new dyno waits, too."""
        os.mkfifo(tmp_path / "go")
        base = free_base()
        slow = f"trap 'echo asked; read x < go; exit' TERM; {SLEEP_ON}"
        words = (*PLAIN, "-t", "60")
        procrun.variables |= LAUNCHED
        running = procrun(*words, procfile=f"web: {STAY}\napi: {slow}\n", env_file=f"PORT={base}\n")
        running.wait_for("for changes")
        running.wait_for("| ready", times=2)
        write(tmp_path / ".env", f"PORT={base + 100}\n")
        running.wait_for("| asked")
        running.wait_for("web.1 stopped")
        wait = procrun("wait")
        wait.wait_for("waiting for web.1: waits for api.1, api.1: ")
        assert "waits for api.1" in procrun("ps").finish()[1]
        write(tmp_path / "go")
        assert wait.finish()[0] == 0
        running.wait_for("| ready", times=4)

        running.signal(signal.SIGINT)
        running.wait_for("| asked", times=2)
        write(tmp_path / "go")
        assert running.finish()[0] == 130

    def test_a_type_may_come_back_while_ports_move(self, procrun: Starter, tmp_path: Path) -> None:
        """Its process is on the way out, and it is started again all the same."""
        base = free_base()
        procfile = ""
        for name in ("web", "api"):
            os.mkfifo(tmp_path / f"{name}-go")
            procfile += f"{name}: trap 'echo asked; read x < {name}-go; exit' TERM; {SLEEP_ON}\n"
        procrun.variables |= LAUNCHED
        running = procrun(*PLAIN, "-t", "60", procfile=procfile, env_file=f"PORT={base}\n")
        running.wait_for("for changes")
        running.wait_for("| ready", times=2)
        write(tmp_path / "Procfile", procfile.partition("\n")[0])
        running.wait_for(re.compile(r"api\.1 +\| asked"))
        write(tmp_path / ".env", f"PORT={base + 100}\n")
        write(tmp_path / "Procfile", f"web: {STAY}\napi: {STAY}\n")
        running.wait_for(re.compile(r"web\.1 +\| asked"))
        write(tmp_path / "api-go")
        running.wait_for("api.1 stopped")
        write(tmp_path / "web-go")
        running.wait_for("api.1 started", times=2)
        running.wait_for("web.1 started", times=2)

        stopped(running)

    def test_a_port_of_somebody_else_is_told(self, procrun: Starter, tmp_path: Path) -> None:
        """The process that should have had it goes on as it is."""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            words = ("start", "--no-timestamp", "--watch")
            running = procrun(*words, procfile=f"web: {STAY}\n", env_file=f"PORT={taken - 500}\n")
            running.wait_for("for changes")
            write(tmp_path / ".env", f"PORT={taken}\n")
            running.wait_for(f"port {taken} of web.1 is taken by ")
            running.wait_for(".env changed: PORT")

            assert stopped(running).count("web.1 started") == 1


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start an app in a namespace where a limit is a number, and wait for a line."""
    with ExitStack() as all_of_them:

        def start(limit: str, number: int, line: str) -> Running:
            setting = f"/proc/sys/user/{limit}"
            script = f'echo {number} > {setting} || exit 99; exec "$@"'
            unshare = ("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")
            if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
                pytest.skip("needs namespaces")
            words = ("-m", "procrun", "start", "-p", "0", "--no-timestamp", "--watch")
            starter = Starter((*unshare, sys.executable, *words), tmp_path)
            running = all_of_them.enter_context(starter)(procfile="web: sleep 1; exit 3\n")
            running.wait_for(line)
            return running

        yield start


@pytest.mark.needs("unshare")
class TestLimits:
    """The kernel's limits, which are another namespace's own."""

    def test_what_can_be_watched_is_watched(
        self, limited: Callable[..., Running], tmp_path: Path
    ) -> None:
        """Though there are more folders than the kernel allows."""
        write(tmp_path / "app" / "deep" / "a.py")
        line = "not everything can be watched: the system's limit"
        running = limited("max_inotify_watches", 1, line)
        running.wait_for("web.1 waits for a change")

        stopped(running)

    def test_where_nothing_can_be_watched_an_end_stops_the_app(
        self, limited: Callable[..., Running]
    ) -> None:
        """As without --watch."""
        line = "files can't be watched: too many programs watch"
        running = limited("max_inotify_instances", 0, line)

        assert running.finish()[0] == 3
