"""Programs of supervisord, read with its own parser and run by itself."""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import honcho.export
import pytest
from honcho.environ import ProcessParams
from hypothesis import given
from hypothesis import strategies as st

from procrun.errors import ConfigError
from procrun.export.supervisord import FOLDER, Export
from tests.export import examples
from tests.export.examples import COMMANDS, VALUES, blueprint, service, shop
from tests.export.supervisors import MAIN, install, read
from tests.running import Starter, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service

ME = getpass.getuser()
# Says what it got, and then what it is asked for, until it is stopped.
TELL = """\
import json, os, runpy, sys
print(json.dumps([sys.argv[1:], dict(os.environ)]), flush=True)
print("on standard error", file=sys.stderr, flush=True)
sys.argv[1:] = ["127.0.0.1", os.environ["PORT"], "bound"]
runpy.run_path({server!r}, run_name="__main__")
"""
NASTY = """exec python tell.py 100% 'a  "b"' "it's" \\\\ $PORT "$(printf '%s' "$PS")" é ';' ' #x'"""
# What files have is UTF-8; most of it is what parsers heed.
ANY_TEXT = st.text(
    st.sampled_from("'\"\\%;#\n\r\t $`(){}=,a1x\u0085\u2028\xa0\x1f")
    | st.characters(codec="utf-8", exclude_characters="\0")
)
COMMAND = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))
# What a shell sets for itself, or supervisor for all; the rest must be as exported.
OWN = {"_", "SHLVL", "PWD", "OLDPWD", "LC_CTYPE"}


def test_the_golden_files_are_what_is_exported() -> None:
    """They are reviewed by eye."""
    source = "procrun export supervisord --app shop units"
    examples.check_golden("supervisord", Export().render([], {"blueprint": shop(source=source)}))


@pytest.fixture
def here(tmp_path: Path) -> Callable[..., Blueprint]:
    """An app whose folder is there, of a user who is there."""

    def make(*services: object, **changes: object) -> Blueprint:
        app = blueprint(*services)  # type: ignore[arg-type] # passed on as they are
        return app.replace(root=str(tmp_path), user=ME, **changes)

    return make


def execute(argv: tuple[str, ...], variables: Mapping[str, str]) -> dict[str, str]:
    """The environment that a command tells which is executed like this."""
    done = subprocess.run(argv, env=dict(variables), capture_output=True, check=True)
    assert done.stderr == b""
    pairs = done.stdout.decode().split("\0")[:-1]
    return dict(pair.split("=", 1) for pair in pairs)


