"""`procrun with`: a command beside a real app, as scripts and people run it."""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
from typing import TYPE_CHECKING

import psutil
import pytest

from tests import leaks
from tests.testing.apps import Example

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Running, Starter, Terminal, TerminalStarter

SHOW = 'printf \'%s|\' "$PROCRUN_URL" "$BASE_URL" "$PROCRUN_APP_PORT"'
LOG_LINE = re.compile(r"^web\.1 +\| asked for /$", re.MULTILINE)
# Asks for a page with what every Python has.
ASK = """
import os, sys
from urllib.request import urlopen
with urlopen(os.environ["BASE_URL"] + sys.argv[1]) as response:
    print(response.read().decode(), flush=True)
"""


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """Give an app in the test's folder, and a program that asks it for a page."""
    example = Example(tmp_path)
    example.write("ask.py", ASK)
    return example


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a folder of its own to what makes temporary ones."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def ended(running: Running) -> tuple[int, str, str]:
    """The status, standard output and standard error of what was started `apart`."""
    status, output = running.finish(30)
    return status, output, running.errors


def script(path: Path, text: str) -> str:
    """Write a file that can be executed; returns how to call it."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return f"./{path.name}"


class TestCommand:
    """What it gets, and what becomes of its status."""

    def test_it_is_told_where_the_app_is(self, procrun: Starter, example: Example) -> None:
        """Which is gone when all has ended, and of which nothing is shown."""
        assert example.root == procrun.folder
        running = procrun("with", "--", f"{SHOW}; {sys.executable} ask.py /PS", apart=True)

        status, output, errors = ended(running)
        url, base, port, answer = output.split("|")
        assert (status, errors) == (0, "")
        assert url == base == f"http://127.0.0.1:{port}"
        assert answer == "web.1\n"
        assert not (example.root / ".procrun").exists()

    @pytest.mark.parametrize(
        ("end", "expected"),
        [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 143), ("kill -KILL $$", 137)],
    )
    def test_its_status_comes_through(
        self, procrun: Starter, example: Example, end: str, expected: int
    ) -> None:
        """128 and the number for a signal."""
        path = script(example.root / "command", f"#!/bin/sh\necho $BASE_URL\n{end}\n")
        status, output, errors = ended(procrun("with", "--", path, "x", apart=True))

        assert status == expected
        assert output.startswith("http://127.0.0.1:")
        assert bool(LOG_LINE.search(errors)) == bool(expected)

    @pytest.mark.needs("node")
    @pytest.mark.parametrize(
        ("end", "expected"),
        [("process.exit(3)", 3), ("process.kill(process.pid, 'SIGTERM')", 143)],
    )
    def test_node_scripts_get_the_address_and_their_status_comes_through(
        self, procrun: Starter, example: Example, end: str, expected: int
    ) -> None:
        """As what `npx` starts would."""
        text = (
            "#!/usr/bin/env node\n"
            "require('http').get(process.env.BASE_URL + '/PS', (response) => {\n"
            "  response.on('data', (data) => console.log(String(data)));\n"
            f"  response.on('end', () => {{ {end} }});\n"
            "});\n"
        )
        path = script(example.root / "suite.js", text)

        assert ended(procrun("with", "--", path, "a", apart=True))[:2] == (expected, "web.1\n")

    def test_a_script_without_a_first_line_is_the_shells(
        self, procrun: Starter, example: Example
    ) -> None:
        """As everywhere."""
        path = script(example.root / "command", "echo $1; exit 4\n")

        assert ended(procrun("with", "--", path, "a b", apart=True))[:2] == (4, "a b\n")

    def test_it_has_the_callers_environment_folder_and_streams(
        self, procrun: Starter, example: Example
    ) -> None:
        """None of the app's, whose root is elsewhere."""
        (folder := example.root / "app").mkdir()
        for name in ("Procfile", "web.py"):
            (example.root / name).rename(folder / name)
        (folder / ".env.test").write_text("A=app\nB=app\n", encoding="utf-8")
        show = "pwd; cat; echo $A-$B; echo wrong >&2"
        running = procrun(
            "with", "-d", "app", "--", show, env={"A": "mine"}, stdin=b"typed\n", apart=True
        )

        output = f"{example.root}\ntyped\nmine-\n"
        assert ended(running) == (0, output, "wrong\n")

    def test_descriptors_of_the_caller_are_its_own(
        self, procrun: Starter, example: Example
    ) -> None:
        """As in `procrun with -- command 3<file`."""
        (example.root / "text").write_text("from 3\n", encoding="utf-8")
        line = " ".join(procrun.command)
        procrun.command = ("sh", "-c", f'exec {line} "$@" 3<text', "sh")

        assert ended(procrun("with", "--", "cat <&3", apart=True)) == (0, "from 3\n", "")


