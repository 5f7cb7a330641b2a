"""`procrun release`: the command of the release phase, once and in the foreground."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.running import Starter


def test_it_runs_in_the_app_s_environment(procrun: Starter) -> None:
    """With the env files, -E and its name, in the root, and through the shell."""
    app = procrun.folder / "app"
    app.mkdir()
    (app / "Procfile").write_text('release: echo "$PS $A $B" | cat; pwd -P\n', encoding="utf-8")
    (app / ".env").write_text("A=1\nB=1\n", encoding="utf-8")

    status, output = procrun("-d", "app", "release", "-E", "B=2").finish()

    assert (status, output) == (0, f"release.1 1 2\n{app.resolve()}\n")


def test_its_status_is_the_command_s(procrun: Starter) -> None:
    """Or its signal, as procrun has become the command."""
    assert procrun("release", procfile="release: exit 3\nweb: true\n").finish() == (3, "")
    killed = procrun("release", procfile="release: kill -TERM $$\n").finish()
    assert killed == (-signal.SIGTERM, "")


def test_a_procfile_without_one_is_told(procrun: Starter) -> None:
    """With an example of the line that is missing."""
    running = procrun("release", procfile="web: true\n", apart=True)

    assert running.finish() == (78, "")
    assert running.errors == (
        "procrun: Procfile: there is no release command\n"
        "  Add a line such as release: python manage.py migrate\n"
    )


def test_everything_that_is_wrong_is_told_at_once(procrun: Starter) -> None:
    """Of the Procfile and of the env file."""
    status, output = procrun("release", procfile="web\n", env_file="A\n").finish()

    assert status == 78
    assert "procrun: Procfile:1: " in output
    assert "procrun: .env:1: " in output


def test_it_takes_no_words(procrun: Starter) -> None:
    """The command is the Procfile's alone."""
    assert procrun("release", "now", procfile="release: true\n").finish()[0] == 2