class TestReads:
    """supervisor's own parser gives what was exported."""

    def test_all_values_arrive(self, here: Callable[..., Blueprint], tmp_path: Path) -> None:
        """The process gets exactly what one gets that is executed without supervisor."""
        config = {f"V_{name}": value for name, value in VALUES.items()}
        config |= {"V_here": "%(here)s %%(here)s", "dotted.name-x": "a"}
        web = service("web", "env -0", (5000,))
        app = here(web, config=config)

        program = read(install(app, tmp_path))["shop:shop-web.1"]

        wanted = {**app.platform, **config, **web.instances[0].variables}
        assert execute(program.argv, program.environment) == execute(web.argv, wanted)
        assert wanted.items() <= execute(program.argv, program.environment).items()

    @pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh"])
    def test_every_shell_decodes(
        self, here: Callable[..., Blueprint], tmp_path: Path, shell: str
    ) -> None:
        """Where there is no bash, its place is taken by sh."""
        config = {"A": """'"'\\n\\\\"\n\n""", "B": '"', "C": "x\r\n"}
        web = service("web", "", (5000,)).replace(argv=(shell, "-c", "--", "exec env -0"))

        program = read(install(here(web, config=config), tmp_path))["shop:shop-web.1"]

        assert config.items() <= execute(program.argv, program.environment).items()

    @pytest.mark.parametrize("name", VALUES)
    def test_a_value_alone_arrives(
        self, here: Callable[..., Blueprint], tmp_path: Path, name: str
    ) -> None:
        """As it is, or escaped for a shell that then becomes the command."""
        web = service("web", "serve", (5000,))

        app = here(web, config={"X": VALUES[name]})
        program = read(install(app, tmp_path))["shop:shop-web.1"]

        decodes = program.argv != web.argv
        assert program.argv[-len(web.argv) :] == web.argv
        assert (program.environment["X"] != VALUES[name]) == decodes
        assert decodes == (name in {"both_quotes", "quoted_as_a_whole", "double_quote", "return"})

    def test_all_commands_arrive(self, here: Callable[..., Blueprint], tmp_path: Path) -> None:
        """What is executed is what `start` executes."""
        more = {"here": "show %(here)s", "end": "show a\\ ", "lines": "show a\n\n #b\nshow c"}
        services = [
            service(f"type-{name}", command, (5000,)) for name, command in (COMMANDS | more).items()
        ]

        programs = read(install(here(*services), tmp_path))

        assert {name: program.argv for name, program in programs.items()} == {
            f"shop:shop-{s.type}.1": s.argv for s in services
        }
        assert {program.file for program in programs.values()} == {"/bin/bash"}

    @given(values=st.lists(ANY_TEXT), command=COMMAND)
    def test_any_text_arrives(
        self, tmp_path_factory: pytest.TempPathFactory, values: list[str], command: str
    ) -> None:
        """Values and commands, but for the few that are refused."""
        folder = tmp_path_factory.mktemp("any")
        config = {f"V_{number}": value for number, value in enumerate(values)}
        web, worker = service("web", "env -0", (5000,)), service("worker", command, (5100,))
        app = blueprint(web, worker, config=config, root=str(folder), user=ME)

        programs = read(install(app, folder))

        program = programs["shop:shop-web.1"]
        got = execute(program.argv, program.environment)
        assert {name: got[name] for name in config} == config
        assert programs["shop:shop-worker.1"].argv[-4:] == worker.argv

    def test_the_options_are_those_of_the_app(self, tmp_path: Path) -> None:
        """Names, signals, periods, folders, files: as in the blueprint."""
        folder = tmp_path / "a %(x)s ;b %"
        folder.mkdir()
        web = service("web", "serve", (5000, 5001), grace=40.2).replace(stop_signal=signal.SIGINT)
        worker = service("worker", "work", (5100,))
        app = blueprint(web, worker, root=str(folder), user=ME, log=str(folder))

        programs = read(install(app, tmp_path))

        assert list(programs) == ["shop:shop-web.1", "shop:shop-web.2", "shop:shop-worker.1"]
        assert programs["shop:shop-web.2"].environment["PORT"] == "5001"
        assert programs["shop:shop-web.2"].environment["PS"] == "web.2"
        first, last = (programs[f"shop:shop-{name}"].options for name in ("web.1", "worker.1"))
        assert (first["stopsignal"], first["stopwaitsecs"]) == (signal.SIGINT, 41)
        assert (last["stopsignal"], last["stopwaitsecs"]) == (signal.SIGTERM, 30)
        assert (first["directory"], first["uid"]) == (str(folder), os.getuid())
        assert first["stdout_logfile"] == f"{folder}/web.1.log"
        for name in ("autostart", "killasgroup", "stopasgroup", "redirect_stderr"):
            assert first[name] is True

    def test_the_release_phase_runs_once_and_when_asked(
        self, here: Callable[..., Blueprint], tmp_path: Path
    ) -> None:
        """It is no part of the group, so that a start of all does not start it again."""
        app = here(release=service("release", "migrate", (0,)), config={"X": "1"})

        (name, program), *others = read(install(app, tmp_path)).items()

        assert (name, others) == ("shop-release:shop-release", [])
        assert (program.options["autostart"], program.options["autorestart"]) == (False, False)
        assert (program.options["startsecs"], program.options["exitcodes"]) == (0, [0])
        assert program.environment == {**app.platform, "X": "1", "PS": "release.1"}


class TestRefuses:
    """What supervisor's files have no words for."""

    def test_all_of_it_is_told_at_once(self) -> None:
        """Each with the place where it is."""
        app = shop(config={"é": "1", "A.B": "'", "OK": "'"}, log="/var/log/a\rb").replace(
            services=(service("web", "serve\r", (5000,)).replace(where="Procfile:2"),),
            origins={"é": ".env:3"},
        )

        with pytest.raises(ConfigError) as caught:
            Export().render([], {"blueprint": app})

        assert [p.where for p in caught.value.problems] == [
            *(".env:3: é", "A.B", "Procfile:2", "--log"),
        ]
        assert all(p.hint for p in caught.value.problems)


