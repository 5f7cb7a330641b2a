"""What exporters are told: the app of `start`, and nothing of the caller's."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from procrun import settings
from procrun.core.names import DynoName
from procrun.errors import ConfigError, ProcrunError, UsageError
from procrun.export.blueprint import Blueprint, Instance
from procrun.export.making import PLACEHOLDER, Wishes, blueprint_of, processes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROCFILE = "web: serve $PORT\nrelease: migrate\nworker: work\n"
FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class App:
    """An app in a folder, to be exported."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.write("Procfile", PROCFILE)

    def write(self, name: str, text: str) -> None:
        """Write one of its files."""
        (self.root / name).write_text(text, encoding="utf-8")

    def settings(self, options: Mapping[str, object]) -> settings.Settings:
        """Its settings."""
        return settings.resolve({"root": str(self.root), **options}, {})

    def told(self, wishes: Wishes | None = None, **options: object) -> tuple[Blueprint, list[str]]:
        """The blueprint, and the notes with it."""
        return blueprint_of(self.settings(options), wishes or Wishes())

    def blueprint(self, wishes: Wishes | None = None, **options: object) -> Blueprint:
        """The blueprint alone."""
        return self.told(wishes, **options)[0]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """An app, and a caller with little in the environment."""
    for name in ("PORT", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    return App(tmp_path / "shop")


def ports(blueprint: Blueprint) -> dict[str, int]:
    """The port of each process."""
    instances = (each for service in blueprint.services for each in service.instances)
    return {str(instance.name): instance.port for instance in instances}


class TestProcesses:
    """What runs."""

    def test_services_are_those_of_the_procfile_and_release_stands_apart(self, app: App) -> None:
        """Each with what executes its command."""
        blueprint = app.blueprint(Wishes(shell_path="/bin/bash"))

        assert [service.type for service in blueprint.services] == ["web", "worker"]
        assert blueprint.services[0].argv == ("/bin/bash", "-c", "--", "serve $PORT")
        assert blueprint.release
        assert blueprint.release.command == "migrate"
        assert blueprint.release.instances == (Instance(DynoName("release", 1), 0),)

    def test_ports_and_numbers_are_those_of_start(self, app: App) -> None:
        """A hundred from type to type, those that are not exported included."""
        found = app.blueprint(formation=["web=2,worker=1"], port="6000")

        assert ports(found) == {"web.1": 6000, "web.2": 6001, "worker.1": 6200}
        assert ports(app.blueprint(formation=["web=0"])) == {"worker.1": 5200}
        assert ports(app.blueprint(exclude=["worker"])) == {"web.1": 5000}

    @pytest.mark.parametrize("options", [{"formation": ["worker=0"]}, {"exclude": ["worker"]}])
    def test_a_type_of_which_none_runs_is_there(self, app: App, options: dict[str, object]) -> None:
        """An engine has to end those that it has."""
        worker = app.blueprint(None, **options).services[1]

        assert (worker.type, worker.instances) == ("worker", ())

    def test_the_base_port_may_be_a_config_var_or_the_callers(
        self, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one thing of the caller that counts, as it does for `start`; it is no variable."""
        monkeypatch.setenv("PORT", "7000")
        blueprint = app.blueprint(exclude=["worker"])

        assert ports(blueprint) == {"web.1": 7000}
        assert blueprint.config == {}
        app.write(".env", "PORT=8000\n")
        assert ports(app.blueprint(exclude=["worker"])) == {"web.1": 8000}

    @pytest.mark.parametrize("how", ["option", "env_file"])
    def test_free_ports_are_refused(self, app: App, how: str) -> None:
        """What is installed needs ports that stay."""
        app.write(".env", "PORT=0\n" if how == "env_file" else "")
        options = {"port": "0"} if how == "option" else {}
        place = "--port" if how == "option" else rf"{app.root}/\.env:1"

        with pytest.raises(ConfigError, match=rf"^{place}: free ports are for"):
            app.blueprint(None, **options)

    def test_heroku_and_the_router_change_no_port(self, app: App) -> None:
        """An export is of a plain start."""
        assert ports(app.blueprint(heroku=True)) == {"web.1": 5000, "worker.1": 5200}

    def test_times_and_signals_are_those_of_the_settings(self, app: App) -> None:
        """Of each type."""
        app.write("procrun.toml", '[types.worker]\ntimeout = 20\nstop_signal = "INT"\n')

        web, worker = app.blueprint().services

        assert (web.grace, web.stop_signal) == (5.0, signal.SIGTERM)
        assert (worker.grace, worker.stop_signal) == (20.0, signal.SIGINT)

    def test_a_shell_that_is_not_bash_is_told_to_give_way(self, app: App) -> None:
        """As `start` does it, so that signals reach the program."""
        worker = app.blueprint(Wishes(shell_path="/bin/dash")).services[1]

        assert worker.argv == ("/bin/dash", "-c", "--", "exec work")

    def test_all_problems_are_told_at_once(self, app: App) -> None:
        """Of the Procfile, the env files and -E."""
        app.write("Procfile", "web: a\nx\n")
        app.write(".env", "A\n")

        with pytest.raises(ConfigError) as caught:
            app.blueprint(Wishes(overrides={"B": "a\0b", "C": "\udcff", "D": "x" * 131_070}))

        told = [str(problem).split("\n")[0] for problem in caught.value.problems]
        assert [text.replace(f"{app.root}/", "").split(":")[0] for text in told] == [
            "Procfile",
            ".env",
            "-E",
            "-E",
            "-E",
        ]
        assert told[-1] == "-E: D: has 128 KiB or more, which Linux executes nothing with"

    def test_what_is_no_text_is_told_with_its_place(self, app: App) -> None:
        """Exporters need not look for it."""
        wrong = "/a\udcff"
        with pytest.raises(ConfigError) as caught:
            app.blueprint(Wishes(log=wrong, location=wrong, image=wrong))

        assert [str(problem) for problem in caught.value.problems] == [
            "DIR: is not UTF-8",
            "--log: is not UTF-8",
            "--image: is not UTF-8",
        ]

    def test_places_are_told_for_problems_of_exporters(self, app: App) -> None:
        """Lines of the Procfile and of env files, and the files that there are."""
        app.write(".env", "A=1\nB=2\n")

        found = app.blueprint(Wishes(overrides={"B": "3"}))

        lines = [service.where.removeprefix(f"{app.root}/") for service in found.all_services]
        assert lines == ["Procfile:1", "Procfile:3", "Procfile:2"]
        assert found.origins == {"A": f"{app.root}/.env:1", "B": "-E"}
        assert found.env_files == (f"{app.root}/.env",)


class TestVariables:
    """What they get."""

    def test_config_vars_are_those_of_env_files_and_overrides(self, app: App) -> None:
        """In that order of strength."""
        app.write(".env", "A=1\nB=2\nC=${A}x\n")

        assert app.blueprint(Wishes(overrides={"B": "3"})).config == {"A": "1", "B": "3", "C": "1x"}

    def test_nothing_is_the_callers(self, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not even by a reference, which is told; one with a default, or to another, is not."""
        for name in ("MINE", "HOME", "LANG", "FORCE_COLOR", "A"):
            monkeypatch.setenv(name, "the-callers")
        app.write(".env", "A=b\nX=${MINE}/x\nY=${A}${NOBODYS_AT_ALL}\n")

        for options in ({}, {"clean_env": True}, {"env_precedence": "shell"}):
            blueprint, notes = app.told(None, **options)

            assert "the-callers" not in repr(blueprint)
            assert blueprint.config == {"A": "b", "X": "/x", "Y": "b"}
            assert len(notes) == 1
            assert ".env:2 refers to MINE, which only your shell has" in notes[0]

    @pytest.mark.parametrize("place", [".venv", "venv"])
    def test_the_path_begins_with_the_virtual_environment(self, app: App, place: str) -> None:
        """Of the app's folder; an env file may put something before it."""
        (app.root / place / "bin").mkdir(parents=True)
        app.write(".env", "PATH=/own:${PATH}\n")

        blueprint = app.blueprint()

        path = f"{app.root}/{place}/bin:{FOLDERS}"
        assert blueprint.platform == {"PATH": path, "PYTHONUNBUFFERED": "1"}
        assert blueprint.config == {"PATH": f"/own:{path}"}

    def test_the_active_environment_is_the_second_choice(
        self, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And without any there are the system's folders alone."""
        assert app.blueprint().platform["PATH"] == FOLDERS
        (tmp_path / "active" / "bin").mkdir(parents=True)
        monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))

        assert app.blueprint().platform["PATH"] == f"{tmp_path}/active/bin:{FOLDERS}"

    def test_placeholders_stand_for_every_value_but_the_port(self, app: App) -> None:
        """Ports stay as they are."""
        app.write(".env", "A=secret\nPORT=6000\nEMPTY=\n")

        blueprint = app.blueprint(Wishes(has_secrets=False, overrides={"B": "secret"}))

        assert blueprint.config == {
            "B": PLACEHOLDER,
            "A": PLACEHOLDER,
            "PORT": "6000",
            "EMPTY": PLACEHOLDER,
        }
        assert ports(blueprint)["web.1"] == 6000

    def test_processes_have_the_shape_of_honchos(self, app: App) -> None:
        """With all that they get."""
        app.write(".env", "A=1\nPS=x\n")
        options = {"quiet": ["worker"]}

        processes = processes_of(app.blueprint(None, **options), app.settings(options))

        shared = {"PATH": FOLDERS, "PYTHONUNBUFFERED": "1", "A": "1"}
        assert processes == [
            ("web.1", "serve $PORT", False, {**shared, "PORT": "5000", "PS": "web.1"}),
            ("worker.1", "work", True, {**shared, "PORT": "5200", "PS": "worker.1"}),
        ]


class TestNames:
    """What things are called."""

    def test_a_link_by_which_somebody_has_come_is_the_folder(
        self, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It leads to another release tomorrow."""
        app.write(".env", "A=1\n")
        (tmp_path / "current").symlink_to(app.root)
        monkeypatch.chdir(tmp_path / "current")
        monkeypatch.setenv("PWD", str(tmp_path / "current"))

        found = app.blueprint(None, root=".")

        assert (found.root, found.app) == (str(tmp_path / "current"), "current")
        assert found.env_files == (str(tmp_path / "current" / ".env"),)
        monkeypatch.setenv("PWD", str(tmp_path))
        assert app.blueprint(None, root=".").root == str(app.root)

    @pytest.mark.parametrize(
        ("folder", "name"),
        [("My Shop", "My-Shop"), ("-_x", "x"), ("a..b", "a-b"), ("日本", "app"), ("2_b", "2_b")],
    )
    def test_a_folder_is_made_a_name_of_units(self, tmp_path: Path, folder: str, name: str) -> None:
        """Letters, digits, hyphens and underscores; the user is called so, too."""
        blueprint = App(tmp_path / folder).blueprint()

        assert (blueprint.app, blueprint.user) == (name, name)

    def test_names_and_folders_may_be_wished(self, app: App) -> None:
        """Folders become absolute."""
        wishes = Wishes(app="my_app", user="www-data", log="/var/log", location="/x/../units")
        blueprint = app.blueprint(wishes)

        assert (blueprint.app, blueprint.user) == ("my_app", "www-data")
        assert (blueprint.log, blueprint.location) == ("/var/log", "/units")
        assert blueprint.root == str(app.root)

    @pytest.mark.parametrize(
        "wishes",
        [
            Wishes(app="my app"),
            Wishes(app="-x"),
            Wishes(app="a/b"),
            Wishes(app="a.b"),
            Wishes(user="a b"),
            Wishes(user="-a"),
            Wishes(user="a\nExecStart=x"),
            Wishes(user="%i"),
            Wishes(user="a$"),
            Wishes(app="root"),
            Wishes(app="2024"),
            Wishes(shell_path="bash"),
            Wishes(shell_path="/bin/a\nb"),
        ],
    )
    def test_wishes_that_cannot_be_are_errors_of_usage(self, app: App, wishes: Wishes) -> None:
        """With a word that can be."""
        with pytest.raises(UsageError) as caught:
            app.blueprint(wishes)

        assert isinstance(caught.value, ProcrunError)
        assert caught.value.hint
