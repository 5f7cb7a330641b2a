"""`procrun config edit`, with real editors: sed and shells."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Starter, TerminalStarter

ENV = "# one\nA=1\nB='it is' # two\n"


@pytest.fixture(autouse=True)
def env_file(tmp_path: Path) -> Path:
    """Give an env file."""
    path = tmp_path / ".env"
    path.write_text(ENV, encoding="utf-8")
    return path


def copies(folder: Path) -> list[Path]:
    """What was kept of an edit."""
    return sorted((folder / ".procrun").glob("edit-*"))


def test_the_whole_file_is_edited(procrun: Starter, env_file: Path) -> None:
    """VISUAL beats EDITOR, and may have options."""
    editors = {"EDITOR": "false", "VISUAL": "sed -i -e s/A=1/A=2/"}

    running = procrun("config", "edit", env=editors, apart=True)

    assert running.finish() == (0, "")
    assert running.errors == "Editing config vars in .env... done, v2\n"
    assert env_file.read_text(encoding="utf-8") == ENV.replace("A=1", "A=2")
    assert "Set A config vars" in procrun("releases").finish()[1]
    assert copies(procrun.folder) == []


def test_one_value_is_edited(procrun: Starter, env_file: Path) -> None:
    """Without its quotes; a newline at the end is the editor's."""
    editor = {"EDITOR": "sed -i -e 's/it is/it was/;$a and will be'"}

    assert procrun("config", "edit", "B", env=editor).finish()[0] == 0

    text = ENV.replace("'it is'", '"it was\\nand will be"')
    assert env_file.read_text(encoding="utf-8") == text
    assert procrun("config", "edit", "NEW", env={"EDITOR": "echo x >"}).finish()[0] == 0
    assert env_file.read_text(encoding="utf-8") == f"{text}NEW=x\n"


def test_what_is_left_as_it_was_is_no_release(procrun: Starter, env_file: Path) -> None:
    """Also where only a comment is another one."""
    for editor in ("true", "sed -i -e s/one/uno/"):
        status, output = procrun("config", "edit", env={"EDITOR": editor}).finish()
        assert (status, output) == (0, "Editing config vars in .env... done (nothing changed)\n")
    assert env_file.read_text(encoding="utf-8") == ENV.replace("one", "uno")
    assert copies(procrun.folder) == []


@pytest.mark.parametrize(
    ("editor", "status", "message"),
    [
        ("echo C >>", 78, ":4: there is no `=` after the name\n"),
        ("printf '\\377' >>", 78, ":4: not UTF-8"),
        ("sh -c 'echo C=1 >> $0; exit 3'", 1, "the editor ended with status 3\n"),
        ("sh -c 'echo C=1 >> $0; echo D=1 >> .env'", 1, ".env has changed meanwhile\n"),
    ],
)
def test_an_edit_that_is_refused_is_not_lost(
    procrun: Starter, env_file: Path, editor: str, status: int, message: str
) -> None:
    """The message says where it is, for this user alone."""
    found, output = procrun("config", "edit", env={"EDITOR": editor}).finish()

    (copy,) = copies(procrun.folder)
    assert (found, message in output) == (status, True), output
    assert f" Your edit is kept in {os.path.relpath(copy, procrun.folder)}.\n" in output
    assert copy.read_bytes().startswith(ENV.encode())
    assert len(copy.read_bytes()) > len(ENV)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert env_file.read_text(encoding="utf-8").removesuffix("D=1\n") == ENV


@pytest.mark.parametrize(
    ("editor", "message"),
    [
        ("nowhere -w", "there is no editor 'nowhere'\n"),
        ("sh -c 'exit 127'", "the editor ended with status 127\n"),
        ("false", "the editor ended with status 1\n"),
        ("echo C=1 >> .env; true", ".env has changed meanwhile\n"),
    ],
)
def test_what_was_not_edited_is_not_kept(procrun: Starter, editor: str, message: str) -> None:
    """It holds every secret."""
    status, output = procrun("config", "edit", env={"EDITOR": editor}).finish()

    assert (status, message in output) == (1, True), output
    assert "is kept in" not in output
    assert copies(procrun.folder) == []


def test_on_a_terminal_it_can_be_mended_at_once(terminal: TerminalStarter, env_file: Path) -> None:
    """The same copy comes again; the editor has the terminal."""
    editor = "sh -c 'echo go; read line; echo $line >> $0'"
    running = terminal("config", "edit", env={"EDITOR": editor})

    running.wait_for("go")
    running.send("C\n")
    running.wait_for("Edit again? [Y/n] ", open_line=True)
    running.send("\n")
    running.wait_for("go", times=2)
    (copy,) = copies(terminal.folder)
    copy.write_text(ENV, encoding="utf-8")
    running.send("C=1\n")

    assert running.finish()[0] == 0
    assert env_file.read_text(encoding="utf-8") == f"{ENV}C=1\n"


def test_whoever_does_not_want_to_mend_it_keeps_it(
    terminal: TerminalStarter, env_file: Path
) -> None:
    """And nothing is changed."""
    running = terminal("config", "edit", env={"EDITOR": "echo C >>"})

    running.wait_for("Edit again? [Y/n] ", open_line=True)
    running.send("n\n")

    assert running.finish()[0] == 78
    assert env_file.read_text(encoding="utf-8") == ENV
    assert len(copies(terminal.folder)) == 1


def test_ctrl_c_is_the_editors(terminal: TerminalStarter, env_file: Path) -> None:
    """As it is for what else has the terminal."""
    editor = """sh -c 'trap "echo C=1 >> $0; exit 0" INT; echo go; read line'"""
    running = terminal("config", "edit", env={"EDITOR": editor})

    running.wait_for("go")
    running.send("\x03")

    assert running.finish()[0] == 0
    assert env_file.read_text(encoding="utf-8") == f"{ENV}C=1\n"