class TestTemplates:
    """Templates of the user's own."""

    def test_one_that_was_made_for_honcho_is_filled_in(self, tmp_path: Path) -> None:
        """Honcho's own: it finds honcho's processes, its context and its filters."""
        template = Path(honcho.export.__file__).parent / "templates/supervisord/supervisord.conf"
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "supervisord.conf").write_text(template.read_text())
        processes = [ProcessParams(f"web.{n}", "a %", False, {"A": "b %"}) for n in (1, 2)]
        context = {"app": "shop", "app_root": "/", "log": "/tmp", "shell": "/bin/sh", "user": ME}

        (file,) = Export(str(tmp_path / "own")).render(processes, {**context, "blueprint": shop()})
        main = tmp_path / "supervisord.conf"
        main.write_text(MAIN)
        (tmp_path / "conf.d").mkdir()
        (tmp_path / "conf.d" / file.name).write_text(file.content)

        assert (file.name, file.mode) == ("shop.conf", 0o600)
        programs = read(main)
        assert list(programs) == ["shop:web-1", "shop:web-2"]
        assert programs["shop:web-2"].argv == ("/bin/sh", "-c", "a %")
        assert programs["shop:web-2"].environment == {"A": "b %"}

    def test_where_a_folder_has_none_ours_is_taken(self, tmp_path: Path) -> None:
        """As of the other formats."""
        made = Export(str(tmp_path)).render([], {"blueprint": shop()})

        assert made == Export().render([], {"blueprint": shop()})


class TestScenariosOfHoncho:
    """What honcho's own tests of its exporter are about."""

    @pytest.mark.parametrize(
        ("services", "names"),
        [
            ((), []),
            ((service("web", "true", (5000,)),), ["web.1"]),
            (
                (service("web", "true", (5000,)), service("worker", "true", (5100, 5101))),
                ["web.1", "worker.1", "worker.2"],
            ),
        ],
        ids=["no processes", "one process", "several of several types"],
    )
    def test_every_process_is_a_program_of_one_group(
        self,
        here: Callable[..., Blueprint],
        tmp_path: Path,
        services: list[Service],
        names: list[str],
    ) -> None:
        """They are in elephant.conf, in the order of the Procfile."""
        main = install(here(*services, app="elephant"), tmp_path)

        assert [path.name for path in (tmp_path / "conf.d").iterdir()] == ["elephant.conf"]
        assert list(read(main)) == [f"elephant:elephant-{name}" for name in names]


class TestHeader:
    """How to install the file."""

    def test_what_is_in_place_needs_no_install(self, tmp_path: Path) -> None:
        """Such a command would fail, because a file can't be copied onto itself."""
        (tmp_path / "there").symlink_to(FOLDER)
        places = [FOLDER, f"{FOLDER}/", str(tmp_path / "there"), str(tmp_path), ""]

        made = [Export().render([], {"blueprint": shop(location=place)})[0] for place in places]

        assert ["    install -m" in file.content for file in made] == [False] * 3 + [True] * 2
        assert all(file.tells_how for file in made)

    def test_placeholders_never_replace_what_somebody_filled_in(self) -> None:
        """Neither where the file is written nor where it is copied to."""
        (masked,) = Export().render([], {"blueprint": shop(is_masked=True)})
        (file,) = Export().render([], {"blueprint": shop()})

        assert (masked.keeps, file.keeps) == (True, False)
        assert "test -e /etc/supervisor/conf.d/shop.conf || install -m 600" in masked.content


@pytest.fixture
def ctl(tmp_path: Path) -> Callable[..., str]:
    """`supervisorctl` for the supervisord of this folder."""

    def ask(*words: str) -> str:
        command = [sys.executable, "-m", "supervisor.supervisorctl"]
        done = subprocess.run(
            [*command, "-c", "supervisord.conf", *words],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout

    return ask


@pytest.fixture
def supervisord(tmp_path: Path) -> Iterator[Starter]:
    """Start `supervisord` in the foreground; it tells what its processes write, too."""
    command = [sys.executable, "-m", "supervisor.supervisord"]
    with Starter([*command, "-n", "-e", "debug", "-c", "supervisord.conf"], tmp_path) as start:
        yield start


def told(line: str) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment that a process told."""
    arguments, variables = json.loads(line[line.index("[[") :])
    return arguments, {
        name: value
        for name, value in variables.items()
        if name not in OWN and not name.startswith("SUPERVISOR_")
    }


def unused_ports(number: int) -> list[int]:
    """Ports beside each other that nobody listens on; none that the system gives to others."""
    while True:
        first = 10_000 + secrets.randbelow(20_000)
        ports = list(range(first, first + number))
        try:
            for port in ports:
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return ports


def ask(port: int, name: str) -> str:
    """A variable of the process that listens on a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=10) as answer:
        return str(answer.read().decode())


