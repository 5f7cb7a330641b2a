"""What is told of a machine that can't run an exported app."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from procrun.export.machine import shortcomings
from procrun.export.making import PLACEHOLDER
from tests.export.examples import blueprint, service

if TYPE_CHECKING:
    from pathlib import Path

    from procrun.export.blueprint import Blueprint

SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OTHER_USER = next(each.pw_name for each in pwd.getpwall() if each.pw_uid not in (0, os.getuid()))


def app(command: str, **changes: object) -> Blueprint:
    """An app of one process type."""
    web = service("web", command, (5000,)).replace(where="Procfile:1")
    return blueprint(web, platform={"PATH": SYSTEM}, **changes)


def program(folder: Path, name: str) -> Path:
    """A program in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder


class TestPrograms:
    """Those that commands begin with."""

    @pytest.mark.parametrize(
        "command",
        [
            "not-there-1 --bind :$PORT",
            "exec not-there-1",
            "A=b not-there-1 > log",
            "'not-there-1' x",
        ],
    )
    def test_one_that_is_nowhere_is_told(self, command: str) -> None:
        """With its place, and with what to do."""
        (line,) = shortcomings(app(command), has_user=False)

        assert line.startswith("not on the PATH that the app gets: not-there-1 (Procfile:1). ")
        assert "(`.venv`), or put " in line
        assert line.endswith("put PATH=/FOLDER/OF/IT:${PATH} into .env")

    @pytest.mark.parametrize(
        "command",
        [
            "sh -c x",
            "cd /x",
            "declare x",
            "./not-there-1",
            "$X y",
            "PATH=/x not-there-1",
            "not-there-1 | not-there-2",
            "cd /x && not-there-1",
            "(not-there-1)",
            "f() { not-there-1; }; f",
            "~/not-there-1",
            "'",
            "A=b",
        ],
    )
    def test_what_is_there_or_can_be_something_else_is_not(self, command: str) -> None:
        """Nobody is warned of what is right."""
        assert [*shortcomings(app(command), has_user=False)] == []

    def test_the_path_is_that_of_the_app(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A folder of it that is not absolute is below the app's."""
        monkeypatch.setenv("PATH", SYSTEM)
        program(tmp_path / "bin", "only-here")
        found = app("only-here", root=str(tmp_path), config={"PATH": f"bin:{SYSTEM}"})

        assert [*shortcomings(found, has_user=False)] == []
        masked = app("only-here", config={"PATH": PLACEHOLDER})
        assert [*shortcomings(masked, has_user=False)] == []
        assert [*shortcomings(app("only-here"), has_user=False)] != []

    def test_one_that_is_another_for_the_caller_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As with pyenv, whose python has what the app needs."""
        shims = program(tmp_path / "shims", "sh")
        monkeypatch.setenv("PATH", f"{shims}:{SYSTEM}")

        (line,) = shortcomings(app("sh x", env_files=("/x/shop.env",)), has_user=False)

        assert line.startswith("Procfile:1: sh is /")
        assert f"sh for the app, and {shims}/sh for you. Install it" in line
        assert line.endswith(f"put PATH={shims}:${{PATH}} into /x/shop.env")


class TestUsers:
    """The one that the app runs as."""

    def told(self, user: str, root: str = "/") -> list[str]:
        """What is told of a user."""
        return [*shortcomings(app("sh", user=user, root=root), has_user=True)]

    def test_one_that_is_not_known_is_told(self) -> None:
        """With what makes it."""
        (line,) = self.told("nobody-of-that-name")

        assert "no user nobody-of-that-name is here: `sudo useradd --system nobody-of-" in line

    @pytest.mark.parametrize("name", ["root", "0"])
    def test_root_is_told(self, name: str) -> None:
        """It may do everything."""
        assert ["the app is to run as root, who may" in line for line in self.told(name)] == [True]

    def test_a_folder_that_it_may_not_enter_is_told(self, tmp_path: Path) -> None:
        """The first one on the way."""
        (tmp_path / "home" / "shop").mkdir(parents=True)
        (tmp_path / "home").chmod(0o700)

        (line,) = self.told(OTHER_USER, str(tmp_path / "home" / "shop"))

        assert f"{OTHER_USER} can't come to {tmp_path}/home/shop: " in line
        assert " is closed to it. Move it, or open that with `chmod o+x " in line
        assert self.told(OTHER_USER) == []

    def test_a_python_that_it_may_not_come_to_is_told(self, tmp_path: Path) -> None:
        """As that of pyenv below /root, to which a virtual environment leads."""
        real = program(tmp_path / "home", "python")
        real.chmod(0o700)
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python").symlink_to(real / "python")
        search = f"{tmp_path}/bin:{SYSTEM}"
        found = app("sh", user=OTHER_USER, root="/", config={"PATH": search})

        (line,) = shortcomings(found, has_user=True)

        assert line.startswith(f"{OTHER_USER} can't come to {tmp_path}/")

    def test_a_number_that_no_user_can_have_is_told(self) -> None:
        """Without a traceback."""
        assert "no user 9999" in self.told("9" * 20)[0]
