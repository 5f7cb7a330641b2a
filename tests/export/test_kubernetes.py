"""Manifests for Kubernetes: its schemas, its rules of expansion, and what a pod executes."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import hypothesis
import kubernetes_validate
import pytest
import yaml
from hypothesis import strategies

from procrun.errors import ConfigError
from procrun.export import containers, yaml_syntax
from procrun.export.file import PUBLIC, SECRET
from procrun.export.kubernetes import Export
from tests.export import engines, examples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from procrun.export.blueprint import Blueprint
    from procrun.export.file import File

TEXTS = strategies.text(
    strategies.one_of(
        strategies.characters(codec="utf-8", exclude_characters="\0"),
        strategies.sampled_from("$()'\"\\:#\n\t x"),
    )
)
OLDEST = "1.25"
CLOCK = examples.service("clock", "x", (5000,), grace=44.5).replace(stop_signal=signal.SIGINT.value)


def test_the_files_of_the_shop_are_the_golden_ones() -> None:
    """What a user gets was read by a human, once."""
    examples.check_golden("kubernetes", engines.exported(Export(), examples.shop()).values())


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize(
    ("app", "image"),
    [
        (examples.shop(), ""),
        (examples.shop(release=None, config={}), "registry.example.com/shop:1"),
        (examples.nasty(), ""),
        (examples.blueprint(examples.service("web", "x", ())), ""),
        (examples.blueprint(CLOCK), ""),
    ],
    ids=["shop", "bare", "nasty", "none", "clock"],
)
def test_kubernetes_knows_every_field(app: Blueprint, image: str, version: str) -> None:
    """Nothing is misspelt, in old clusters and new ones."""
    for file in engines.exported(Export(), app, image).values():
        for document in engines.documents(file):
            kubernetes_validate.validate(document, version, strict=True)


def test_every_command_and_value_reaches_its_container(tmp_path: Path) -> None:
    """The argv and environment of a pod are those of a start, and they do the same."""
    app = examples.nasty()
    found = pods(app)

    assert {name: each.argv for name, each in found.items()} == {
        f"shop-{service.type}": service.argv for service in app.services
    }
    assert {tuple(sorted(each.environment.items())) for each in found.values()} == {
        tuple(sorted(engines.environment_of_a_start(examples.VALUES).items()))
    }
    assert engines.answers(found, tmp_path) == engines.answers(
        {
            f"shop-{name}": engines.of_a_start(command)
            for name, command in examples.COMMANDS.items()
        },
        tmp_path,
    )


@hypothesis.given(TEXTS)
def test_any_text_survives_yaml_and_the_expansion(text: str) -> None:
    """A pod gets what was said, though it knows variables that could be meant."""
    assert yaml.safe_load(yaml_syntax.scalar(text)) == text
    assert yaml.safe_load(f"{{{yaml_syntax.word(text)}: 1}}") == {text: 1}
    assert expand(containers.doubled(text), {"x": "y", "": "z"}) == text


def test_a_deployment_has_the_labels_that_its_service_asks_for() -> None:
    """And the Service finds the port by its name."""
    web, _, service = engines.documents(files_of(examples.shop())["shop.yaml"])
    labels = part(web, "spec", "template", "metadata", "labels")

    assert part(service, "kind") == "Service"
    assert part(service, "spec", "selector") == labels
    assert part(web, "spec", "selector", "matchLabels") == labels
    assert part(web, "spec", "replicas") == 2


def test_only_the_secret_has_secrets_and_nobody_else_reads_it() -> None:
    """The others can be committed."""
    files = files_of(examples.shop())

    assert {name: file.mode for name, file in files.items()} == {
        "shop-secret.yaml": SECRET,
        "shop-release.yaml": PUBLIC,
        "shop.yaml": PUBLIC,
    }
    assert [name for name, file in files.items() if file.tells_how] == ["shop.yaml"]
    assert all("p%40ss" not in file.content for file in files.values() if file.mode == PUBLIC)


def test_the_release_phase_is_a_job_that_is_not_tried_again() -> None:
    """It has a PS, and no port."""
    (job,) = engines.documents(files_of(examples.shop())["shop-release.yaml"])
    container = pods(examples.shop())["shop-release"]

    assert (part(job, "kind"), part(job, "spec", "backoffLimit")) == ("Job", 0)
    assert part(job, "spec", "template", "spec", "restartPolicy") == "Never"
    assert container.environment["PS"] == "release.1"
    assert "PORT" not in container.environment


def test_config_vars_win_over_platform_variables_and_ports_over_both() -> None:
    """PATH of the machine is in none, and a PS of the user's neither."""
    found = pods(examples.shop(config={"PYTHONUNBUFFERED": "", "PORT": "1", "PS": "x"}))

    assert found["shop-web"].environment == {"PYTHONUNBUFFERED": "", "PORT": "5000"}
    assert found["shop-release"].environment == {
        "PYTHONUNBUFFERED": "",
        "PORT": "1",
        "PS": "release.1",
    }


