"""Units for systemd, as systemd itself reads and starts them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from procrun.errors import ConfigError
from procrun.export import systemd
from procrun.export.systemd import Export
from procrun.supervisor.spawn import Wiring, spawn
from tests.export import booted, examples
from tests.export.examples import COMMANDS, VALUES, blueprint, check_golden, service, shop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from procrun.export.blueprint import Blueprint
    from procrun.export.file import File

# What systemd itself sets; whatever else there is comes from the files.
OF_SYSTEMD = set(
    "HOME INVOCATION_ID JOURNAL_STREAM LANG LOGNAME SHELL SYSTEMD_EXEC_PID USER".split()
)
OF_UNIT = {"RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"}
OF_SHELL = {"_", "SHLVL", "PWD", "OLDPWD"}
SHOW = '#!/bin/sh\necho $#\nprintf "<%s>\\n" "$@"\n'
NAMES = {name: f"V_{number}" for number, name in enumerate(VALUES)}


def export(app: Blueprint, *, user_units: bool = False) -> list[File]:
    """What is written for an app."""
    return list(Export().render([], {"blueprint": app, "user_units": user_units}))


def texts(app: Blueprint, *, user_units: bool = False) -> dict[str, str]:
    """The same by name."""
    return {file.name: file.content for file in export(app, user_units=user_units)}


def problems(app: Blueprint, *, user_units: bool = False) -> list[tuple[str, str]]:
    """What is said against an app."""
    with pytest.raises(ConfigError) as caught:
        export(app, user_units=user_units)
    assert all(problem.hint for problem in caught.value.problems)
    return [(problem.where, problem.text) for problem in caught.value.problems]


def analyze(*arguments: str, folder: Path) -> str:
    """What systemd-analyze prints; the test fails where it finds fault."""
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "SYSTEMD_COLORS": "0", "XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def write(folder: Path, files: Iterable[File]) -> None:
    """Write files into a folder."""
    for file in files:
        (folder / file.name).write_text(file.content, encoding="utf-8")


@pytest.mark.parametrize(("folder", "user_units"), [("systemd", False), ("systemd-user", True)])
def test_the_files_are_those_that_somebody_has_looked_at(folder: str, *, user_units: bool) -> None:
    """A change of any file is a change that is seen."""
    app = shop(
        source="procrun export systemd --app shop units", mark="procrun export systemd --app shop"
    )
    check_golden(folder, export(app, user_units=user_units))


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("manager", ["--system", "--user"])
def test_systemd_finds_no_fault_with_any_of_the_units(tmp_path: Path, manager: str) -> None:
    """`systemd-analyze verify` says nothing, of commands with all kinds of characters either."""
    services = [service(f"c{n}", text, (5000,)) for n, text in enumerate(COMMANDS.values())]
    app = shop(root=str(tmp_path), log=str(tmp_path / "50% log\\s")).replace(user="root")
    real_time = service("real-time", "true", (5000,)).replace(stop_signal=signal.SIGRTMIN)
    app = app.replace(services=(*app.services, *services, real_time))
    write(tmp_path, export(app, user_units=manager == "--user"))
    instances = [f"./shop-{each.type}@1.service" for each in app.services]

    analyze(
        "verify", manager, "./shop.target", "./shop-release.service", *instances, folder=tmp_path
    )


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("port", [5000, 80])
def test_system_units_are_as_safe_as_web_apps_let_them_be(tmp_path: Path, port: int) -> None:
    """The exposure that `systemd-analyze security` finds is 2.5 at most."""
    write(tmp_path, export(shop(services=(service("web", "true", (port,)),))))

    for unit in ("shop-web@.service", "shop-release.service"):
        said = analyze("security", "--offline=true", f"./{unit}", folder=tmp_path)
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
        assert found
        assert float(found[1]) <= 2.5


def nasty(folder: Path) -> Blueprint:
    """An app of all the commands and all the values, whose units are written into a folder."""
    return examples.nasty(
        service("environment", "cat /proc/self/environ", (6000, 6001)),
        release=service("release", "cat /proc/self/environ", (0,)),
        root=booted.ROOT,
        location=str(folder),
        log=f"{booted.ROOT}/log 50%\\s",
        user="nobody",
        platform={"PATH": f"{booted.ROOT}/bin:/usr/bin:/bin", "PYTHONUNBUFFERED": "1", "P": "a b%"},
        config={
            **{NAMES[name]: value for name, value in VALUES.items()},
            "PYTHONUNBUFFERED": "of config vars",
            "PS": "of config vars",
        },
    )


def environment_of(raw: bytes) -> dict[str, str]:
    """A process's environment, without what the shell sets."""
    pairs = (item.partition("=") for item in raw.decode().rstrip("\0").split("\0"))
    return {name: value for name, _equals, value in pairs if name not in OF_SHELL}