class TestApp:
    """What is started, and how."""

    def test_the_named_types_run_in_the_test_environment(
        self, procrun: Starter, example: Example
    ) -> None:
        """Not in the developer's; -E and --pass-env add to it."""
        example.write(".env", "ONLY_ENV=1\n")
        example.write(".env.test", "A=test\nB=test\n")
        example.write("procrun.toml", "pass_env = ['BY_FILE']\nenv = ['.env']\n")
        names = "ONLY_ENV EXPORTED A B PASSED BY_FILE".split()
        ask = "; ".join(f"{sys.executable} ask.py /{name}" for name in names)
        exported = dict.fromkeys(("EXPORTED", "PASSED", "BY_FILE"), "yes")
        options = ("-E", "B=own", "--pass-env", "PASS*", "web", "worker=2")

        status, output, errors = ended(
            procrun("with", *options, "--logs", "always", "--", ask, env=exported, apart=True)
        )
        assert (status, output.split("\n")) == (0, ["", "", "test", "own", "yes", "yes", ""])
        assert "worker.2 | worker begins" in errors

    def test_env_files_can_be_named(self, procrun: Starter, example: Example) -> None:
        """From the current folder; then .env.test does not count."""
        example.write(".env.test", "A=test\nB=test\n")
        example.write(".env.ci", "A=ci\n")
        (example.root / "sub").mkdir()
        line = " ".join(procrun.command)
        procrun.command = ("sh", "-c", f'cd sub; exec {line} "$@"', "sh")
        ask = f"for name in A B; do {sys.executable} ../ask.py /$name; done"

        running = procrun("with", "-e", "../.env.ci", "-d", "..", "--", ask, apart=True)
        assert ended(running) == (0, "ci\n\n", "")

    def test_a_running_start_and_another_with_are_not_in_the_way(
        self, procrun: Starter, example: Example
    ) -> None:
        """Each has ports and a folder of its own."""
        assert example.root == procrun.folder
        developer = procrun("start", "-p", "0", "web")
        developer.wait_for("is up")
        inner = f"{' '.join(procrun.command)} with -- '{sys.executable} ask.py /PS'"

        assert ended(procrun("with", "--", inner, apart=True)) == (0, "web.1\n", "")
        developer.signal(signal.SIGTERM)
        developer.finish()

    def test_without_web_there_is_a_port_and_no_address(
        self, procrun: Starter, example: Example
    ) -> None:
        """That of the first type."""
        assert example.root == procrun.folder
        running = procrun("with", "worker", "--", SHOW, env={"BASE_URL": "old"}, apart=True)

        status, output, errors = ended(running)
        assert (status, errors) == (0, "")
        assert re.fullmatch(r"\|\|\d+\|", output)

    def test_an_app_that_does_not_get_ready_is_told(
        self, procrun: Starter, example: Example
    ) -> None:
        """With the end of its log; the command is not run."""
        example.write("web.py", "print('no database')\nraise SystemExit(5)\n")

        status, output, errors = ended(procrun("with", "--", "echo ran", apart=True))
        assert (status, output) == (1, "")
        assert errors.startswith("procrun: web.1 exited with status 5")
        assert "web.1 | no database\n" in errors
        assert ended(procrun("with", "--logs=never", "--", "echo ran", apart=True)) == (
            1,
            "",
            errors.partition("\n")[0] + "\n",
        )

    def test_time_is_up_at_the_latest(self, procrun: Starter, example: Example) -> None:
        """Of 30 seconds, or those that are named."""
        example.write("web.py", "import signal\nsignal.pause()\n")

        status, output, errors = ended(
            procrun("with", "--timeout", "0.3", "--", "echo ran", apart=True)
        )
        assert (status, output) == (1, "")
        assert errors.startswith("procrun: not ready in time: web.1")

    def test_a_crash_meanwhile_is_told(self, procrun: Starter, example: Example) -> None:
        """In the last line, below the log; the status stays the command's."""
        assert example.root == procrun.folder
        # A dead process is there until the app has noticed.
        wait = f"pid=$({sys.executable} ask.py /pid); {sys.executable} ask.py /exit/7 2>&1"
        wait += "; while kill -0 $pid 2>/dev/null; do :; done; true"

        status, _, errors = ended(procrun("with", "--", wait, apart=True))
        assert status == 0
        assert "procrun | web.1 exited with status 7" in errors
        assert errors.endswith("procrun: web.1 exited with status 7 while the command ran\n")

    def test_what_had_ended_before_is_not_told(self, procrun: Starter, example: Example) -> None:
        """A task that prepares something, say."""
        example.write("worker.py", "")
        example.write("procrun.toml", "[types.web]\nafter = ['worker']\n")

        running = procrun("with", "web", "worker", "--", "true", apart=True)
        assert ended(running) == (0, "", "")


