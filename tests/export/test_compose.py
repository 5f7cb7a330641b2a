"""Files for Docker Compose, as the real one reads them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies

from procrun.errors import ConfigError, UsageError
from procrun.export.compose import Export, build_folder
from procrun.export.file import PUBLIC, SECRET
from tests.export import engines, examples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEXTS = strategies.text(
    strategies.one_of(
        strategies.characters(codec="utf-8", exclude_characters="\0"),
        strategies.sampled_from("$'\"\\{}()#\n\r\t x"),
    )
)


def test_the_files_of_the_shop_are_the_golden_ones() -> None:
    """What a user gets was read by a human, once."""
    examples.check_golden("compose", engines.exported(Export(), examples.shop()).values())


def test_every_command_and_value_reaches_its_container(tmp_path: Path) -> None:
    """Compose reads the very argv and environment of a start, and they do the same."""
    app = examples.nasty()
    services = engines.compose_config(engines.exported(Export(), app), tmp_path)
    containers = {name: container(each) for name, each in services.items()}

    assert {name: each.argv for name, each in containers.items()} == {
        service.type: service.argv for service in app.services
    }
    assert {tuple(sorted(each.environment.items())) for each in containers.values()} == {
        tuple(sorted(engines.environment_of_a_start(examples.VALUES).items()))
    }
    assert engines.answers(containers, tmp_path) == engines.answers(
        {name: engines.of_a_start(command) for name, command in examples.COMMANDS.items()}, tmp_path
    )


def test_any_text_reaches_its_container(tmp_path: Path) -> None:
    """Neither YAML nor env files nor dollars change a command, a value or an image."""

    @hypothesis.settings(max_examples=8)
    @hypothesis.given(strategies.lists(TEXTS, min_size=10, max_size=40))
    def check(texts: list[str]) -> None:
        config = {f"V{number}": text for number, text in enumerate(texts)}
        service = examples.service("web", "true", (5000,)).replace(argv=("/bin/bash", *texts))
        app = examples.blueprint(service, config=config)
        found = engines.compose_config(engines.exported(Export(), app), tmp_path)["web"]

        assert container(found) == engines.Container(
            service.argv, engines.environment_of_a_start(config)
        )

    check()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Give the services of the shop, with two web processes."""
    folder = tmp_path_factory.mktemp("shop")
    return engines.compose_config(engines.exported(Export(), examples.shop()), folder)


class TestService:
    """What Compose is told of the shop."""

    def test_web_has_the_ports_of_a_start_on_this_machine_alone(
        self, services: dict[str, dict[str, object]]
    ) -> None:
        """Two replicas get a port each, of a range."""
        (port,) = engines.items(services["web"]["ports"])

        assert (port["host_ip"], port["published"], port["target"]) == (
            "127.0.0.1",
            "5000-5001",
            5000,
        )
        assert "ports" not in services["worker"]

    def test_all_wait_for_the_release_phase(self, services: dict[str, dict[str, object]]) -> None:
        """It runs once, and nothing starts where it fails."""
        waits = {"condition": "service_completed_successfully", "required": True}

        assert services["web"]["depends_on"] == {"release": waits}
        assert services["worker"]["depends_on"] == {"release": waits}
        assert "depends_on" not in services["release"]
        assert services["release"]["restart"] == "no"
        assert engines.mapping(services["release"]["environment"])["PS"] == "release.1"
        assert "PORT" not in engines.mapping(services["release"]["environment"])

    def test_services_restart_and_have_time_to_stop(
        self, services: dict[str, dict[str, object]]
    ) -> None:
        """Half a minute at least, as on Heroku."""
        assert services["web"]["restart"] == "unless-stopped"
        assert services["web"]["stop_grace_period"] == "30s"
        assert services["web"]["stop_signal"] == "SIGTERM"
        assert services["web"]["init"] is True
        assert services["web"]["entrypoint"] == []
        assert engines.mapping(services["web"]["deploy"])["replicas"] == 2

    def test_web_alone_is_checked(self, services: dict[str, dict[str, object]]) -> None:
        """Nobody asks a worker."""
        assert "healthcheck" in services["web"]
        assert "healthcheck" not in services["worker"]


def test_a_type_has_its_own_stop_signal_and_grace(tmp_path: Path) -> None:
    """A grace above half a minute is kept, in whole seconds."""
    service = examples.service("clock", "x", (5000,), grace=44.5).replace(
        stop_signal=signal.SIGINT.value
    )
    files = engines.exported(Export(), examples.blueprint(service))
    found = engines.compose_config(files, tmp_path)["clock"]

    assert (found["stop_signal"], found["stop_grace_period"]) == ("SIGINT", "45s")