def test_without_config_vars_there_is_no_secret() -> None:
    """And none is asked for."""
    files = files_of(examples.shop(config={}, release=None))

    assert set(files) == {"shop.yaml"}
    assert "secret" not in files["shop.yaml"].content
    assert "shop-release" not in files["shop.yaml"].content


def test_a_grace_is_in_whole_seconds_and_another_stop_signal_is_told() -> None:
    """The signal is the image's to say."""
    content = files_of(examples.blueprint(CLOCK))["shop.yaml"].content

    assert "terminationGracePeriodSeconds: 45  # after SIGTERM, or the STOPSIGNAL" in content
    assert "it should be SIGINT\n" in content


def test_the_image_is_the_one_that_was_asked_for() -> None:
    """Only the app's own is looked for on the node first."""
    app = examples.blueprint(examples.service("web", "x", (5000,)))
    own = engines.exported(Export(), app)["shop.yaml"].content
    other = engines.exported(Export(), app, image="registry.example.com/x:1")["shop.yaml"].content

    assert 'image: "shop:latest"\n          imagePullPolicy: IfNotPresent\n' in own
    assert 'image: "registry.example.com/x:1"\n          command' in other


def test_a_type_of_which_none_runs_has_no_replicas() -> None:
    """So that those of an earlier export end, and nothing is served."""
    web, *others = manifests(examples.blueprint(examples.service("web", "x", ())))

    assert part(web, "spec", "replicas") == 0
    assert others == []


def test_a_template_folder_replaces_templates(tmp_path: Path) -> None:
    """Templates get what ours get, and honcho's context."""
    (tmp_path / "app.yaml").write_text("{{ app }} {{ app_label }} {{ processes }}")

    files = engines.exported(Export(str(tmp_path)), examples.shop(app="My_Shop"), app="My_Shop")

    assert files["My_Shop.yaml"].content == "My_Shop my-shop []"
    assert "kind: Secret" in files["My_Shop-secret.yaml"].content


def test_names_are_brought_to_the_form_that_kubernetes_has() -> None:
    """Small letters, digits and `-`."""
    app = examples.blueprint(examples.service("Send_Mail-", "x", (5000,)), app="My_Shop")

    assert set(pods(app)) == {"my-shop-send-mail"}
    assert set(files_of(app)) == {"My_Shop.yaml"}
    assert set(pods(examples.blueprint(examples.service("on", "x", ()), app="y"))) == {"y-on"}


def test_names_that_cannot_be_are_told_at_once() -> None:
    """A digit first, too many letters, and two that would be one."""
    types = ("web", "WEB", "w" * 60)
    services = [examples.service(name, "x", (5000,)) for name in types]

    assert told(examples.blueprint(*services, app="2048")) == [
        "web: Kubernetes can't have the name 2048-web",
        "WEB: Kubernetes can't have the name 2048-web",
        f"{'w' * 60}: Kubernetes can't have the name 2048-{'w' * 60}",
    ]
    assert told(examples.blueprint(*services)) == [
        "WEB: in Kubernetes WEB would have the name shop-web, as web has",
        f"{'w' * 60}: Kubernetes can't have the name shop-{'w' * 60}",
    ]


