"""`--clean-env`: what real processes get is what `env` says, and nothing of the caller's."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st

from procrun.control.folder import Folder
from tests import leaks
from tests.supervision import processes
from tests.supervision.processes import PATIENCE, Family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.running import Starter, TerminalStarter

SHOW = 'import json, os; print("SEEN", json.dumps(dict(os.environ)), flush=True)\n'
PROCFILE = f"show: {sys.executable} -S show\nrelease: {sys.executable} -S show\n"
# A shell has its own mind of these, and Python in the C locale sets the last one for itself.
OF_SHELL = {"_", "SHLVL", "OLDPWD", "LC_CTYPE"}
OPTIONS = ("--clean-env", "--color", "never")
BASE = {"PROCRUN_PORT": "6000"}

VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def variables(first: str) -> st.SearchStrategy[dict[str, str]]:
    """Variables whose names begin with that letter: none that means something to a shell."""
    names = st.from_regex(rf"\A{first}x[A-Za-z0-9_]{{0,8}}\Z")
    return st.dictionaries(names, VALUES, min_size=1, max_size=4)


def seen(procrun: Starter, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the process that the command starts."""
    _, output = procrun(*arguments, env={**BASE, **(env or {})}).finish()
    found = re.search(r"SEEN (\{.*\})", output)
    assert found, output
    values = json.loads(found[1])
    assert isinstance(values, dict)
    return {name: value for name, value in values.items() if name not in OF_SHELL}


