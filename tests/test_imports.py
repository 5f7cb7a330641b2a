"""A fast start: what is not imported on the way to the first line of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from procrun.core.order import START as START_APP
from procrun.core.order import Order
from tests.conftest import PACKAGE
from tests.running import Starter, environment
from tests.supervision.processes import FREE_PORTS

if TYPE_CHECKING:
    from pathlib import Path

# Each of them takes a good part of the time that a bare Python takes to start, or more.
SLOW = set(
    """argparse asyncio contextlib cryptography dataclasses difflib dotenv hashlib honcho httptools
    importlib.metadata inspect json logging pathlib psutil shlex shutil socket ssl subprocess
    tempfile tomllib traceback typing watchdog""".split()
)
# The parser of env files is python-dotenv's, and imports these itself.
OF_DOTENV = {"contextlib", "typing"}

# How the names of modules begin that have to do with Heroku or with a router alone.
OF_HEROKU = """advice certificates config. front releasing router clean_env core.api_lines
    core.certificate_note core.cycle core.dyno_environment core.heroku_ core.host_name
    core.memory_quota
    core.python_buildpack core.rout core.trust_stores core.wording_heroku requests.maintenance
    requests.route_feed supervisor.upkeep system.memory system.open_files system.profile""".split()
# Those of them that make a clean environment.
OF_CLEAN_ENV = ["clean_env", "core.dyno_environment", "core.python_buildpack", "system.profile"]

# Prints what is imported at the moment when procrun gives way to the command.
RUN = """
import os, sys
bare = set(sys.modules)
def leave(*_command):
    print(*sorted(set(sys.modules) - bare))
    sys.stdout.flush()
    os._exit(0)
os.execve = leave
from procrun.cli import main
sys.exit(main(sys.argv[1:]))
"""
# The same of both processes of `start`, when their work is done.
START = """
import os, sys
bare = set(sys.modules)
outer = os.getpid()
exit_now = os._exit
def leave(code):
    who = "outer:" if os.getpid() == outer else "inner:"
    print("\\n" + who, *sorted(set(sys.modules) - bare))
    sys.stdout.flush()
    exit_now(code)
os._exit = leave
from procrun.cli import main
leave(main(sys.argv[1:]))
"""
# The same of both processes of a host that runs an app for tests.
HOST = START.replace(
    "from procrun.cli import main\nleave(main(sys.argv[1:]))",
    """
from procrun.owned import main
main()
""",
)
# The same of a command that asks the running app.
REMOTE = """
import os, sys
from procrun.cli import main
exit_now = os._exit
def leave(code):
    print(*sorted(sys.modules))
    sys.stdout.flush()
    exit_now(code)
os._exit = leave
leave(main(sys.argv[1:]))
"""


def printed(program: str, folder: Path, *arguments: str) -> str:
    """What a program prints that runs procrun with these arguments."""
    command = (sys.executable, "-c", program, *arguments)
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(FREE_PORTS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "true"),
        ("run", "echo", "a", "b"),
        ("run", "echo a | cat"),
        ("-d", ".", "run", "-E", "A=1", "--color", "never", "true"),
    ],
    ids=" ".join,
)
def test_run_imports_next_to_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """No module that is not procrun's own, but for a few that cost nothing."""
    imported = set(printed(RUN, tmp_path, *arguments).split())

    foreign = {name for name in imported if name.partition(".")[0] != "procrun"}
    assert foreign <= {"__future__", "_signal", "errno"}
    assert not imported & {"procrun.cli.table", "procrun.cli.parser", "procrun.app"}


def test_run_as_on_heroku_imports_nothing_slow(tmp_path: Path) -> None:
    """Nor where there are scripts to read."""
    (tmp_path / ".profile").touch()
    (tmp_path / "app.py").touch()

    assert not set(printed(RUN, tmp_path, "run", "--clean-env", "true").split()) & SLOW


def test_run_with_an_env_file_imports_its_parser_alone(tmp_path: Path) -> None:
    """Not the package around it, which wants logging and more."""
    (tmp_path / ".env").write_text("A=1\nB=${A}\n", encoding="utf-8")

    imported = set(printed(RUN, tmp_path, "run", "true").split())

    assert not imported & SLOW - OF_DOTENV