def test_all_that_cannot_be_is_told_at_once() -> None:
    """Variables and names, each with its place."""
    config = {"A B": "", "1X": "", "..x": "", "L" * 254: "", "fine.name-1": "é" * (1 << 19) + "x"}
    origins = {"A B": ".env:3", "1X": "-E"}
    web = examples.service("2web", "x", (5000,)).replace(where="Procfile:2")
    app = examples.blueprint(web, config=config, origins=origins, app="1")

    assert told(app) == [
        ".env:3: A B: Kubernetes can't have a variable of this name",
        "-E: 1X: Kubernetes can't have a variable of this name",
        "..x: Kubernetes can't have a variable of this name",
        f"{'L' * 254}: Kubernetes can't have a variable of this name",
        "the config vars: have 1048577 bytes together, and a Secret has 1048576",
        "Procfile:2: Kubernetes can't have the name 1-2web",
    ]


def test_a_type_without_letters_is_no_container() -> None:
    """Its name would be empty, and its Deployment be called as the app."""
    app = examples.blueprint(examples.service("_-", "x", (5000,)))

    assert told(app) == ["_-: Kubernetes can't have a container with the name _-"]


def test_placeholders_that_were_filled_in_stay() -> None:
    """The next export without secrets keeps the file."""
    secret = files_of(examples.shop(is_masked=True))["shop-secret.yaml"]

    assert secret.keeps
    assert "# The values are to be filled in" in secret.content
    assert not files_of(examples.shop())["shop-secret.yaml"].keeps


def files_of(app: Blueprint) -> dict[str, File]:
    """The files of an app."""
    return engines.exported(Export(), app)


def manifests(app: Blueprint) -> list[dict[str, object]]:
    """Every document of an app."""
    return [each for file in files_of(app).values() for each in engines.documents(file)]


def pods(app: Blueprint) -> dict[str, engines.Container]:
    """What the container of each workload executes, by the rules of Kubernetes."""
    documents = manifests(app)
    secrets = {
        str(part(each, "metadata", "name")): engines.mapping(part(each, "stringData"))
        for each in documents
        if each["kind"] == "Secret"
    }
    return {
        str(part(each, "metadata", "name")): _container(each, secrets)
        for each in documents
        if each["kind"] in {"Deployment", "Job"}
    }


def _container(
    workload: dict[str, object], secrets: Mapping[str, Mapping[str, object]]
) -> engines.Container:
    (container,) = engines.items(part(workload, "spec", "template", "spec", "containers"))
    environment: dict[str, str] = {}
    for source in engines.items(container.get("envFrom", [])):
        secret = secrets[str(part(source, "secretRef", "name"))]
        environment |= {name: str(value) for name, value in secret.items()}  # not expanded
    for variable in engines.items(container.get("env", [])):
        environment[str(variable["name"])] = expand(str(variable["value"]), environment)
    argv = (expand(str(word), environment) for word in engines.items(container["command"]))
    return engines.Container(tuple(argv), environment)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """What the reference of the API (Container v1 core, `command`, and EnvVar, `value`) says.

    `$(NAME)` is the variable's value, or stays where there is none; `$$` is `$`, which escapes
    the syntax: `$$(NAME)` is `$(NAME)`. A `$` before anything else stays.
    """
    expanded = ""
    while text:
        before, dollar, text = text.partition("$")
        expanded += before
        if text.startswith("$"):
            expanded, text = expanded + "$", text[1:]
        elif text.startswith("(") and ")" in text:
            name, _, text = text[1:].partition(")")
            expanded += variables.get(name, f"$({name})")
        else:
            expanded += dollar
    return expanded


def part(tree: object, *path: str) -> object:
    """What stands there in a document."""
    for name in path:
        tree = engines.mapping(tree)[name]
    return tree


def told(app: Blueprint) -> list[str]:
    """The problems that an export of the app ends with."""
    with pytest.raises(ConfigError) as caught:
        files_of(app)
    return [str(problem) for problem in caught.value.problems]