def said(procrun: Starter, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What `env` says of it."""
    running = procrun(
        "env", *OPTIONS, "--json", *arguments, env={**BASE, **(env or {})}, apart=True
    )
    status, output = running.finish()
    assert status == 0, running.errors
    values = json.loads(output)
    assert isinstance(values, dict)
    return values


def app(procrun: Starter, *, python: bool = False, env_file: str = "") -> None:
    """Write an app that shows its environment."""
    (procrun.folder / "Procfile").write_text(PROCFILE, encoding="utf-8")
    (procrun.folder / "show").write_text(SHOW, encoding="utf-8")
    (procrun.folder / ".env").write_text(env_file, encoding="utf-8")
    if python:
        (procrun.folder / "requirements.txt").touch()


@pytest.mark.parametrize("python", [True, False])
@hypothesis.settings(
    max_examples=2, suppress_health_check=list(hypothesis.HealthCheck), deadline=None
)
@hypothesis.given(config=variables("c"), caller=variables("s"))
@pytest.mark.timeout(180)
def test_a_process_gets_what_env_says_and_nothing_else(
    procrun: Starter, config: dict[str, str], caller: dict[str, str], *, python: bool
) -> None:
    """Of `start`, `run` and `release`, for any config vars and any shell."""
    app(procrun, python=python)
    env = {**caller, **dict.fromkeys(config, "the caller's")}
    sets = [word for name, value in config.items() for word in ("-E", f"{name}={value}")]
    options = (*OPTIONS, *sets)

    found = {
        "show": seen(procrun, "start", *options, "--no-tty", env=env),
        "release": seen(procrun, "release", *options, env=env),
        "": seen(procrun, "run", *options, sys.executable, "-S", "show", env=env),
    }
    for name, values in found.items():
        assert values == said(procrun, *filter(None, [name]), *sets, env=env)
        assert {each: values[each] for each in config} == config
        assert not values.keys() & caller.keys()


@pytest.mark.parametrize(
    ("name", "port"), [(("show",), "6000"), (("release",), "6100"), ((), "6000")]
)
def test_there_is_nothing_but_config_vars_and_the_platform_s(
    procrun: Starter, name: tuple[str, ...], port: str
) -> None:
    """HOME and PWD are the root; no PS, no DYNO, no colours, no TERM in a pipe."""
    app(procrun, env_file="A=1\n")
    values = said(procrun, *name, env={"FORCE_COLOR": "1", "PATH": "/usr/bin:/bin"})

    root = str(procrun.folder)
    path = "/usr/bin:/bin"
    assert values == {"A": "1", "HOME": root, "PWD": root, "PORT": port, "PATH": path}


def test_a_one_off_of_a_type_has_its_port_whatever_the_shell_says(procrun: Starter) -> None:
    """The shell's PORT still says where ports begin."""
    (procrun.folder / "Procfile").write_text("a: true\nshow: printenv PORT\n", encoding="utf-8")

    assert procrun("run", "--clean-env", "show", env={"PORT": "7000"}).finish() == (0, "7100\n")
    assert procrun("run", "show", env={"PORT": "7000"}).finish() == (0, "7000\n")


@pytest.mark.parametrize("verb", ["start", "run", "release"])
def test_the_setting_does_what_the_option_does(procrun: Starter, verb: str) -> None:
    """In the environment and in a file; the size of dyno, too, and that for a type alone."""
    app(procrun, python=True)
    (procrun.folder / "procrun.toml").write_text(
        'clean_env = true\ndyno_size = "Standard-2X"\n[types.show]\ndyno_size = "performance-m"\n',
        encoding="utf-8",
    )
    words = {"start": ("--no-tty",), "run": (sys.executable, "-S", "show")}.get(verb, ())
    values = seen(procrun, verb, *words, env={"MINE": "1"})

    assert "MINE" not in values
    assert values["WEB_CONCURRENCY"] == ("5" if verb == "start" else "4")
    if verb == "run":
        return
    options = ("--dyno-size", "performance-l")
    assert seen(procrun, verb, *options, *words)["WEB_CONCURRENCY"] == "17"


def test_an_unknown_size_is_told_with_those_there_are(procrun: Starter) -> None:
    """Before anything starts."""
    status, output = procrun("run", "--dyno-size", "huge", "true").finish()

    assert status == 2
    assert "not 'huge' (there are eco, basic, standard-1x, standard-2x," in output


def test_on_a_terminal_it_is_told_which(terminal: TerminalStarter) -> None:
    """TERM is the caller's, for a service and for a one-off."""
    command = "printf '<%s>' \"$TERM\""
    started = terminal("start", "--clean-env", procfile=f"a: {command}\n", env={"TERM": "screen"})
    assert "<screen>" in started.finish()[1]
    ran = terminal("run", "--clean-env", command, env={"TERM": "screen"})
    assert "<screen>" in ran.finish()[1]


class TestPrograms:
    """Where they are found."""

    @pytest.mark.parametrize("folder", [".venv", "venv", "elsewhere"])
    def test_those_of_the_virtual_environment_come_first(
        self, procrun: Starter, folder: str
    ) -> None:
        """That of the root, or else the active one."""
        programs = procrun.folder / folder / "bin"
        programs.mkdir(parents=True)
        (programs / "greet").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
        (programs / "greet").chmod(0o755)
        active = str(procrun.folder / "elsewhere")

        for words in (("greet",), ("greet", "them"), ("greet && true",)):
            running = procrun("run", "--clean-env", *words, env={"VIRTUAL_ENV": active})
            assert running.finish() == (0, "hello\n")
        values = said(procrun, env={"VIRTUAL_ENV": active})
        assert values["PATH"].startswith(f"{programs}:")
        assert "VIRTUAL_ENV" not in values


class TestProfile:
    """Scripts of the app's own that its dynos read first."""

    @pytest.fixture(autouse=True)
    def scripts(self, tmp_path: Path) -> None:
        """Two of them."""
        (tmp_path / ".profile.d").mkdir()
        (tmp_path / ".profile.d" / "a.sh").write_text("export A=${A}b B=a\n", encoding="utf-8")
        (tmp_path / ".profile").write_text("export B=${B}b\n", encoding="utf-8")

    @pytest.mark.parametrize(
        "words",
        [
            ("start", "--clean-env", "--no-tty", "--no-prefix"),
            ("release", "--clean-env"),
            ("run", "--clean-env", "show"),
            ("run", "--clean-env", "show", "B"),
            ("run", "--clean-env", "printenv A B"),
            ("run", "--clean-env", "printenv", "A", "B"),
        ],
        ids=" ".join,
    )
    def test_the_command_has_what_they_export(
        self, procrun: Starter, words: tuple[str, ...]
    ) -> None:
        """After the config vars."""
        procfile = "show: printenv A B\nrelease: printenv A B\n"
        output = procrun(*words, procfile=procfile, env_file="A=a\n").finish()[1]

        assert "ab\nab\n" in output

    def test_without_clean_env_nobody_reads_them(self, procrun: Starter) -> None:
        """It is Heroku that does."""
        assert procrun("run", "printenv A B", env_file="A=a\n").finish() == (1, "a\n")

    def test_the_command_is_the_leader_itself(self, procrun: Starter) -> None:
        """No shell is left between, so that it gets the signals and its status is told."""
        program = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"
        procfile = f'show: {sys.executable} -S -c "{program}"\n'
        running = procrun("start", "-p", "0", "--clean-env", "--no-tty", procfile=procfile)
        running.wait_for("| pid ")
        pids = re.findall(r"pid (\d+)", running.output)
        assert len(pids) == 2
        assert len(set(pids)) == 1
        running.signal(signal.SIGTERM)

        assert running.finish()[0] == 143

    def test_a_one_off_is_what_procrun_was(self, procrun: Starter) -> None:
        """Its signal is our status; what is not found is told by the shell, with its code."""
        kill = procrun(
            "run", "--clean-env", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"
        )
        assert kill.finish() == (-signal.SIGKILL, "")
        assert procrun("run", "--clean-env", "no-such", "program").finish()[0] == 127

    def test_env_says_that_it_does_not_know_what_they_do(self, procrun: Starter) -> None:
        """And how to see it; nothing of it is on standard output."""
        running = procrun("env", "--clean-env", env_file="A=a\n", apart=True)

        assert "A=a\n" in running.finish()[1]
        assert ".profile.d/a.sh, .profile may change this" in running.errors

    def test_check_knows_what_they_may_set(self, procrun: Starter) -> None:
        """A command that uses it is right."""
        procfile = "show: echo $A $B\n"
        env = {"PROCRUN_CLEAN_ENV": "true"}

        assert procrun("check", procfile=procfile, env=env).finish()[0] == 0
        assert "no problems" in procrun("check", procfile=procfile, env=env).finish()[1]


class TestMentions:
    """The line on variables that only the shell has."""

    def line(self, procrun: Starter, *options: str, procfile: str = "a: true\n") -> list[str]:
        """What `start` says of them."""
        env = {"SHELL_ONLY": "secret", "ALSO": "1", "UNUSED": "1"}
        _, output = procrun("start", *options, procfile=procfile, env=env).finish()
        assert "secret" not in output
        return [each for each in output.splitlines() if "mentions" in each]

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("app.py", 'import os\nos.environ["SHELL_ONLY"]\n'),
            ("web/server.js", "process.env.SHELL_ONLY"),
            ("lib/x.rb", 'ENV.fetch("SHELL_ONLY")'),
            (".env", "A=${SHELL_ONLY}\n"),
        ],
    )
    def test_it_names_those_that_the_app_mentions(
        self, procrun: Starter, path: str, text: str
    ) -> None:
        """Wherever that is, without their values."""
        (procrun.folder / path).parent.mkdir(exist_ok=True)
        (procrun.folder / path).write_text(text, encoding="utf-8")

        (line,) = self.line(procrun, "--clean-env")
        assert "the app mentions SHELL_ONLY, and only your shell has it" in line

    def test_it_names_those_of_the_procfile(self, procrun: Starter) -> None:
        """Of any process type."""
        procfile = "a: true\nb: echo $ALSO ${SHELL_ONLY}\nrelease: echo $HOME\n"

        (line,) = self.line(procrun, "--clean-env", "-x", "b", procfile=procfile)
        assert "mentions ALSO and SHELL_ONLY, and" in line

    def test_what_a_dyno_has_is_not_missing(self, procrun: Starter) -> None:
        """From an env file, from -E, or from a profile script."""
        (procrun.folder / ".env").write_text("ALSO=1\n", encoding="utf-8")
        (procrun.folder / ".profile").write_text("export UNUSED=1\n", encoding="utf-8")
        procfile = "a: echo $ALSO $SHELL_ONLY $UNUSED\n"

        options = ("--clean-env", "-E", "SHELL_ONLY=2")
        assert self.line(procrun, *options, procfile=procfile) == []

    def test_there_is_none_where_the_shell_is_inherited(self, procrun: Starter) -> None:
        """Then nothing is missing."""
        assert self.line(procrun, procfile="a: true $SHELL_ONLY\n") == []