def test_run_with_a_procfile_imports_little(tmp_path: Path) -> None:
    """Nor does a process type cost more than reading it."""
    (tmp_path / "Procfile").write_text("web: true\n", encoding="utf-8")

    assert not set(printed(RUN, tmp_path, "run", "web").split()) & SLOW


@pytest.mark.parametrize(
    "arguments",
    [
        ("start",),
        ("start", "echo"),
        ("start", "-p", "0", "--no-prefix"),
        ("-f", "Procfile", "start"),
        ("start", "--clean-env"),
    ],
    ids=" ".join,
)
def test_start_imports_nothing_slow(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Neither to get to the first line, nor to end."""
    (tmp_path / "Procfile").write_text("echo: echo hello\n", encoding="utf-8")

    lines = printed(START, tmp_path, *arguments).splitlines()

    assert any(line.endswith("hello") for line in lines)
    imported = {
        line.split()[0]: set(line.split()[1:])
        for line in lines
        if line.startswith(("inner:", "outer:"))
    }
    assert imported.keys() == {"inner:", "outer:"}
    assert not imported["inner:"] & SLOW
    assert not imported["outer:"] & SLOW
    allowed = OF_CLEAN_ENV if "--clean-env" in arguments else []
    refused = tuple(f"procrun.{start}" for start in OF_HEROKU if start not in allowed)
    assert not {name for name in imported["inner:"] if f"{name}.".startswith(refused)}


def test_what_a_plain_start_does_without_is_there() -> None:
    """A module that was renamed would be imported unnoticed."""
    paths = (path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py"))
    modules = [f"{'.'.join(path.parts)}." for path in paths]

    gone = {start for start in OF_HEROKU if not any(each.startswith(start) for each in modules)}
    assert not gone


def test_the_caller_of_a_start_in_the_background_imports_next_to_nothing(tmp_path: Path) -> None:
    """The visible process is forked from it."""
    (tmp_path / "Procfile").write_text("echo: echo hello\n", encoding="utf-8")

    *_, caller = printed(START, tmp_path, "start", "-D", "--can-die", "all").splitlines()

    imported = set(caller.split())
    assert caller.startswith("outer:")
    assert not imported & {*SLOW, "procrun.cli.table", "procrun.cli.parser", "procrun.app"}


def test_the_host_of_an_app_for_tests_imports_little(tmp_path: Path) -> None:
    """JSON is what it talks in, and shutil removes its folder; the owner's side stays outside."""
    (tmp_path / "Procfile").write_text("web: sleep 60\n", encoding="utf-8")
    folder = str(tmp_path / "control")
    order = Order(START_APP, str(tmp_path), {"PATH": os.environ["PATH"]}, {}, {}, (), "", folder)
    command = (sys.executable, "-c", HOST)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as host:
        assert host.stdin
        assert host.stdout
        host.stdin.write(order.encode())
        host.stdin.flush()
        host.stdout.readline()  # it has begun
        output, _ = host.communicate(timeout=30)

    lines = [line.split() for line in output.decode().splitlines()]
    imported = {line[0]: set(line[1:]) for line in lines if line and line[0].endswith("er:")}
    assert host.returncode == 0
    assert imported.keys() == {"inner:", "outer:"}
    for modules in imported.values():
        assert modules & SLOW <= {"json", "shutil"}
        assert not {name for name in modules if name.startswith("procrun.testing")}


@pytest.mark.parametrize("command", ["restart", "stop", "scale", "kill", "logs", "start"])
def test_commands_of_a_running_app_do_not_ask_for_the_process_table(
    tmp_path: Path, command: str
) -> None:
    """What that takes is for `ps` alone; psutil takes longer than all else."""
    (tmp_path / "Procfile").write_text("web: sleep 60\n", encoding="utf-8")
    arguments = {"scale": ("web=2",), "logs": ()}.get(command, ("web",))
    with Starter((sys.executable, "-m", "procrun"), tmp_path) as start:
        start("start", "-D", "-p", "0", env={"PROCRUN_READY": "launched"}).finish()
        imported = set(printed(REMOTE, tmp_path, command, *arguments).split())
        start("stop").finish()

    assert "procrun.control.client" in imported
    assert "psutil" not in imported
