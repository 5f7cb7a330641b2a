"""`export compose`: compose.yaml, its env file, and a Dockerfile where there is none."""

from __future__ import annotations

import os

from procrun.core.names import RELEASE
from procrun.errors import ConfigError
from procrun.export import compose_syntax, containers, dockerfile
from procrun.export.file import SECRET, File
from procrun.export.filling import blueprint_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service


class Export(containers.ContainerExport):
    """Files for `docker compose`."""

    format = "compose"

    def render(self, processes: object, context: Mapping[str, object]) -> Iterator[File]:
        """The files of an app. ConfigError for what Compose can't carry."""
        blueprint = blueprint_in(context)
        if problems := [*containers.problems(blueprint, compose_syntax.is_variable, "Compose")]:
            raise ConfigError(problems)
        values = {**context, **_values(blueprint), "processes": processes}
        config = containers.secrets(blueprint)
        yield File("compose.yaml", self.fill("compose.yaml", **values), tells_how=True)
        if config:
            content = self.fill("env", **values, lines=compose_syntax.env_file(config))
            yield File(f"{blueprint.app}.env", content, mode=SECRET)
        if not context.get("image"):
            yield from self._building(blueprint, values)

    def _building(self, blueprint: Blueprint, values: Mapping[str, object]) -> Iterator[File]:
        root = blueprint.root
        stack = dockerfile.stack_of(filter(_is_in(root), dockerfile.LOOKED_FOR))
        texts = {
            "Dockerfile": self.fill(
                "Dockerfile",
                **values,
                stack=stack,
                python=dockerfile.python_version(_text(os.path.join(root, ".python-version"))),
            ),
            ".dockerignore": self.fill(
                "dockerignore", **values, env_files=_ignored(root, blueprint.env_files)
            ),
        }
        for name, content in texts.items():
            if not os.path.lexists(path := os.path.join(root, name)) or _is_ours(path, content):
                yield File(name, content, keeps=True, place=root)


def build_folder(root: str, location: str) -> str:
    """What `build:` says: from the file's folder where that is the app's or in it, or absolute.

    What goes to standard output is as if in the app's folder.
    """
    location = os.path.normpath(location or root)
    root = os.path.normpath(root)
    if os.path.commonpath((root, location)) != root or root == os.sep:
        return root
    return os.path.relpath(root, location)


def _values(blueprint: Blueprint) -> dict[str, object]:
    return {
        "shells": containers.shells(blueprint),
        "project": compose_syntax.project_name(blueprint.app),
        "built": containers.image_name(blueprint.app),
        "folder": build_folder(blueprint.root, blueprint.location),
        "has_config": bool(containers.secrets(blueprint)),
        "services": [_described(blueprint, each) for each in blueprint.all_services],
    }


def _described(blueprint: Blueprint, service: Service) -> dict[str, object]:
    ports = [each.port for each in service.instances]
    first, last = (min(ports), max(ports)) if ports else (0, 0)
    return {
        **containers.described(blueprint, service),
        "is_release": service.type == RELEASE,
        "has_bash": os.path.basename(service.argv[0]) == "bash",
        "published": str(first) if first == last else f"{first}-{last}",
    }


def _is_in(root: str) -> Callable[[str], bool]:
    return lambda name: os.path.exists(os.path.join(root, name))


def _ignored(root: str, env_files: Iterable[str]) -> list[str]:
    """What keeps env files out of the image, by their names and by what links lead to."""
    patterns: dict[str, None] = {}
    for path in env_files:
        for found, folder in ((path, root), map(os.path.realpath, (path, root))):
            below = os.path.relpath(found, folder)
            if below != os.pardir and not below.startswith(os.pardir + os.sep):
                patterns.setdefault(dockerfile.ignoring(below))
    return list(filter(None, patterns))


def _is_ours(path: str, content: str) -> bool:
    """Whether a file began as ours, so that it is told again, though it is kept."""
    return _text(path).partition("\n")[0] == content.partition("\n")[0]


def _text(path: str) -> str:
    """A file's text; "" where there is none."""
    if not os.path.isfile(path):  # a pipe, for one, would be waited for
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""