class TestLogs:
    """When the app's log is shown."""

    @pytest.mark.parametrize(
        ("when", "status", "shown"),
        [
            ("failed", 1, True),  # for status 0 see TestCommand
            ("always", 0, True),
            ("never", 1, False),
        ],
    )
    def test_it_is_shown_when_it_is_wanted(
        self, procrun: Starter, example: Example, when: str, status: int, *, shown: bool
    ) -> None:
        """On standard error, after all that the command wrote, to the app's last words."""
        assert example.root == procrun.folder
        command = f"echo last words >&2; exit {status}"
        running = procrun("with", "--logs", when, "--", command, apart=True)

        code, output, errors = ended(running)
        assert (code, output) == (status, "")
        assert errors.startswith("last words\n")
        assert bool(LOG_LINE.search(errors)) == shown
        assert ("procrun | stopped" in errors) == shown

    def test_it_passes_bytes_through(self, procrun: Starter, example: Example) -> None:
        """What is no UTF-8 as well."""
        write = "import os\nos.write(1, b'\\xff\\xfe\\n')\n"
        example.write("web.py", write + (example.root / "web.py").read_text(encoding="utf-8"))

        errors = ended(procrun("with", "--", "false", apart=True))[2]
        assert "web.1   | \udcff\udcfe\n" in errors

    def test_a_failure_has_the_last_of_it(self, procrun: Starter, example: Example) -> None:
        """And says that there is more."""
        write = "for number in range(300): print('line', number)\n"
        example.write("web.py", write + (example.root / "web.py").read_text(encoding="utf-8"))

        errors = ended(procrun("with", "--", "false", apart=True))[2]
        first, *lines = errors.splitlines()
        assert re.fullmatch(r"procrun: 1\d\d lines of the log are left out; .* shows all", first)
        assert len(lines) == 200
        assert "web.1   | line 0" not in lines

    def test_a_program_that_is_not_on_the_path_is_told(
        self, procrun: Starter, example: Example
    ) -> None:
        """The app has the caller's PATH."""
        example.write("Procfile", "web: nonesuch\n")

        status, _, errors = ended(procrun("with", "--", "true", apart=True))
        assert status == 1
        assert "activate the app's virtual environment" in errors


