"""`procrun run`: the command gets what was typed, and gives back what it is."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Running, Starter, TerminalStarter

PROCFILE = 'web: printf "%s|" web "$PORT"\nrelease: true\nworker: printf "<%s>" work\n'
SHOW = ("printf", "<%s>")
BROKEN = "web: true\nweb: false\nno type\nworker: echo fine\n"


def ended(running: Running) -> tuple[int, str, str]:
    """The status, standard output and standard error of a command that was started `apart`."""
    status, output = running.finish()
    return status, output, running.errors


def script(path: Path, text: str) -> Path:
    """Write a file that can be executed."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


class TestArguments:
    """What the command gets."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("a b", "$X", "*", ""),
            ("'", '"', "\\", "`", "\n"),
            ("-h", "--version", "-d", "--", "-E"),
            ("web",),
        ],
        ids=["special", "quotes", "options", "a type"],
    )
    def test_several_arguments_are_literal(
        self, procrun: Starter, arguments: tuple[str, ...]
    ) -> None:
        """No shell sees them, and nothing behind the command is an option of ours."""
        running = procrun("run", *SHOW, *arguments, procfile=PROCFILE)

        assert running.finish() == (0, "".join(f"<{each}>" for each in arguments))

    def test_an_argument_of_any_bytes_arrives(self, procrun: Starter) -> None:
        """Neither it nor a variable needs to be UTF-8."""
        running = procrun("run", *SHOW, "\udcff", os.fsdecode(b"\xe4"))

        running.finish()
        assert running.raw == b"<\xff><\xe4>"

    @pytest.mark.parametrize(
        ("typed", "output"),
        [
            ("echo a && echo b | tr b c", "a\nc\n"),
            ("A=1; echo $A '$A'", "1 $A\n"),
            ("cd / && pwd", "/\n"),
            ("echo", "\n"),
            ("", ""),
            (" ", ""),
            ("echo $DATABASE_URL", "postgres://\n"),
            ("[[ a < b ]] && echo bash", "bash\n"),
        ],
        ids=repr,
    )
    def test_a_single_argument_goes_to_the_shell(
        self, procrun: Starter, typed: str, output: str
    ) -> None:
        """It is a command line as one would type it, with the app's variables in it."""
        running = procrun("run", typed, env_file="DATABASE_URL=postgres://\n")

        assert running.finish() == (0, output)

    @pytest.mark.parametrize("typed", [("cat",), ("cat", "-"), ("cat | cat",)], ids=str)
    def test_standard_input_is_the_command_s(
        self, procrun: Starter, typed: tuple[str, ...]
    ) -> None:
        """Nothing of it is read on the way."""
        assert procrun("run", *typed, stdin=b"a\nb").finish() == (0, "a\nb")

    def test_a_command_that_looks_like_an_option_follows_two_dashes(self, procrun: Starter) -> None:
        """`--` ends our options, and only the first one is ours."""
        assert procrun("run", "--", *SHOW, "--", "-h").finish() == (0, "<--><-h>")
        assert procrun("run", "--", "-nonesuch", "x").finish()[0] == 127