def test_names_that_yaml_takes_for_something_else_stay_names(tmp_path: Path) -> None:
    """A process type may be called `on`, or have a number for a name."""
    services = [examples.service(name, "x", (5000,)) for name in ("on", "1e3", "Null", "_x-")]
    files = engines.exported(Export(), examples.blueprint(*services))

    assert set(engines.compose_config(files, tmp_path)) == {"on", "1e3", "Null", "_x-"}


def test_web_is_healthy_when_its_port_answers(tmp_path: Path) -> None:
    """It takes nothing but the bash that the command needs anyway."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = examples.service("web", "x", (listener.getsockname()[1],))
        files = engines.exported(Export(), examples.blueprint(service))
        found = engines.compose_config(files, tmp_path)["web"]
        _, *check = map(str, engines.items(engines.mapping(found["healthcheck"])["test"]))

        assert checked(check) == 0
    assert checked(check) == 1


def checked(check: Sequence[str]) -> int:
    """The exit status of a health check, in a container of that address."""
    return subprocess.run(
        check, env={"HOSTNAME": "127.0.0.1"}, stderr=subprocess.DEVNULL, check=False
    ).returncode


def test_a_shell_without_dev_tcp_gets_no_health_check(tmp_path: Path) -> None:
    """A check that always fails is worse than none."""
    service = examples.service("web", "x", (5000,)).replace(argv=("/bin/sh", "-c", "--", "x"))
    files = engines.exported(Export(), examples.blueprint(service))

    assert "healthcheck" not in engines.compose_config(files, tmp_path)["web"]


def test_a_type_of_which_none_runs_has_no_replicas(tmp_path: Path) -> None:
    """It can be scaled up later."""
    files = engines.exported(Export(), examples.blueprint(examples.service("web", "x", ())))
    found = engines.compose_config(files, tmp_path)["web"]

    assert engines.mapping(found["deploy"])["replicas"] == 0
    assert "ports" not in found


def test_only_the_env_file_has_secrets_and_nobody_else_reads_it() -> None:
    """compose.yaml can be committed."""
    files = engines.exported(Export(), examples.shop())

    assert {name: file.mode for name, file in files.items()} == {
        "compose.yaml": PUBLIC,
        "shop.env": SECRET,
        "Dockerfile": PUBLIC,
        ".dockerignore": PUBLIC,
    }
    assert "p%40ss" not in files["compose.yaml"].content
    assert [name for name, file in files.items() if file.tells_how] == ["compose.yaml"]


def test_a_shells_name_stays_in_its_comment(tmp_path: Path) -> None:
    """It can't become a line of the file."""
    service = examples.service("web", "x", (5000,)).replace(argv=("/bin/sh\nname: evil", "x"))
    files = engines.exported(Export(), examples.blueprint(service))

    assert "# The image must have /bin/sh\\nname: evil.\n" in files["compose.yaml"].content
    assert set(engines.compose_config(files, tmp_path)) == {"web"}


def test_config_vars_win_over_platform_variables_and_ports_over_both(tmp_path: Path) -> None:
    """PATH of the machine is in none, and a PS of the user's neither."""
    config = {"PYTHONUNBUFFERED": "", "PORT": "1", "PS": "x"}
    app = examples.shop(config=config)
    services = engines.compose_config(engines.exported(Export(), app), tmp_path)

    assert services["web"]["environment"] == {"PYTHONUNBUFFERED": "", "PORT": "5000"}
    assert services["release"]["environment"] == {
        "PYTHONUNBUFFERED": "",
        "PORT": "1",
        "PS": "release.1",
    }


def test_an_image_of_the_users_is_not_built(tmp_path: Path) -> None:
    """Its name is taken literally, and no Dockerfile is written."""
    app = examples.blueprint(examples.service("web", "x", (5000,)))
    files = engines.exported(Export(), app, image="registry.example.com/shop:1")
    found = engines.compose_config(files, tmp_path)["web"]

    assert set(files) == {"compose.yaml"}
    assert found["image"] == "registry.example.com/shop:1"
    assert "build" not in found
    assert "pull_policy" not in found


@pytest.mark.parametrize("image", ["r/x\udcff", "a b", "x\ny", "-x", "$IMAGE"])
def test_what_is_no_image_is_refused(image: str) -> None:
    """Before Docker would."""
    with pytest.raises(UsageError, match="no image is called"):
        engines.exported(Export(), examples.shop(), image=image)


def test_one_service_alone_builds_the_image_of_all(tmp_path: Path) -> None:
    """Several would write it at once; and nobody gets one of that name from a registry."""
    web, clock = (examples.service(name, "x", (5000,)) for name in ("web", "clock"))
    for app, builder in ((examples.shop(), "release"), (examples.blueprint(web, clock), "clock")):
        found = engines.compose_config(engines.exported(Export(), app), tmp_path)

        assert {name: each["pull_policy"] for name, each in found.items()} == {
            name: "build" if name == builder else "never" for name in found
        }
        assert [name for name, each in found.items() if "build" in each] == [builder]
        assert {each["image"] for each in found.values()} == {"shop"}