class TestSignals:
    """What they mean, by the time at which they come."""

    def test_a_signal_while_it_starts_ends_all(self, procrun: Starter, example: Example) -> None:
        """The command never runs."""
        for number, name in enumerate(("SIGINT", "SIGTERM", "SIGHUP")):
            example.write("web.py", f"open('here{number}', 'w').close()\nimport signal\n")
            with (example.root / "web.py").open("a", encoding="utf-8") as file:
                file.write(f"open('pipe', 'w').write('x')\nsignal.pause()  # {name}\n")
            os.mkfifo(example.root / "pipe")
            running = procrun("with", "--", "echo ran", apart=True)
            assert (example.root / "pipe").read_text() == "x"
            running.signal(getattr(signal, name))

            status, output, errors = ended(running)
            assert (status, output, errors) == (128 + getattr(signal, name), "", "")
            (example.root / "pipe").unlink()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_sigterm_is_passed_on(
        self, procrun: Starter, example: Example, number: signal.Signals
    ) -> None:
        """Whatever the command makes of it, the status says so."""
        text = f"#!/bin/sh\ntrap 'echo heard; exit 0' {number.name[3:]}\necho began\n"
        path = script(example.root / "command", f"{text}while :; do sleep 0.05; done\n")
        running = procrun("with", "--logs=never", "--", path, "x", apart=True)
        running.wait_for("began")
        running.signal(number)

        assert ended(running) == (128 + number, "began\nheard\n", "")

    def test_sigint_of_somebody_is_passed_on(self, procrun: Starter, example: Example) -> None:
        """Unlike that of a terminal, it has not reached the command: the stop button of an IDE."""
        text = "#!/bin/sh\ntrap 'echo heard; exit 9' INT\necho began\n"
        path = script(example.root / "command", f"{text}while :; do sleep 0.05; done\n")
        running = procrun("with", "--logs=never", "--", path, "x", apart=True)
        running.wait_for("began")
        running.signal(signal.SIGINT)

        assert ended(running) == (9, "began\nheard\n", "")

    def test_what_is_ignored_stays_so(self, procrun: Starter, example: Example) -> None:
        """As under nohup; for the command as well."""
        assert example.root == procrun.folder
        line = " ".join(procrun.command)
        procrun.command = ("sh", "-c", f"trap '' HUP; exec {line} \"$@\"", "sh")
        command = "kill -HUP $PPID $$; echo lives"

        assert ended(procrun("with", "--", command, apart=True)) == (0, "lives\n", "")

    def test_kill_of_with_ends_the_app(
        self, procrun: Starter, example: Example, elsewhere: Path
    ) -> None:
        """By its lifeline; nothing of it is left."""
        assert example.root == procrun.folder
        running = procrun("with", "--", "echo $PROCRUN_APP_PORT; exec cat pipe", apart=True)
        os.mkfifo(example.root / "pipe")
        port = running.wait_for(re.compile(r"^\d+$"))
        (host,) = [
            child
            for child in psutil.Process(running.pid).children()
            if "procrun.owned" in child.cmdline() or "procrun" in child.name()
        ]
        running.signal(signal.SIGKILL)
        host.wait(20)
        assert list(elsewhere.iterdir()) == []
        (example.root / "pipe").write_text("the command goes on\n")

        status, output = running.finish()
        assert status == -signal.SIGKILL
        assert output == f"{port}\nthe command goes on\n"


def enter(shell: Terminal, line: str) -> None:
    """Type a line at bash's prompt; again where bash took the terminal back just then, and lost it.

    Its echo tells.
    """
    shell.send(f"{line}\r")
    try:
        shell.wait_for(re.compile(rf"\$ {line}"), 3, open_line=True)
    except pytest.fail.Exception:
        shell.send(f"{line}\r")