class TestEnvironment:
    """What is set where the command runs."""

    def test_the_env_files_and_e_count(self, procrun: Starter) -> None:
        """-E beats the files, and these beat the shell; both spellings and places add up."""
        (procrun.folder / "b").write_text("B=b\nC=b\n", encoding="utf-8")
        arguments = ("-e", ".env", "run", "-e", "b", "-E", "C=-E", "--set=D=", "env")
        running = procrun(*arguments, env_file="A=a\nB=a\n", env={"A": "shell", "S": "s"})

        lines = running.finish()[1].splitlines()

        assert {"A=a", "B=b", "C=-E", "D=", "S=s"} <= set(lines)

    def test_nothing_is_added(self, procrun: Starter) -> None:
        """A one-off command is no dyno: no PORT, no PS, nothing for Python or for colours."""
        lines = procrun("run", "env", procfile=PROCFILE).finish()[1].splitlines()

        names = {line.partition("=")[0] for line in lines}
        assert not names & {"PORT", "PS", "DYNO", "PYTHONUNBUFFERED", "FORCE_COLOR"}

    @pytest.mark.parametrize("typed", [("tool",), ("tool", "1"), ("tool 1 2",)], ids=str)
    def test_the_path_of_the_env_file_finds_the_command(
        self, procrun: Starter, typed: tuple[str, ...]
    ) -> None:
        """A PATH in .env holds for the command itself."""
        (procrun.folder / "bin").mkdir()
        script(procrun.folder / "bin" / "tool", "#!/bin/sh\necho tool $#\n")
        path = f"PATH=bin:{os.defpath}\n"

        status, output = procrun("run", *typed, env_file=path).finish()

        assert (status, output) == (0, f"tool {len(' '.join(typed).split()) - 1}\n")

    def test_a_path_without_the_command_does_not_find_it(self, procrun: Starter) -> None:
        """The caller's own PATH is not asked."""
        running = procrun("run", "env", "-0", env_file="PATH=/nonesuch\n", apart=True)

        assert ended(running)[:2] == (127, "")

    def test_a_wrong_env_file_stops_it(self, procrun: Starter) -> None:
        """With the file and the line, and before anything has run."""
        running = procrun("run", "echo", "no", env_file="A=1\nB\n", apart=True)

        status, output, errors = ended(running)
        assert (status, output) == (78, "")
        assert errors.startswith("procrun: .env:2: ")

    def test_a_missing_env_file_that_was_named_stops_it(self, procrun: Starter) -> None:
        """Only the default one may be missing."""
        status, output = procrun("run", "-e", "nonesuch", "echo", "no").finish()

        assert status == 78
        assert output.startswith("procrun: nonesuch: no such env file\n")

    @pytest.mark.parametrize("text", ["A", "=1", "export A=1", ""], ids=repr)
    def test_a_variable_without_a_good_name_is_refused(self, procrun: Starter, text: str) -> None:
        """It is a wrong command line."""
        status, output = procrun("run", "-E", text, "echo", "no").finish()

        assert status == 2
        assert "Write -E KEY=VALUE" in output

    def test_root_is_where_it_runs(self, procrun: Starter) -> None:
        """The env file is that of the root, and so is a relative command."""
        app = procrun.folder / "app"
        app.mkdir()
        (app / ".env").write_text("A=1\n", encoding="utf-8")
        script(app / "here", '#!/bin/sh\necho "$(pwd -P) $A"\n')
        expected = (0, f"{app.resolve()} 1\n")

        assert procrun("-d", "app", "run", "./here").finish() == expected
        assert procrun("run", "--root", str(app), "./here").finish() == expected
        assert procrun("run", "-f", "app/Procfile", "./here").finish() == expected

    def test_a_caller_without_a_folder_can_run(self, procrun: Starter) -> None:
        """The current folder may have been removed."""
        script_ = f'mkdir gone; cd gone; rmdir ../gone; exec {sys.executable} -m procrun run "$@"'
        command = ("-c", script_, "sh", "echo", "fine")

        assert procrun("run", "sh", *command).finish() == (0, "fine\n")


class TestProcessTypes:
    """The first word may be a process type."""

    @pytest.mark.parametrize(
        ("typed", "output"),
        [
            (("worker",), "<work>"),
            (("worker", "42"), "<work><42>"),
            (("worker", "a b", "$X", ""), "<work><a b><$X><>"),
            (("worker 4 '2 3'",), "<work><4><2 3>"),
            (("  worker  4 | tr 4 5",), "<work><5>"),
            (("workers",), None),
            (("worker.1",), None),
            (("worker 1", "2"), None),
        ],
        ids=repr,
    )
    def test_its_command_takes_its_place(
        self, procrun: Starter, typed: tuple[str, ...], output: str | None
    ) -> None:
        """In both forms, with the other words behind it; only the exact name counts."""
        running = procrun("run", *typed, procfile=PROCFILE, apart=True)

        status, found, _errors = ended(running)
        assert (status, found) == ((127, "") if output is None else (0, output))

    def test_it_gets_the_port_that_start_would_give(self, procrun: Starter) -> None:
        """A PORT that is set stays, an empty one counts as none."""
        port = 'release: true\nweb: echo "$PORT"\n'

        assert procrun("run", "web", procfile=port).finish()[1] == "5100\n"
        assert procrun("run", "web", env={"PORT": "77"}).finish()[1] == "77\n"
        assert procrun("run", "web", env={"PORT": ""}).finish()[1] == "5100\n"
        assert procrun("run", "web", env={"PROCRUN_PORT": "6000"}).finish()[1] == "6100\n"
        assert procrun("run", "-E", "PORT=x", "web").finish()[1] == "x\n"

    def test_it_gets_a_free_port_where_ports_are_free_ones(self, procrun: Starter) -> None:
        """Zero is never the port itself."""
        running = procrun("run", "web", env={"PROCRUN_PORT": "0"}, procfile="web: echo $PORT\n")

        assert int(running.finish()[1]) > 1023

    def test_a_broken_procfile_is_in_nobody_else_s_way(self, procrun: Starter) -> None:
        """Only who names one of its types is told of it, and of all of it."""
        running = procrun("run", "echo", "fine", procfile=BROKEN)
        assert running.finish() == (0, "fine\n")

        status, output = procrun("run", "worker").finish()
        assert status == 78
        assert "procrun: Procfile:2: " in output
        assert "procrun: Procfile:3: " in output

    def test_a_procfile_of_windows_is_read(self, procrun: Starter) -> None:
        """A byte order mark is no part of the first name."""
        running = procrun("run", "web", procfile="\ufeffweb: echo fine\r\n")

        assert running.finish() == (0, "fine\n")

    def test_standard_input_is_never_taken_for_a_procfile(self, procrun: Starter) -> None:
        """`-f -` would eat what is meant for the command."""
        assert procrun("run", "-f", "-", "cat", stdin=b"web: x").finish() == (0, "web: x")


