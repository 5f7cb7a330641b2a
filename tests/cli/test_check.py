"""`procrun check`: every problem at once, with its place and a remedy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.running import Starter

FINE = "web: sh web.sh $PORT\nrelease: true\nworker: echo $HOME\n"


def check(
    procrun: Starter,
    *arguments: str,
    procfile: str | None = None,
    env_file: str | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, str, list[str]]:
    """The status, the output, and the problems without their remedies."""
    running = procrun(
        "check", *arguments, procfile=procfile, env_file=env_file, env=env, apart=True
    )
    status, output = running.finish()
    told = running.errors.splitlines()
    problems = [line.removeprefix("procrun: ") for line in told if line.startswith("procrun: ")]
    assert len(told) == 2 * len(problems), "each problem has a remedy, and nothing else is said"
    return status, output, problems


def write(path: Path, text: str) -> None:
    """Write a file as it stands."""
    path.write_bytes(text.encode())


class TestWell:
    """Nothing is wrong."""

    def test_one_line_says_what_was_read(self, procrun: Starter) -> None:
        """The process types and the number of variables, not their values."""
        result = check(procrun, procfile=FINE, env_file="A=secret\nB=2\nA=3\n")

        assert result == (0, "Procfile: web, release, worker; .env: 2 variables; no problems\n", [])

    def test_without_env_file_and_settings_there_is_less_to_say(self, procrun: Starter) -> None:
        """Neither of them has to exist."""
        assert check(procrun, procfile=FINE)[:2] == (
            0,
            "Procfile: web, release, worker; no problems\n",
        )

    def test_files_that_are_named_are_checked(self, procrun: Starter) -> None:
        """Those in another root, or on standard input."""
        app = procrun.folder / "app"
        app.mkdir()
        write(app / "Procfile.dev", "web: true\n")
        write(app / ".env", "A=1\n")
        write(procrun.folder / "more", "B=1\n")

        assert check(procrun, "-d", "app", "-f", "app/Procfile.dev", "-e", "app/.env,more")[1] == (
            "app/Procfile.dev: web; app/.env: 1 variable; more: 1 variable; no problems\n"
        )
        stdin = procrun("check", "-f", "-", stdin=b"clock: true\n").finish()
        assert stdin == (0, "standard input: clock; no problems\n")

    def test_json_is_an_empty_array(self, procrun: Starter) -> None:
        """It is what a program expects of a list of problems."""
        status, output = procrun("check", "--json", procfile=FINE).finish()

        assert (status, json.loads(output)) == (0, [])


class TestErrors:
    """What `start` would refuse."""

    def test_all_of_them_are_told_at_once(self, procrun: Starter) -> None:
        """Those of the settings, the Procfile and the env file."""
        write(procrun.folder / "procrun.toml", "port = 1\nportt = 5\ntimeout = 'x'\n")

        status, output, problems = check(
            procrun, procfile="web true\nweb: a\nweb: b\n", env_file="A=1\n\nB\n"
        )

        assert (status, output) == (1, "")
        assert [problem.partition(": ")[0] for problem in problems] == [
            "procrun.toml:2",
            "procrun.toml:3",
            "Procfile:1",
            "Procfile:3",
            ".env:3",
        ]

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ("formation = 'wbe=2'", "procrun.toml: Procfile has no process type 'wbe'"),
            ("formation = 'release=1'", "procrun.toml: release is not a service"),
            ("formation = 'web=101'", "procrun.toml: web=101 is more than 100 of a type"),
            ("formation = 'all=0'", "procrun.toml: nothing to start"),
            ("exclude = ['wbe']", "procrun.toml: Procfile has no process type 'wbe'"),
            ("port = 65500", "worker.1 would get port 65700, above 65535"),
            ("env = ['nonesuch']", "nonesuch: no such env file"),
            ("procfile = 'nonesuch'", "nonesuch: no such Procfile"),
            ("[", "procrun.toml:1: not TOML"),
        ],
        ids=lambda value: value,
    )
    def test_settings_that_start_refuses(self, procrun: Starter, settings: str, told: str) -> None:
        """With the place of the setting that is to blame."""
        write(procrun.folder / "procrun.toml", settings)

        status, output, problems = check(procrun, procfile=FINE)

        assert (status, output) == (1, "")
        assert len(problems) == 1
        assert problems[0].startswith(told)
        assert procrun("start").finish()[0] == 78

    @pytest.mark.parametrize(
        ("procfile", "env_file", "told"),
        [
            ("", "", "Procfile: no process types"),
            ("release: true\n", "", "Procfile: no process type but release"),
            ("web: true\n", "PORT=http\n", ".env:1: 'http' is not a port"),
        ],
        ids=["empty", "only release", "port"],
    )
    def test_files_that_start_refuses(
        self, procrun: Starter, procfile: str, env_file: str, told: str
    ) -> None:
        """Also where each line by itself is right."""
        assert check(procrun, procfile=procfile, env_file=env_file) == (1, "", [told])

    def test_what_is_wrong_with_app_json(self, procrun: Starter) -> None:
        """Its variables and formation, which apps in tests get; one that is well is not told of."""
        write(procrun.folder / "app.json", '{"env": {"A": "x"}, "name": "app"}')
        well = check(procrun, procfile=FINE)
        write(procrun.folder / "app.json", '{"env": {\n"A": 1}}')

        assert well == (0, "Procfile: web, release, worker; no problems\n", [])
        assert check(procrun, procfile=FINE) == (
            1,
            "",
            ["app.json:2: A must be text or an object"],
        )

    def test_a_missing_procfile_is_one_of_them(self, procrun: Starter) -> None:
        """But not the only thing that is told."""
        assert check(procrun, env_file="A\n")[2] == [
            "Procfile: no such Procfile",
            ".env:1: there is no `=` after the name",
        ]

    def test_a_wrong_command_line_is_not_a_finding(self, procrun: Starter) -> None:
        """It is a wrong use of `check`."""
        assert procrun("check", "-d", "nonesuch").finish()[0] == 2
        assert procrun("check", "--jsn").finish()[0] == 2

    def test_json_has_them_all(self, procrun: Starter) -> None:
        """On standard output, and nothing on standard error."""
        running = procrun("check", "--json", procfile="web: a 'b\nx\n", apart=True)
        status, output = running.finish()

        assert (status, running.errors) == (1, "")
        assert json.loads(output) == [
            {
                "where": "Procfile:2",
                "text": "'x' is not a process type",
                "hint": "Write NAME: COMMAND, or # before a comment.",
                "severity": "error",
            }
        ]


class TestWarnings:
    """What is probably a mistake."""

    def test_they_alone_are_no_failure(self, procrun: Starter) -> None:
        """The last line counts them."""
        assert check(procrun, procfile="web: nonesuch $QUEUE\nall: true\n") == (
            0,
            "Procfile: web, all; 3 warnings\n",
            [
                "warning: Procfile:2: all stands for every process type, as in -c all=1",
                "warning: Procfile:1: web: 'nonesuch' is not on the PATH",
                "warning: Procfile:1: web: nothing sets $QUEUE",
            ],
        )

    def test_json_tells_them_apart(self, procrun: Starter) -> None:
        """By their severity."""
        status, output = procrun("check", "--json", procfile="web: nonesuch\n").finish()

        assert status == 0
        assert [problem["severity"] for problem in json.loads(output)] == ["warning"]

    def test_what_the_app_has_is_set(self, procrun: Starter) -> None:
        """The variables of shell, env file and `start`, and the programs on the app's PATH."""
        (procrun.folder / "bin").mkdir()
        for name in ("bin/tool", "own"):
            write(procrun.folder / name, "#!/bin/sh\n")
            (procrun.folder / name).chmod(0o755)
        procfile = "web: tool $A $B $PORT $PS $PYTHONUNBUFFERED\nworker: ./own\n"
        env_file = f"A=1\nPATH=bin:{os.defpath}\n"

        result = check(procrun, procfile=procfile, env_file=env_file, env={"B": "1"})

        assert result == (0, "Procfile: web, worker; .env: 2 variables; no problems\n", [])

    def test_a_path_is_one_from_the_root(self, procrun: Starter) -> None:
        """Not from the current folder; it has to be executable."""
        app = procrun.folder / "app"
        app.mkdir()
        write(app / "Procfile", "web: ./tool\nworker: ./plain\nclock: ./folder\n")
        (app / "tool").touch(0o755)
        (app / "plain").touch(0o644)
        (app / "folder").mkdir()

        assert check(procrun, "-d", "app")[2] == [
            "warning: app/Procfile:2: worker: './plain' is not an executable file",
            "warning: app/Procfile:3: clock: './folder' is not an executable file",
        ]

    def test_settings_for_missing_types(self, procrun: Starter) -> None:
        """Those that `start` does not look at; `all` and the name of a dyno are fine."""
        write(
            procrun.folder / "procrun.toml",
            "quiet = ['web.1', 'wbe', 'clock.2']\ncan_die = 'all'\nrestart = ['release']\n"
            "[types.wrker]\ntimeout = 3\n",
        )

        assert check(procrun, procfile=FINE)[2] == [
            "warning: procrun.toml: quiet names 'wbe', which Procfile lacks",
            "warning: procrun.toml: quiet names 'clock', which Procfile lacks",
            "warning: procrun.toml: restart has no effect on release, which is not a service",
            "warning: procrun.toml: types names 'wrker', which Procfile lacks",
        ]

    @pytest.mark.parametrize("name", [".foreman", ".overmind.env", ".overmind.sock", ".goreman"])
    def test_files_of_other_runners(self, procrun: Starter, name: str) -> None:
        """They have no effect, which would be seen late."""
        write(procrun.folder / name, "")

        told = [f"warning: {name}: procrun does not read this file"]
        assert check(procrun, procfile=FINE)[2] == told

    def test_a_file_of_another_runner_that_is_read_here(self, procrun: Starter) -> None:
        """Who names it as an env file knows of it."""
        write(procrun.folder / ".overmind.env", "A=1\n")

        assert check(procrun, "-e", ".overmind.env", procfile=FINE)[2] == []

    def test_a_setting_in_an_env_file(self, procrun: Starter) -> None:
        """Nothing reads it there; what is reserved is no setting."""
        env = "PROCRUN_TIMOUT=3\nPROCRUN_URL=http://localhost\n"

        told = [
            "warning: .env:1: PROCRUN_TIMOUT is a setting, and settings are not read from env files"
        ]
        assert check(procrun, procfile=FINE, env_file=env)[2] == told

    @pytest.mark.needs("git")
    def test_an_env_file_that_git_tracks(self, procrun: Starter) -> None:
        """Secrets do not belong there; one that git does not track is fine."""
        git(procrun.folder, "init", "-q")
        git(procrun.folder, "add", write_env(procrun.folder / "tracked"))
        write_env(procrun.folder / ".env")

        assert check(procrun, "-e", "tracked,.env", procfile=FINE)[2] == [
            "warning: tracked: git tracks this file"
        ]

    @pytest.mark.needs("git")
    def test_without_git_there_is_nothing_to_say(self, procrun: Starter) -> None:
        """Whether it is not installed or does not work."""
        git(procrun.folder, "init", "-q")
        write_env(procrun.folder / ".env")
        (procrun.folder / "bin").mkdir()
        for name in ("sh", "true", "echo"):
            (procrun.folder / "bin" / name).symlink_to(shutil.which(name) or name)

        result = check(procrun, procfile=FINE, env={"PATH": str(procrun.folder / "bin")})

        assert result[2] == []


def write_env(path: Path) -> str:
    """Write an env file; its name."""
    write(path, "A=1\n")
    return path.name


def git(folder: Path, *arguments: str) -> None:
    """Run git where nobody's own settings count."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ("git", *arguments)
    subprocess.run(command, cwd=folder, env=environment(settings), check=True)
