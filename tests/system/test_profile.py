"""The scripts that a dyno's shell reads first."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from procrun.system import shell
from procrun.system.profile import reading_of, scripts

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **texts: str) -> None:
    """Write profile scripts; the one called `profile` is the last."""
    (folder / ".profile.d").mkdir()
    for name, text in texts.items():
        path = ".profile" if name == "profile" else f".profile.d/{name}.sh"
        (folder / path).write_text(f"{text}\n", encoding="utf-8")


def test_most_apps_have_none(tmp_path: Path) -> None:
    """Then nothing stands before their command."""
    assert scripts(str(tmp_path)) == ()
    assert reading_of(()) == ""


def test_they_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    """And .profile is the last; what is no script of the folder is left alone."""
    write(tmp_path, b="", a="", profile="")
    for name in ("c.txt", ".d.sh"):
        (tmp_path / ".profile.d" / name).touch()
    (tmp_path / ".profile.d" / "e.sh").mkdir()

    assert scripts(str(tmp_path)) == (".profile.d/a.sh", ".profile.d/b.sh", ".profile")


@pytest.mark.parametrize("has_bash", [True, False])
def test_the_shell_of_the_command_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_bash: bool
) -> None:
    """Each sees what those before it have set; one that fails is passed over, then it gives way."""
    if not has_bash:
        monkeypatch.setattr(shell, "find_shell", lambda: "/bin/sh")
    write(tmp_path, a="export A=1", b="export B=${A}2; false", profile="C=$B; export C")
    (tmp_path / ".profile.d" / "it's.sh").write_text("export D=$B$B\n", encoding="utf-8")
    before = reading_of(scripts(str(tmp_path)))
    execution = shell.through_shell("printenv A B C D", before=before)

    done = subprocess.run(
        (execution.program, *execution.arguments[1:]),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("1\n12\n12\n1212\n", "")