class TestStatus:
    """What `run` gives back is the command's."""

    @pytest.mark.parametrize("form", ["shell", "literal"])
    @pytest.mark.parametrize("status", [0, 3, 255])
    def test_a_status_is_passed_on(self, procrun: Starter, form: str, status: int) -> None:
        """Whether a shell is between or not."""
        command = ("sh", "-c", f"exit {status}") if form == "literal" else (f"exit {status}",)

        assert procrun("run", *command).finish() == (status, "")

    def test_a_signal_is_passed_on(self, procrun: Starter) -> None:
        """The command has the very pid that was started, and who waits sees the signal."""
        running = procrun("run", "sh", "-c", "echo $$; kill -KILL $$")

        status, output = running.finish()
        assert (status, int(output)) == (-signal.SIGKILL, running.pid)

    def test_a_signal_to_us_is_one_to_the_command(self, procrun: Starter) -> None:
        """There is nobody in between that could fail to pass it on."""
        text = "trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.01; done"
        running = procrun("run", "sh", "-c", text)
        running.wait_for("ready")
        running.signal(signal.SIGTERM)

        assert running.finish() == (7, "ready\ngot it\n")

    def test_who_writes_to_nobody_ends(self, procrun: Starter) -> None:
        """SIGPIPE has its usual effect, though Python ignores it."""
        text = f"{sys.executable} -m procrun run yes | head -1; echo ${{PIPESTATUS[0]}}"

        assert procrun("run", "bash", "-c", text).finish() == (0, f"y\n{128 + signal.SIGPIPE}\n")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ])
    def test_signals_have_their_usual_effect(
        self, procrun: Starter, number: signal.Signals
    ) -> None:
        """What Python does with them is not handed down."""
        running = procrun("run", "sh", "-c", f"kill -{number.value} $$; echo survived")

        assert running.finish() == (-number, "")


