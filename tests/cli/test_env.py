"""`procrun env`: what a process would get, in three forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.running import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.running import Starter

PROCFILE = "web: true\nrelease: true\nworker: true\n"
ODD = {
    "EMPTY": "",
    "BLANKS": "  a  b ",
    "QUOTES": 'it\'s "so" `x` $HOME \\n',
    "NEWLINES": "a\nB=b\n",
    "CONTROL": "\x1b[1m\t\x7f\r",
    "LOOKS": "$'a\\n'",
    "BYTES": os.fsdecode(b"\xff\xfe"),
    "LETTERS": "äß€ …",
    "BANG": "!! #{x}",
}


def env(
    procrun: Starter,
    *arguments: str,
    env_file: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables that it prints, by way of JSON."""
    running = procrun("env", "--json", *arguments, procfile=PROCFILE, env_file=env_file, env=extra)
    status, output = running.finish()
    assert status == 0, output
    values = json.loads(output)
    assert isinstance(values, dict)
    return values


class TestWhose:
    """Whose environment it is."""

    @pytest.mark.parametrize(
        ("name", "ps", "port"),
        [
            ("web", "web.1", "5000"),
            ("web.1", "web.1", "5000"),
            ("web.3", "web.3", "5002"),
            ("worker", "worker.1", "5200"),
            ("worker.100", "worker.100", "5299"),
        ],
    )
    def test_a_dyno_gets_what_start_gives(
        self, procrun: Starter, name: str, ps: str, port: str
    ) -> None:
        """A type means its first dyno; the number need not be in the formation."""
        values = env(procrun, name)

        assert (values["PS"], values["PORT"], values["PYTHONUNBUFFERED"]) == (ps, port, "1")
        assert not values.keys() & {"DYNO", "FORCE_COLOR"}

    def test_it_is_the_same_that_start_gives(self, procrun: Starter) -> None:
        """Variable by variable."""
        show = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
        procfile = f"web: {show}\n"
        options = ("-p", "6000", "-E", "A=1")
        started = procrun(
            "start", *options, "--no-prefix", procfile=procfile, env_file="B=2\n"
        ).wait_for("PYTHONUNBUFFERED")
        printed = procrun("env", "web", *options, "--json").finish()[1]

        # A shell has its own mind of these.
        of_shell = {"_", "SHLVL", "PWD", "OLDPWD"}
        one, other = json.loads(started), json.loads(printed)
        for name in of_shell:
            one.pop(name, None)
            other.pop(name, None)
        assert one == other

    def test_without_a_name_it_is_what_run_gives(self, procrun: Starter) -> None:
        """No Procfile is needed for that."""
        options = ("-E", "A=1")
        ran = procrun("run", *options, "env", "-0", env_file="B=2\n").finish()[1]
        printed = procrun("env", *options, "--json").finish()[1]

        assert json.loads(printed) == dict(pair.split("=", 1) for pair in ran.split("\0") if pair)

    def test_the_release_command_has_its_name(self, procrun: Starter) -> None:
        """It listens on no port."""
        values = env(procrun, "release")

        assert values["PS"] == "release.1"
        assert "PORT" not in values

    @pytest.mark.parametrize(
        "name", ["wbe", "web.0", "web.x", "web.", "web.1.1", "all", "web=2", "web,worker", ""]
    )
    def test_an_unknown_name_is_told(self, procrun: Starter, name: str) -> None:
        """With the names that there are."""
        running = procrun("env", name, procfile=PROCFILE, apart=True)

        assert running.finish() == (78, "")
        assert running.errors.startswith(f"procrun: Procfile has no process {name!r}\n")
        assert running.errors.endswith("It has web, release, worker.\n")

    def test_a_number_beyond_a_type_s_ports_is_told(self, procrun: Starter) -> None:
        """As `start` tells it."""
        status, output = procrun("env", "web.101", procfile=PROCFILE).finish()

        assert status == 78
        assert "web=101 is more than 100 of a type" in output

    def test_everything_that_is_wrong_is_told_at_once(self, procrun: Starter) -> None:
        """The name and the env file."""
        status, output = procrun("env", "wbe", procfile=PROCFILE, env_file="A\n").finish()

        assert status == 78
        assert "no process 'wbe'" in output
        assert "procrun: .env:1: " in output

    @pytest.mark.parametrize(
        ("arguments", "env_file", "extra", "port"),
        [
            (("web", "-p", "6000"), "PORT=7000\n", {"PORT": "8000"}, "6000"),
            (("web",), "PORT=7000\n", {"PROCRUN_PORT": "6000"}, "6000"),
            (("web",), "PORT=7000\n", {"PORT": "8000"}, "7000"),
            (("worker",), "", {"PORT": "8000"}, "8200"),
            (("web", "-E", "PORT=9000"), "PORT=7000\n", {}, "9000"),
            ((), "", {"PORT": "8000"}, "8000"),
        ],
        ids=["-p", "PROCRUN_PORT", ".env", "shell", "-E", "run"],
    )
    def test_the_port_follows_its_precedence(
        self,
        procrun: Starter,
        arguments: tuple[str, ...],
        env_file: str,
        extra: dict[str, str],
        port: str,
    ) -> None:
        """That of `start`."""
        assert env(procrun, *arguments, env_file=env_file, extra=extra)["PORT"] == port

    def test_a_free_port_is_found_where_ports_are_free_ones(self, procrun: Starter) -> None:
        """Zero itself is nobody's port."""
        assert int(env(procrun, "web", "-p", "0")["PORT"]) > 1023

    def test_files_and_e_add_up(self, procrun: Starter) -> None:
        """In the order of their strength."""
        (procrun.folder / "b").write_text("B=b\nC=b\n", encoding="utf-8")
        values = env(procrun, "-e", ".env,b", "-E", "C=E", env_file="A=a\nB=a\n")

        assert (values["A"], values["B"], values["C"]) == ("a", "b", "E")


