"""What the engines make of exported files: containers, as argv and environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from procrun.core.config_vars import dyno_environment
from procrun.core.names import DynoName
from procrun.system.shell import through_shell
from procrun.value import Value
from tests.export import examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from procrun.export.blueprint import Blueprint
    from procrun.export.containers import ContainerExport
    from procrun.export.file import File

COMPOSE = Path(sys.executable).with_name("docker-compose")


class Container(Value):
    """What a container of a service executes."""

    argv: tuple[str, ...]
    environment: dict[str, str]


def exported(
    exporter: ContainerExport, blueprint: Blueprint, image: str = "", **context: object
) -> dict[str, File]:
    """The files of an app by their names."""
    given = {"blueprint": blueprint, "image": image, **context}
    files: Iterable[File] = exporter.render([], given)
    return {file.name: file for file in files}


def environment_of_a_start(config: Mapping[str, str]) -> dict[str, str]:
    """What `start` gives to web.1, less what no replica has."""
    given = dyno_environment(config, DynoName("web", 1), 5000, colour=False)
    return {name: value for name, value in given.items() if name != "PS"}


def compose_config(
    files: Mapping[str, File], folder: Path, *options: str
) -> dict[str, dict[str, object]]:
    """The services as the real `docker compose` understands them, by their names."""
    for file in files.values():
        (folder / file.name).write_text(file.content, encoding="utf-8", newline="")
    # Variables of the caller that a reference to one would find.
    caller = {"HOME": str(folder), "PATH": os.defpath, "X": "the caller's", "PORT": "1"}
    done = subprocess.run(
        [COMPOSE, *options, "config", "--format", "json"],
        cwd=folder,
        env=caller,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    services = mapping(_single(json.loads(done.stdout)["services"]))
    return {name: mapping(service) for name, service in services.items()}


def _single(tree: object) -> object:
    """What it says without the doubled dollars, for it writes a file that could be read again."""
    if isinstance(tree, str):
        return tree.replace("$$", "$")
    if isinstance(tree, list):
        return [_single(each) for each in tree]
    if isinstance(tree, dict):
        return {name: _single(each) for name, each in tree.items()}
    return tree


def documents(file: File) -> list[dict[str, object]]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(file.content))


def answers(containers: Mapping[str, Container], folder: Path) -> dict[str, str]:
    """What `show` says in each container, all of them running at once."""
    show = folder / "bin" / "show"
    show.parent.mkdir(exist_ok=True)
    show.write_text(examples.SHOW, encoding="utf-8")
    show.chmod(0o755)
    search = f"{show.parent}:/usr/local/bin:/usr/bin:/bin"
    running = {
        name: subprocess.Popen(
            container.argv,
            executable=container.argv[0],
            cwd=folder,
            env={**container.environment, "PATH": search},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name, container in containers.items()
    }
    return {name: process.communicate()[0].decode() for name, process in running.items()}


def of_a_start(command: str) -> Container:
    """What `start` executes for a command."""
    execution = through_shell(command)
    argv = (execution.program, *execution.arguments[1:])
    return Container(argv, environment_of_a_start(examples.VALUES))


def mapping(tree: object) -> dict[str, object]:
    """A part of a file that is a mapping."""
    assert isinstance(tree, dict)
    return tree


def items(tree: object) -> list[dict[str, object]]:
    """A part of a file that is a list."""
    assert isinstance(tree, list)
    return tree