def started(app: Blueprint, command: str, variables: Mapping[str, str], folder: Path) -> bytes:
    """What a command prints that `procrun start` starts."""
    output = folder / "started"
    environment = {**app.platform, **app.config, **variables}
    environment["PATH"] = environment["PATH"].replace(booted.ROOT, str(folder / "app"))
    with output.open("wb") as stream, Path(os.devnull).open() as null:
        wiring = Wiring(standard_input=null.fileno(), output=stream.fileno())
        pid = spawn(command, environment, wiring)
    os.waitpid(pid, 0)
    return output.read_bytes()


@pytest.mark.needs("systemd-analyze", "unshare", "mount")
@pytest.mark.parametrize(
    "user_units", [False, pytest.param(True, marks=pytest.mark.needs("setpriv"))]
)
def test_a_process_that_systemd_starts_sees_what_one_of_start_sees(
    tmp_path: Path, *, user_units: bool
) -> None:
    """The arguments and the variables are the same, to the byte, and the sandbox lets all run."""
    folder = tmp_path / "it's 50% $x"
    app = nasty(folder / "units")
    log = folder / "app" / "log 50%\\s"
    (folder / "app" / "bin").mkdir(parents=True)
    log.mkdir()
    log.chmod(0o777)
    show = folder / "app" / "bin" / "show"
    show.write_text(SHOW)
    show.chmod(0o755)
    instances = [(each, instance) for each in app.services for instance in each.instances]
    for each, instance in instances:
        own = log / f"{each.type}.{instance.name.number}.log"
        own.touch()
        os.chown(own, 65534, 65534)  # one that it can open by its name

    results = booted.boot(
        folder,
        export(app, user_units=user_units),
        ["shop.target", "shop-release.service"],
        len(instances) + 1,
        user=user_units,
    )

    assert set(results) == {
        "shop-release.service",
        *(f"shop-{each.type}@{instance.name.number}.service" for each, instance in instances),
    }
    assert set(results.values()) == {"success 0"}
    for each, instance in instances:
        seen = (log / f"{each.type}.{instance.name.number}.log").read_bytes()
        expected = started(app, each.command, instance.variables, folder)
        if each.type == "environment":
            found = environment_of(seen)
            wanted = environment_of(expected) | {"PATH": app.platform["PATH"]}
            assert wanted.items() <= found.items()
            more = found.keys() - wanted.keys() - OF_SYSTEMD - OF_UNIT
            assert not more or user_units  # a user's systemd passes on what it has itself
            assert {name: found[NAMES[name]] for name in NAMES} == VALUES
        else:
            assert (each.type, seen) == (each.type, expected)
    of_release = environment_of((log / "release.1.log").read_bytes())
    assert of_release["PS"] == "release.1"
    assert "PORT" not in of_release


PYTHON = "/usr/bin/python3"  # the user nobody may run it
# What web apps do that a sandbox may be too tight for: a database of files, memory for a JIT
# compiler, a low port, processes that share memory, files in /tmp.
WEB_APP = """
import mmap, multiprocessing, os, socket, sqlite3
with sqlite3.connect("app.db") as database:
    database.execute("create table notes (text)")
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
socket.create_server(("0.0.0.0", int(os.environ["PORT"])))
multiprocessing.Lock()
open("/tmp/of-web-app", "x")
print(os.getuid(), os.listdir("/tmp"), os.path.exists("/dev/kmsg"))
"""


