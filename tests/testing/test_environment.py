"""The environment of an app in tests, below its env files."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from procrun.core.app_json import EMPTY, AppJson
from procrun.core.inherited import Interpreter
from procrun.errors import ConfigError
from procrun.testing.environment import app_json_in, base_environment, require, running_python

if TYPE_CHECKING:
    from pathlib import Path

APP = AppJson({"MODE": "test", "LANG": "C"}, {"KEY": "app.json:2"}, ("TOKEN",), {})


class TestBase:
    """Whose value of a variable it is."""

    def test_the_usual_ones_are_inherited_and_app_json_adds_its_own(self) -> None:
        """What it says holds, and nothing else of the caller's is there."""
        caller = {"PATH": "/bin", "LANG": "de", "HOME": "/h", "MODE": "mine", "DATABASE_URL": "x"}

        found = base_environment(APP.replace(secrets=()), caller)

        assert found == {"PATH": "/bin", "LANG": "C", "HOME": "/h", "MODE": "test"}

    def test_what_is_passed_on_beats_app_json(self) -> None:
        """It was named for just this, as where a CI has a database of its own."""
        caller = {"PATH": "/bin", "MODE": "mine", "TOKEN": "t", "KEY": "k", "OTHER": "o"}

        found = base_environment(APP, caller, ["MODE", "TOK*", "KE?"])

        assert found == {"PATH": "/bin", "LANG": "C", "MODE": "mine", "TOKEN": "t", "KEY": "k"}

    def test_a_secret_is_new_each_time(self) -> None:
        """64 hexadecimal digits, so that no test comes to depend on one."""
        first, second = (base_environment(APP, {})["TOKEN"] for _ in range(2))

        assert first != second
        assert len(bytes.fromhex(first)) == len(bytes.fromhex(second)) == 32

    @pytest.mark.parametrize("passed", [(), ["*"]], ids=str)
    def test_the_programs_of_a_python_come_first(self, passed: list[str]) -> None:
        """Even where everything is passed on."""
        python = Interpreter("/app/.venv/bin", "/app/.venv")

        found = base_environment(EMPTY, {"PATH": "/bin", "VIRTUAL_ENV": "/x"}, passed, python)

        assert found == {"PATH": "/app/.venv/bin:/bin", "VIRTUAL_ENV": "/app/.venv"}

    def test_what_was_given_is_left_alone(self) -> None:
        """Neither the caller's environment nor app.json's is changed."""
        caller = {"PATH": "/bin"}

        base_environment(APP, caller, ["*"], Interpreter("/x", "/x"))

        assert caller == {"PATH": "/bin"}
        assert APP.env == {"MODE": "test", "LANG": "C"}


class TestRequire:
    """What app.json requires and does not have itself."""

    @pytest.mark.parametrize("place", ["environment", "file", "overrides"])
    def test_it_may_come_from_anywhere(self, tmp_path: Path, place: str) -> None:
        """From what is passed on, an env file or the tests."""
        path = tmp_path / ".env.test"
        path.write_text("KEY=x\n" if place == "file" else "")
        own = {"KEY": "x"}
        environment = own if place == "environment" else {}
        overrides = own if place == "overrides" else {}

        require(APP, environment, [(str(path), True)], overrides)

    def test_it_is_an_error_if_nothing_sets_it(self, tmp_path: Path) -> None:
        """With the place that requires it."""
        with pytest.raises(ConfigError, match=r"^app\.json:2: config var KEY is required"):
            require(APP, {"OTHER": "x"}, [(str(tmp_path / "none"), False)], {"MODE": "x"})

    def test_without_need_no_file_is_read(self, tmp_path: Path) -> None:
        """The app reads them, and tells what is wrong with them."""
        require(EMPTY, {}, [(str(tmp_path / "none"), True)], {})


def test_app_json_is_that_of_the_root(tmp_path: Path) -> None:
    """A root without one has nothing to say."""
    assert app_json_in(str(tmp_path)) == EMPTY
    (tmp_path / "app.json").write_text('{"formation": {"web": {"quantity": 2}}}')

    assert app_json_in(str(tmp_path)).formation == {"web": 2}


class TestPython:
    """The Python that runs the tests, as it tells of itself."""

    def test_the_programs_of_this_one_are_found(self) -> None:
        """It is one of them, under whatever name."""
        python = running_python()

        assert python
        assert os.path.dirname(sys.executable) == python.programs

    def test_a_virtual_environment_need_not_be_activated(self, tmp_path: Path) -> None:
        """Its `python` is the app's, though the PATH of the caller does not know it."""
        folder = tmp_path / "venv"
        venv.create(folder, symlinks=True)
        program = (
            "import os, subprocess\n"
            "from procrun.core.app_json import EMPTY\n"
            "from procrun.testing.environment import base_environment, running_python\n"
            "own = base_environment(EMPTY, os.environ, interpreter=running_python())\n"
            "script = 'command -v python; echo $VIRTUAL_ENV'\n"
            "subprocess.run(['/bin/sh', '-c', script], env=own, check=True)\n"
        )
        own = {"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(sys.path)}

        done = subprocess.run(
            [folder / "bin/python", "-c", program],
            env=own,
            check=True,
            capture_output=True,
            text=True,
        )

        assert done.stdout == f"{folder}/bin/python\n{folder}\n"