class TestPlain:
    """`KEY=VALUE`, one to a line."""

    def test_it_is_sorted(self, procrun: Starter) -> None:
        """By the bytes of the names."""
        lines = procrun("env", env={"b": "1", "a": "2", "B": "3"}).finish()[1].splitlines()
        names = [line.partition("=")[0] for line in lines]

        assert names == sorted(names)
        assert {"b=1", "a=2", "B=3"} <= set(lines)

    def test_a_variable_is_a_line(self, procrun: Starter) -> None:
        """Only what would end it, or could be mistaken, is written with C's escapes."""
        running = procrun("env", env=ODD)
        running.finish()
        lines = running.raw.decode("utf-8", "surrogateescape").split("\n")

        assert {
            "EMPTY=",
            "BLANKS=  a  b ",
            'QUOTES=it\'s "so" `x` $HOME \\n',
            "NEWLINES=$'a\\nB=b\\n'",
            "CONTROL=$'\\033[1m\\t\\177\\r'",
            "LOOKS=$'$\\'a\\\\n\\''",
            "BYTES=\udcff\udcfe",
            "LETTERS=äß€ …",
        } <= set(lines)


class TestForShells:
    """Lines that a shell takes for assignments."""

    @pytest.mark.parametrize(
        "shell",
        [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("sh", "bash", "zsh")],
    )
    @pytest.mark.parametrize("way", ['eval "$(cat found)"', "set -a; . ./found"], ids=str)
    def test_a_shell_gets_every_value(self, procrun: Starter, shell: str, way: str) -> None:
        """Whatever is in it, by `eval` and from a file."""
        running = procrun("env", "-s", env=ODD)
        running.finish()
        (procrun.folder / "found").write_bytes(running.raw)
        values = " ".join(f'"${name}"' for name in ODD)

        done = subprocess.run(
            (shell, "-c", f"{way}; printf '%s\\0' {values}"),
            cwd=procrun.folder,
            env=environment(),
            capture_output=True,
            check=True,
        )

        assert done.stdout.split(b"\0")[:-1] == [os.fsencode(value) for value in ODD.values()]

    def test_what_no_shell_can_set_is_left_out(self, procrun: Starter) -> None:
        """A word tells of it; of what a shell sets itself there is nothing to tell."""
        running = procrun("env", "--shell", env={"a.b": "1", "UID": "7", "OK": "2"}, apart=True)
        status, output = running.finish()

        assert status == 0
        assert "OK='2'\n" in output
        assert "a.b" not in output
        assert "UID=" not in output
        assert "no shell can set a.b" in running.errors


class TestJson:
    """One object."""

    def test_every_value_comes_back(self, procrun: Starter) -> None:
        """Bytes that are not UTF-8 as Python's lone surrogates, and the output is UTF-8."""
        running = procrun("env", "--json", env=ODD)
        running.finish()

        values = json.loads(running.raw.decode("utf-8"))
        assert {name: values[name] for name in ODD} == ODD
        assert list(values) == sorted(values)
        assert "äß€ …".encode() in running.raw


def test_a_full_disk_is_told(procrun: Starter) -> None:
    """Not a traceback, and not a status of success."""
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    text = f"exec {sys.executable} -m procrun env >/dev/full"

    status, output = procrun("run", text).finish()

    assert status == 1
    assert output.startswith("procrun: standard output cannot be written: No space left")
    assert "Traceback" not in output
    assert "Exception" not in output