@processes.LINUX_ONLY
def test_a_daemon_without_the_name_of_its_dyno_is_stopped_with_it(
    procrun: Starter, probe: Callable[[str], Path]
) -> None:
    """PS would tell whose it is; the port does."""
    member = f"{sys.executable} {probe('family')} daemon {processes.mark()}"
    procfile = f"family: {member}\nother: sleep 60\n"
    running = procrun("start", "--clean-env", "--no-tty", procfile=procfile)
    daemon = Family(running.wait_for(re.compile(r"is there: \d+")))
    assert procrun("stop", "family.1").finish()[0] == 0

    assert leaks.exits(daemon.pid, PATIENCE)
    assert procrun("stop").finish()[0] == 0
    running.finish()


class TestBesideAnApp:
    """One-off commands while an app runs as on Heroku."""

    @pytest.fixture(autouse=True)
    def app(self, tmp_path: Path) -> Iterator[None]:
        """Hold the lock of such an app."""
        folder = Folder(str(tmp_path))
        folder.claim(os.getpid(), lambda: None, heroku=True)
        yield
        folder.release()

    def test_run_is_a_dyno_of_it(self, procrun: Starter) -> None:
        """And says so; the port is a free one, as the router has the first."""
        running = procrun("run", "echo $DYNO:$PORT:$MINE", env={"MINE": "m"}, apart=True)
        status, output = running.finish()

        assert status == 0
        found = re.fullmatch(r"(run\.\d{1,4}):(\d+):\n", output)
        assert found
        assert found[2] != "5000"
        told = f"procrun: {found[1]}, as on Heroku like the app that runs here\n"
        assert running.errors == told

    @pytest.mark.parametrize("said", ["the environment", "the settings"])
    def test_what_was_said_wins(self, procrun: Starter, said: str) -> None:
        """In the environment or the settings."""
        if said == "the settings":
            path = procrun.folder / "procrun.toml"
            path.write_text("heroku = false\n", encoding="utf-8")
        env = {"MINE": "m", **({"PROCRUN_HEROKU": "false"} if said == "the environment" else {})}

        assert procrun("run", "echo $DYNO$MINE", env=env).finish() == (0, "m\n")

    def test_release_and_env_are_so_too(self, procrun: Starter) -> None:
        """What `env` prints is what `run` gives."""
        status, output = procrun("release", procfile="release: echo $DYNO\n").finish()
        assert status == 0
        assert re.search(r"^release\.\d+$", output, re.MULTILINE)

        assert re.search(r"^DYNO=run\.\d+$", procrun("env").finish()[1], re.MULTILINE)


@pytest.mark.parametrize("kind", ["a folder", "a FIFO", "a link", "nonsense"])
def test_what_is_no_lock_is_no_app(procrun: Starter, kind: str) -> None:
    """And `run` waits for nobody."""
    lock = procrun.folder / ".procrun" / "lock"
    lock.parent.mkdir()
    if kind == "a folder":
        lock.mkdir()
    elif kind == "a FIFO":
        os.mkfifo(lock)
    elif kind == "a link":
        lock.symlink_to("/dev/zero")
    else:
        lock.write_bytes(b"\xff heroku heroku")

    assert procrun("run", "echo", "fine").finish() == (0, "fine\n")