@pytest.mark.needs("systemd-analyze", "unshare", "mount")
@pytest.mark.skipif(not Path(PYTHON).exists(), reason="no Python that everybody can read")
def test_a_web_app_runs_in_the_sandbox(tmp_path: Path) -> None:
    """It may do what web apps do, as the user that it is to run as, and sees a /tmp of its own."""
    folder = tmp_path / "app"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "web.py").write_text(WEB_APP)
    web = service("web", f"{PYTHON} web.py", (80,))
    app = blueprint(web, root=booted.ROOT, user="nobody", log=booted.ROOT).replace(
        location=str(tmp_path / "units"), platform={}
    )

    results = booted.boot(tmp_path, export(app), ["shop.target"], 1)

    said = (folder / "web.1.log").read_text()
    assert (results, said) == (
        {"shop-web@1.service": "success 0"},
        "65534 ['of-web-app'] False\n",
    )


def test_nothing_but_the_file_of_config_vars_has_a_secret() -> None:
    """That file is for its owner alone; in no other there is any value of a config var."""
    files = export(shop())

    assert [file.name for file in files if file.mode != 0o644] == ["shop.env"]
    assert next(file.mode for file in files if file.name == "shop.env") == 0o600
    for value in ("p%40ss", "p%%40ss", "50%\\$", "50%%$", "MIIB"):
        holding = {file.name for file in files if value in file.content}
        assert holding <= {"shop.env"}


class TestScenariosOfHoncho:
    """What honcho's own tests of its exporter are about."""

    def test_one_process(self) -> None:
        """There are a target, a unit, what its only instance gets, and the config vars."""
        app = blueprint(service("web", "true", (5000,)), app="elephant")

        files = texts(app)

        assert list(files) == [
            "elephant.target",
            "elephant-web@.service",
            "elephant-web@1.env",
            "elephant.env",
        ]
        assert re.findall("^Wants=(.*)$", files["elephant.target"], re.MULTILINE) == [
            "elephant-web@1.service"
        ]
        assert "\nPartOf=elephant.target\n" in files["elephant-web@.service"]

    def test_several_processes_of_several_types(self) -> None:
        """The target wants every instance, in the order of the Procfile."""
        services = (service("web", "true", (5000,)), service("worker", "true", (5100, 5101)))

        files = texts(blueprint(*services, app="elephant"))

        assert re.findall("^Wants=(.*)$", files["elephant.target"], re.MULTILINE) == [
            "elephant-web@1.service",
            "elephant-worker@1.service",
            "elephant-worker@2.service",
        ]
        assert 'PORT="5101"\nPS="worker.2"\n' in files["elephant-worker@2.env"]

    def test_a_type_that_does_not_run_yet(self) -> None:
        """Its unit is there, and no command of the header misses a file."""
        files = texts(blueprint(service("web", "true", (5000,)), service("clock", "true", ())))

        assert "shop-clock@.service " in files["shop.target"]
        assert "shop-clock@*.env" not in files["shop.target"]
        assert "Wants=shop-clock" not in files["shop.target"]

    def test_percent_signs_and_quotes(self) -> None:
        """The command stands in the unit so that systemd reads it as it is."""
        files = texts(blueprint(service("web", """a '50%' "$PORT" \\n""", (5000,))))

        assert ('\nExecStart=/bin/bash -c -- "a \'50%%\' \\"$$PORT\\" \\\\n"\n') in files[
            "shop-web@.service"
        ]


class TestStopping:
    """What a unit says of its end."""

    @pytest.mark.parametrize(("grace", "seconds"), [(5.0, 30), (30.0, 30), (45.2, 46)])
    def test_there_are_thirty_seconds_at_least(self, grace: float, seconds: int) -> None:
        """A longer time of the app's own holds."""
        files = texts(blueprint(service("web", "true", (5000,), grace)))

        assert f"\nTimeoutStopSec={seconds}\n" in files["shop-web@.service"]

    def test_its_own_signal_is_no_failure(self) -> None:
        """Neither a death of it nor the status that a shell makes of that."""
        web = service("web", "true", (5000,)).replace(stop_signal=3)

        unit = texts(blueprint(web))["shop-web@.service"]

        assert "\nKillSignal=SIGQUIT\nSuccessExitStatus=131 SIGQUIT\n" in unit