def test_an_env_file_of_the_apps_is_kept_from_compose(tmp_path: Path) -> None:
    """It would take settings of its own from there, and fails where it can't read it."""
    (tmp_path / ".env").write_text('COMPOSE_FILE=other.yaml\nPASSWORD="pa${ss"\n')
    app = examples.shop(root=str(tmp_path), location=str(tmp_path))
    files = engines.exported(Export(), app)
    engines.compose_config(files, tmp_path, "--env-file", os.devnull)
    command = "docker compose --env-file /dev/null"
    (tmp_path / ".env").unlink()
    other = engines.exported(Export(), app)["compose.yaml"].content

    assert f"#   {command} up --detach     build" in files["compose.yaml"].content
    assert other.count("docker compose ") == 4
    assert command not in other


@pytest.mark.parametrize(
    ("root", "location", "folder"),
    [
        ("/srv/shop", "/srv/shop", "."),
        ("/srv/shop", "", "."),
        ("/srv/shop", "/srv/shop/units/", ".."),
        ("/srv/shop", "/srv/shopping", "/srv/shop"),
        ("/srv/shop", "/tmp/units", "/srv/shop"),
        ("/", "/units", "/"),
    ],
)
def test_the_image_is_built_from_the_apps_folder(root: str, location: str, folder: str) -> None:
    """By a path that stays right when the app moves, where the file is in the app."""
    assert build_folder(root, location) == folder


def test_a_link_does_not_lead_to_another_folder(tmp_path: Path) -> None:
    """`..` is another folder for a shell that came through a link than for the system."""
    root = tmp_path / "app"
    (root / "a" / "b").mkdir(parents=True)
    (root / "inside").symlink_to("a/b")
    (root / "outside").symlink_to(tmp_path)
    (tmp_path / "current").symlink_to("app")
    current = str(tmp_path / "current")

    assert build_folder(str(root), str(root / "inside")) == str(root)
    assert build_folder(str(root), str(root / "outside")) == str(root)
    assert build_folder(current, str(tmp_path / "current" / "deploy")) == ".."
    assert build_folder(current, str(root / "deploy")) == current


def test_what_a_dockerignore_lacks_is_told(tmp_path: Path) -> None:
    """It is the user's, or of an earlier export."""
    app = examples.shop(root=str(tmp_path), env_files=(str(tmp_path / "production"),))
    ours = engines.exported(Export(), app)
    (tmp_path / ".dockerignore").write_text("**/.env\n**/*.env\n")
    lines = engines.exported(Export(), app)["compose.yaml"].content.splitlines()

    assert LACKS not in ours["compose.yaml"].content
    assert lines[lines.index(LACKS) + 1 :][:3] == [
        "#   **/.env.*",
        "#   **/*-secret.yaml",
        "#   **/shop.conf",
    ]
    assert "#   /production" in lines
    assert LACKS not in engines.exported(Export(), app, image="x")["compose.yaml"].content


LACKS = "# The .dockerignore in the app's folder is to keep secrets out of the image, and lacks:"


def test_placeholders_that_were_filled_in_stay() -> None:
    """The next export without secrets keeps the file."""
    files = engines.exported(Export(), examples.shop(is_masked=True))

    assert files["shop.env"].keeps
    assert "# The values are to be filled in" in files["shop.env"].content
    assert not engines.exported(Export(), examples.shop())["shop.env"].keeps


def test_everything_that_compose_cannot_carry_is_told_at_once() -> None:
    """With the place, or at least the variable, and what to do."""
    config = {"A B": "x", "C\n": "", "fine.name-1": ""}
    origins = {"A B": ".env:3"}
    web = examples.service("web", "x", (5000,))
    app = examples.blueprint(web, config=config, origins=origins)

    with pytest.raises(ConfigError) as caught:
        engines.exported(Export(), app)
    assert [str(problem) for problem in caught.value.problems] == [
        ".env:3: A B: Compose can't have a variable of this name",
        "C\\n: Compose can't have a variable of this name",
    ]


def test_a_template_folder_replaces_the_templates(tmp_path: Path) -> None:
    """Templates get what ours get, honcho's context and honcho's processes."""
    for name in ("env", "Dockerfile", "dockerignore"):
        (tmp_path / name).write_text("")
    (tmp_path / "compose.yaml").write_text("{{ project }} {{ processes }} {{ user }}")

    files = engines.exported(Export(str(tmp_path)), examples.shop(), user="www")

    assert files["compose.yaml"].content == "shop [] www"


def container(service: dict[str, object]) -> engines.Container:
    """What a container of a service that Compose has read executes."""
    argv = tuple(map(str, engines.items(service["command"])))
    environment = {
        name: str(value) for name, value in engines.mapping(service["environment"]).items()
    }
    return engines.Container(argv, environment)