class TestTerminal:
    """It is the command's, as without us."""

    def test_ctrl_c_reaches_the_command(self, terminal: TerminalStarter, example: Example) -> None:
        """We wait for what it makes of it."""
        text = "#!/bin/sh\ntrap 'echo heard; exit 9' INT\necho began\n"
        path = script(example.root / "command", f"{text}while :; do sleep 0.05; done\n")
        running = terminal("with", "--logs=never", "--", path, "x")
        running.wait_for("began")
        running.send("\x03")

        status, output = running.finish()
        assert status == 9
        assert output.endswith("heard\n")

    def test_ctrl_c_ends_a_command_and_its_status_says_so(
        self, terminal: TerminalStarter, example: Example
    ) -> None:
        """As a shell's would; that is no failure for which the log would be wanted."""
        assert example.root == terminal.folder
        running = terminal("with", "--", "echo began; exec sleep 60")
        running.wait_for("began")
        running.send("\x03")

        status, output = running.finish()
        assert status == 130
        assert "asked for" not in output

    def test_a_second_ctrl_c_kills_an_app_that_does_not_stop(
        self, terminal: TerminalStarter, example: Example
    ) -> None:
        """Without the rest of its grace."""
        stubborn = "import os, signal\n"
        stubborn += "def told(*_): open('pipe', 'w').close()\n"
        stubborn += "signal.signal(signal.SIGTERM, told)\n"
        web = (example.root / "web.py").read_text(encoding="utf-8")
        example.write("web.py", stubborn + web)
        example.write("procrun.toml", "timeout = 3000\n")
        os.mkfifo(example.root / "pipe")
        running = terminal("with", "--logs=always", "--", "echo began; exec sleep 60")
        running.wait_for("began")
        running.send("\x03")
        assert (example.root / "pipe").read_bytes() == b""  # it was asked to stop
        # What comes within 0.3 s of the first is taken for the same one.
        while not leaks.exits(running.pid, 0.4):
            running.send("\x03")

        status, output = running.finish()
        assert status == 130
        assert "killed by SIGKILL" in output

    def test_so_it_does_while_the_app_starts(
        self, terminal: TerminalStarter, example: Example
    ) -> None:
        """The first one has stopped it, and the command is never run."""
        told = "def told(*_): open('pipe', 'w').close()\n"
        deaf = "signal.signal(signal.SIGTERM, told)\nwhile True: signal.pause()\n"
        example.write("web.py", f"import signal\n{told}told()\n{deaf}")
        example.write("procrun.toml", "timeout = 3000\n")
        os.mkfifo(example.root / "pipe")
        running = terminal("with", "--", "echo ran")
        assert (example.root / "pipe").read_bytes() == b""  # it has begun
        running.send("\x03")
        # Where it was not deaf yet, it has ended by that.
        while not leaks.exits(running.pid, 0.4):
            running.send("\x03")

        status, output = running.finish()
        assert status == 130
        assert "ran" not in output

    def test_ctrl_z_and_fg_work(self, terminal: TerminalStarter, example: Example) -> None:
        """The command and we are one job; the app runs on meanwhile."""
        line = " ".join(terminal.command)
        terminal.command = ("bash", "--norc", "-i")
        shell = terminal(env={"PS1": "$ "})
        shell.wait_for(re.compile(r"\$ $"), open_line=True)
        shell.send(f"{line} with -- 'echo began; read x; {sys.executable} ask.py /PS; exit 6'\r")
        shell.wait_for(re.compile("began$"))
        shell.send("\x1a")
        shell.wait_for("Stopped")
        shell.wait_for(re.compile(r"\$ $"), open_line=True)
        enter(shell, "fg")
        shell.wait_for("exit 6", times=3)  # as it was typed, was stopped, and goes on
        shell.send("x\r")
        shell.wait_for("web.1")
        shell.send("echo status $?\r")
        shell.wait_for("status 6")
        shell.send("exit\r")
        assert shell.finish()[0] == 0
        assert example.root == terminal.folder

    def test_a_closed_terminal_ends_all(self, terminal: TerminalStarter, example: Example) -> None:
        """Though there is nowhere left to say so."""
        assert example.root == terminal.folder
        running = terminal("with", "--logs", "always", "--", "echo began; exec sleep 60")
        running.wait_for("began")
        running.hang_up()

        assert running.finish()[0] == 128 + signal.SIGHUP

    def test_a_shell_as_the_command_has_jobs_of_its_own(
        self, terminal: TerminalStarter, example: Example
    ) -> None:
        """And gives the terminal back at its end."""
        assert example.root == terminal.folder
        running = terminal("with", "--", "bash", "--norc", "-i", env={"PS1": "$ "})
        running.wait_for(re.compile(r"\$ $"), open_line=True)
        running.send("sh -c 'echo be''gun; exec sleep 60'\r")
        running.wait_for(re.compile("begun$"))
        running.send("\x1a")
        running.wait_for("Stopped")
        running.wait_for(re.compile(r"\$ $"), open_line=True)
        enter(running, "exit 5")
        running.wait_for("There are stopped jobs")
        running.send("exit 5\r")

        assert running.finish()[0] == 5

    def test_it_is_a_terminal_for_the_command(
        self, terminal: TerminalStarter, example: Example
    ) -> None:
        """All three streams of it, and nothing of ours is written there."""
        assert example.root == terminal.folder
        show = "import os; print(*(os.ttyname(n) == os.ctermid() or os.isatty(n) for n in (0,1,2)))"
        running = terminal("with", "--", sys.executable, "-c", show)

        assert running.finish() == (0, "True True True\n")
