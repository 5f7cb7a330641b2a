"""What stands on the line of `procrun with`, and what comes of it before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.cli.beside import execution_of
from procrun.cli.with_ import environment
from procrun.errors import ProcrunError
from procrun.testing import DynoStatus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter

PROCFILE = "web: true\nworker: true\n"


def dyno(name: str, port: int) -> DynoStatus:
    """A dyno that is up."""
    process_type = name.partition(".")[0]
    return DynoStatus(name, process_type, "up", 0.0, 1, port, 0, "", "true")


class TestLine:
    """Which words are ours."""

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("with", "with -- COMMAND"),
            ("with web", "with web -- COMMAND"),
            ("with npm test", "with -- npm test"),
            ("with web worker=2 npm test", "with web worker=2 -- npm test"),
            ("with web --logs never npm test -x", "with web --logs never -- npm test -x"),
            ("-d . with web curl $URL", "--root . with web -- curl '$URL'"),
            ("with -f none web curl", "with -f none -- web curl"),
        ],
    )
    def test_without_dashes_the_line_is_corrected(
        self, procrun: Starter, typed: str, meant: str
    ) -> None:
        """The command begins at the first word that is no process type."""
        running = procrun(*typed.split(), procfile=PROCFILE, apart=True)

        assert running.finish() == (2, "")
        assert running.errors == (
            f"procrun: with needs `--` in front of the command\n  Write: procrun {meant}\n"
        )

    @pytest.mark.parametrize(
        ("typed", "status", "message"),
        [
            ("with --", 2, "with needs a command"),
            ("with web --", 2, "with needs a command"),
            ("with --logs some -- true", 2, "--logs does not know some"),
            ("with --timeout soon -- true", 2, "soon is no number of seconds to wait"),
            ("with --ready moon -- true", 2, "'moon' can't be waited for"),
            ("with --ready port worker -- true", 2, "there is no web process to wait for"),
            ("with --ready port web=0 worker -- true", 2, "there is no web process to wait for"),
            ("with -E x -- true", 2, "-E has no `=`"),
            ("with -x -- true", 2, "with has no option -x"),
            ("with -x true", 2, "with has no option -x"),
            ("with -f - -- true", 2, "with can't read the Procfile from standard input"),
            ("with -d none -- true", 2, "--root: there is no folder 'none'"),
            ("with wbe -- true", 78, "Procfile has no process type 'wbe'"),
            ("with -f none -- true", 78, "none: no such Procfile"),
            ("with -e .env.test -- true", 78, ".env.test: no such env file"),
            ("with -- nonesuch a", 127, "nonesuch: command not found"),
            ("with -- nonesuch", 127, "nonesuch: command not found"),
            ("with -- ./nonesuch", 127, "./nonesuch: no such file"),
            ("with -- ./Procfile", 126, "./Procfile can't be executed"),
            ("with -- / a", 126, "/ is a folder"),
        ],
    )
    def test_what_is_wrong_is_told_before_anything_starts(
        self, procrun: Starter, typed: str, status: int, message: str
    ) -> None:
        """Each with the exit status of its kind."""
        procfile = "web: echo began >&2; false\nworker: echo began >&2\n"
        running = procrun(*typed.split(), procfile=procfile, apart=True)

        assert running.finish() == (status, "")
        assert running.errors.startswith(f"procrun: {message}")
        assert "began" not in running.errors

    def test_a_script_needs_its_interpreter(self, tmp_path: Path) -> None:
        """As those of a virtual environment that was moved."""
        script = tmp_path / "suite"
        script.write_text("#! /none/python -x\n")
        script.chmod(0o755)
        with pytest.raises(ProcrunError, match="suite: interpreter not found") as caught:
            execution_of((str(script), "a"))

        assert caught.value.exit_code == 126
        script.write_text("#! /bin/sh -e\n")
        assert execution_of((str(script), "a")).program == str(script)

    def test_an_empty_word_is_no_command(self) -> None:
        """It is none for a shell either."""
        with pytest.raises(ProcrunError, match="the command is an empty word") as caught:
            execution_of(("",))

        assert caught.value.exit_code == 127

    def test_one_word_goes_to_the_shell_unless_it_is_a_program(self, tmp_path: Path) -> None:
        """As with `run`; several are passed on as they are."""
        program = tmp_path / "my program"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)

        assert execution_of(("echo $BASE_URL",)).arguments[-1] == "echo $BASE_URL"
        assert execution_of((str(program),)).program == str(program)
        assert execution_of(("echo", "$BASE_URL")).arguments == ("echo", "$BASE_URL")


class TestEnvironment:
    """What the command is told of the app."""

    def test_it_has_the_caller_s_and_the_address_of_web(self) -> None:
        """Nothing of another app is left in it."""
        caller = {"A": "1", "PROCRUN_URL": "old", "BASE_URL": "old"}

        assert environment(caller, [dyno("worker.1", 5), dyno("web.1", 6), dyno("web.2", 7)]) == {
            "A": "1",
            "PROCRUN_URL": "http://127.0.0.1:6",
            "BASE_URL": "http://127.0.0.1:6",
            "PROCRUN_APP_PORT": "6",
        }

    def test_without_web_it_has_a_port_alone(self) -> None:
        """That of the first process."""
        caller = {"PROCRUN_URL": "old", "BASE_URL": "old", "PROCRUN_APP_PORT": "1"}

        assert environment(caller, [dyno("worker.1", 5), dyno("clock.1", 6)]) == {
            "PROCRUN_APP_PORT": "5"
        }