class TestRuns:
    """supervisord itself with an exported file."""

    def test_an_app_lives_as_it_does_with_start(
        self,
        supervisord: Starter,
        ctl: Callable[..., str],
        procrun: Starter,
        probe: Callable[[str], Path],
        tmp_path: Path,
    ) -> None:
        """Release phase, ports, a crash, a stop; then nothing is left."""
        (tmp_path / "tell.py").write_text(TELL.format(server=str(probe("server"))))
        first, second, third = unused_ports(3)
        path = environment()["PATH"]
        serve = f"python {probe('server')} 127.0.0.1 $PORT bound"
        app = blueprint(
            service("web", f"{serve} | cat", (first, second)),
            service("tell", NASTY, (third,)),
            root=str(tmp_path),
            user=ME,
            log=str(tmp_path),
            release=service("release", "echo migrated; exit 3", (0,)),
            config={f"V_{name}": value for name, value in VALUES.items()},
            platform={"PATH": path, "PYTHONUNBUFFERED": "1"},
        )
        as_started = self.with_start(procrun, app)
        (tmp_path / "supervisord.conf").write_text(MAIN)
        running = supervisord()
        running.wait_for("supervisord started", 30)
        install(app, tmp_path)

        assert ctl("reread") == "shop: available\nshop-release: available\n"
        assert ctl("update", "shop-release").endswith("shop-release: added process group\n")
        assert ctl("start", "shop-release") == "shop-release: started\n"
        running.wait_for("exited: shop-release (exit status 3; not expected)", 30)
        assert (tmp_path / "release.1.log").read_text(encoding="utf-8") == "migrated\n"
        assert "exited: shop-release (exit status 3; not expected)" in ctl("maintail", "-100000")

        assert ctl("update", "shop").endswith("shop: added process group\n")
        running.wait_for(re.compile("^bound"), 30, times=3)
        for name in ("web.1", "web.2", "tell.1"):
            running.wait_for(f"success: shop-{name} entered RUNNING state", 30)

        assert [line.split()[:2] for line in ctl("status").splitlines()] == [
            ["shop:shop-tell.1", "RUNNING"],
            ["shop:shop-web.1", "RUNNING"],
            ["shop:shop-web.2", "RUNNING"],
            ["shop-release", "EXITED"],
        ]
        assert [ask(port, "PS") for port in (first, second, third)] == ["web.1", "web.2", "tell.1"]

        output = (tmp_path / "tell.1.log").read_text(encoding="utf-8")
        assert "on standard error\n" in output
        assert told(output.splitlines()[0]) == as_started

        os.kill(int(ask(third, "pid")), signal.SIGKILL)
        running.wait_for(re.compile("^bound"), 30, times=4)

        assert "shop:shop-web.1: stopped" in ctl("stop", "shop:*")
        assert "Shut down" in ctl("shutdown")
        status, text = running.finish(30)
        assert status == 0
        assert "with SIGKILL" not in text  # nobody had to be killed
        assert len([line for line in text.splitlines() if "spawned: 'shop-release'" in line]) == 1
        assert not (tmp_path / "supervisord.pid").exists()
        for port in (first, second, third):
            socket.create_server(("127.0.0.1", port)).close()

    def with_start(self, procrun: Starter, app: Blueprint) -> tuple[list[str], dict[str, str]]:
        """What the same process tells that `procrun start` runs."""
        tell = app.services[1]
        port = str(tell.instances[0].port)
        running = procrun(
            *("start", "--no-prefix", "-p", port),
            procfile=f"tell: {tell.command}\n",
            env=app.config,
        )
        line = running.wait_for("[[", 30)
        running.signal(signal.SIGTERM)
        running.finish(30)
        return told(line)