class TestFailure:
    """A command that cannot be run: a shell's status, and what to do."""

    @pytest.mark.parametrize(
        ("typed", "status", "told"),
        [
            (("nonesuch", "x"), 127, "procrun: nonesuch: command not found"),
            (("nonesuch",), 127, "nonesuch: command not found"),
            (("./nonesuch", "x"), 127, "procrun: ./nonesuch: no such file"),
            (("./nonesuch",), 127, "procrun: ./nonesuch: no such file"),
            (("", "x"), 127, "procrun: the command is an empty word"),
            (("./plain",), 126, "procrun: ./plain: Permission denied"),
            (("./plain", "x"), 126, "procrun: ./plain: Permission denied"),
            (("./folder",), 126, "procrun: ./folder is a folder"),
            (("./folder", "x"), 126, "procrun: ./folder is a folder"),
            (("folder", "x"), 127, "procrun: folder: command not found"),
            (("./plain/x", "x"), 127, "procrun: ./plain/x: no such file"),
            (("./orphan",), 126, "procrun: ./orphan: interpreter not found"),
        ],
        ids=repr,
    )
    def test_it_says_why(
        self, procrun: Starter, typed: tuple[str, ...], status: int, told: str
    ) -> None:
        """On standard error, with a remedy."""
        (procrun.folder / "plain").touch()
        (procrun.folder / "folder").mkdir()
        script(procrun.folder / "orphan", "#!/nonesuch\n")
        path = f".:/nonesuch:{os.environ['PATH']}"

        found, output, errors = ended(procrun("run", *typed, env={"PATH": path}, apart=True))

        assert (found, output) == (status, "")
        assert f"{told}\n" in errors
        assert "Traceback" not in errors

    @pytest.mark.parametrize("form", ["literal", "shell"])
    def test_a_script_without_a_first_line_runs_in_a_shell(
        self, procrun: Starter, form: str
    ) -> None:
        """As every shell does with it, with its arguments."""
        script(procrun.folder / "plain", 'echo "$1" "$#"\n')
        command = ("./plain", "a b", "") if form == "literal" else ("./plain 'a b' ''",)

        assert procrun("run", *command).finish() == (0, "a b 2\n")

    def test_a_script_without_a_first_line_is_found_on_the_path(self, procrun: Starter) -> None:
        """Not only where it has a slash."""
        script(procrun.folder / "plain", 'echo "$1"\n')
        env = {"PATH": f"{procrun.folder}:{os.environ['PATH']}"}

        assert procrun("run", "plain", "a b", env=env).finish() == (0, "a b\n")

    def test_an_environment_that_is_too_large_is_told(self, procrun: Starter) -> None:
        """Which variable is to blame, and no word of what is in it."""
        running = procrun("run", "true", "x", env_file=f"BIG={'x' * 3_000_000}\n", apart=True)

        status, output, errors = ended(running)
        assert (status, output) == (126, "")
        assert "larger than the system allows" in errors
        assert "BIG, of 2929 KiB" in errors
        assert "xxx" not in errors

    def test_a_command_is_needed(self, procrun: Starter) -> None:
        """Nothing to run is a wrong command line."""
        status, output, errors = ended(procrun("run", apart=True))

        assert (status, output) == (2, "")
        assert "procrun: run needs a command" in errors

    def test_a_root_that_is_none_is_told(self, procrun: Starter) -> None:
        """It is a wrong command line, too."""
        assert procrun("run", "-d", "nonesuch", "true").finish()[0] == 2


class TestItself:
    """Nothing of procrun stays, and it says nothing."""

    def test_standard_output_has_only_what_the_command_writes(self, procrun: Starter) -> None:
        """Neither there nor on standard error is a word about env files or Procfile."""
        running = procrun(
            "run", *SHOW, "a", procfile=PROCFILE, env_file="SHELL=other\n", apart=True
        )

        assert ended(running) == (0, "<a>", "")

    def test_no_descriptor_is_handed_down(self, procrun: Starter) -> None:
        """The command has the three standard ones; `ls` itself opens the folder as the fourth."""
        assert procrun("run", "ls", "/dev/fd/", env_file="A=1\n").finish() == (0, "0\n1\n2\n3\n")

    def test_the_terminal_is_the_command_s(self, terminal: TerminalStarter) -> None:
        """It is in the foreground of it, so that it can read, and Ctrl-C reaches it."""
        text = "test -t 0 && test -t 1 && stty size && read x && echo got $x; sleep 100"
        running = terminal("run", text, size=(30, 77))
        running.wait_for("30 77")
        running.send("abc\n")
        running.wait_for("got abc")
        running.send("\x03")

        assert running.finish()[0] in (-signal.SIGINT, 128 + signal.SIGINT)

    def test_it_can_be_suspended(self, terminal: TerminalStarter) -> None:
        """A job of an interactive shell: Ctrl-Z stops it, fg goes on."""
        shell = terminal.__class__(("bash", "--norc", "--noediting", "-i"), terminal.folder)
        with shell as start:
            running = start(env={"PS1": "> "})
            text = 'echo be""gun; while read x; do echo "<$x>"; done'
            running.send(f"{sys.executable} -m procrun run '{text}'\n")
            running.wait_for("begun")
            running.send("\x1a")
            running.wait_for("Stopped")
            running.send("fg\nstill here\n")
            running.wait_for("<still here>")
            running.send("\x04")
            running.send("exit 5\n")

            assert running.finish()[0] == 5