class TestSandbox:
    """What depends on the app."""

    def test_a_low_port_is_allowed(self) -> None:
        """The one capability for it, and no other."""
        unit = texts(blueprint(service("web", "true", (80,))))["shop-web@.service"]

        assert "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n" in unit

    @pytest.mark.parametrize(
        ("root", "own", "more"),
        [("/srv/shop", "yes", ""), ("/var/tmp/shop", "no", " /tmp /var/tmp")],
    )
    def test_an_app_below_tmp_still_sees_itself(self, root: str, own: str, more: str) -> None:
        """It has no /tmp of its own, which would hide it, and writes in the usual one."""
        unit = texts(blueprint(service("web", "true", (80,)), root=root))["shop-web@.service"]

        assert f"\nReadWritePaths={root}{more}\nPrivateTmp={own}\n" in unit

    def test_so_does_one_that_a_link_leads_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which folder it is counts, not how it is called."""
        (tmp_path / "temporary" / "shop").mkdir(parents=True)
        (tmp_path / "shop").symlink_to(tmp_path / "temporary" / "shop")
        monkeypatch.setattr(systemd, "_TEMPORARY", (str(tmp_path / "temporary"),))
        app = blueprint(service("web", "true", (80,)), root=str(tmp_path / "shop"))

        assert "\nPrivateTmp=no\n" in texts(app)["shop-web@.service"]


class TestProblems:
    """What systemd has no words for is said, all of it, and nothing is written."""

    def test_all_of_them_at_once(self) -> None:
        """Each with its place."""
        app = blueprint(
            service("web", "a\ufffe", (5000,)).replace(where="Procfile:1"),
            service("w" * 120, "true", (5000,)),
            app="a" * 130,
            root="/srv/a\nb",
            log="/srv/a\nb",
            config={"A.B": "1", "NONCHARACTER": "\ufffe"},
            origins={"A.B": ".env:3"},
        )

        assert [where for where, _text in problems(app)] == [
            *("--root", "--log", ".env:3: A.B", "NONCHARACTER", "Procfile:1", "w" * 120)
        ]

    @pytest.mark.parametrize("name", ["default", "network", "sockets", "multi-user"])
    def test_a_target_of_systemds_own_is_never_replaced(self, name: str) -> None:
        """The next boot would be one into the app alone."""
        assert [where for where, _text in problems(shop(app=name))] == ["--app"]

    def test_a_command_longer_than_a_line_can_be(self) -> None:
        """Systemd would leave out the line, and the unit would have no command."""
        app = blueprint(service("web", "é" * 600_000, (5000,)))

        assert [where for where, _text in problems(app)] == ["web"]


class TestHeader:
    """How the target says to install the files."""

    def test_what_is_in_place_needs_no_install(self, tmp_path: Path) -> None:
        """Such a command would fail, because a file can't be copied onto itself."""
        (tmp_path / "there").symlink_to("/etc/systemd/system")
        places = ["/etc/systemd/system/", str(tmp_path / "there"), str(tmp_path), ""]

        made = [texts(shop(location=place))["shop.target"] for place in places]

        assert [booted.installing(text) == "" for text in made] == [True, True, False, False]

    @pytest.mark.parametrize("variable", ["HOME", "XDG_CONFIG_HOME"])
    def test_so_it_is_with_the_folder_of_a_user(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        """It is where the user's own systemd reads units."""
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        monkeypatch.setenv(variable, str(tmp_path))
        folder = tmp_path / (".config" if variable == "HOME" else "") / "systemd" / "user"

        made = texts(shop(location=str(folder)), user_units=True)["shop.target"]
        of_system = texts(shop(location=str(folder)))["shop.target"]

        assert booted.installing(made) == ""
        assert booted.installing(of_system) != ""

    def test_placeholders_never_replace_what_somebody_filled_in(self) -> None:
        """Neither where the files are written nor where they are copied to."""
        files = export(shop(is_masked=True))

        assert [file.name for file in files if file.keeps] == ["shop.env"]
        assert "#   test -e /etc/systemd/system/shop.env || sudo install -m 600" in files[0].content
        assert not [file for file in export(shop()) if file.keeps]

    def test_it_is_in_the_target_alone(self) -> None:
        """Which is the file to look at."""
        assert [file.name for file in export(shop()) if file.tells_how] == ["shop.target"]


def test_a_folder_of_templates_may_replace_some(tmp_path: Path) -> None:
    """The others are ours; values are escaped by the same filters."""
    (tmp_path / "app.env").write_text("# {{ blueprint.app }}\n")

    files = list(Export(str(tmp_path)).render([], {"blueprint": shop()}))

    assert {file.name: file.content for file in files}["shop.env"] == "# shop\n"
    assert len(files) == len(export(shop()))
