"""`export compose`: compose.yaml, its env file, and a Dockerfile where there is none."""

from __future__ import annotations

import os

from procrun.core.names import RELEASE
from procrun.errors import ConfigError, Problem
from procrun.export import compose_syntax, containers, dockerfile
from procrun.export.file import SECRET, File
from procrun.export.filling import blueprint_in
from procrun.system.installed import IN_ROOT

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
        image = containers.image_of(context)
        if problems := [*_problems(blueprint)]:
            raise ConfigError(problems)
        values = {**context, **_values(blueprint, image), "processes": processes}
        config = containers.secrets(blueprint)
        yield File("compose.yaml", self.fill("compose.yaml", **values), tells_how=True)
        if config:
            content = self.fill("env", **values, lines=compose_syntax.env_file(config))
            name = f"{blueprint.app}.env"
            yield File(name, content, mode=SECRET, keeps=blueprint.is_masked)
        if not image:
            yield from self._building(blueprint, values)

    def _building(self, blueprint: Blueprint, values: Mapping[str, object]) -> Iterator[File]:
        root = blueprint.root
        stack = dockerfile.stack_of(filter(_is_in(root), dockerfile.LOOKED_FOR))
        texts = {
            "Dockerfile": self.fill(
                "Dockerfile",
                **values,
                stack=stack,
                python=_python_version(root),
            ),
            ".dockerignore": self.fill("dockerignore", **values),
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
    way = os.path.relpath(location, root)
    is_straight = way == os.path.relpath(os.path.realpath(location), os.path.realpath(root))
    if not is_straight or _leads_out(way) or root == os.sep:
        return root
    return os.path.relpath(root, location)


def _leads_out(way: str) -> bool:
    return way == os.pardir or way.startswith(os.pardir + os.sep)


def _problems(blueprint: Blueprint) -> Iterator[Problem]:
    hint = "letters, digits, `_`, `-` and `.`."
    yield from containers.problems(blueprint, compose_syntax.is_variable, "Compose", hint)


def _values(blueprint: Blueprint, image: str) -> dict[str, object]:
    root = blueprint.root
    ignored = dockerfile.secrets(blueprint.app, _below(root, blueprint.env_files))
    # Compose reads this one for its own variables, in its own way.
    has_dotenv = os.path.lexists(os.path.join(blueprint.location or root, ".env"))
    return {
        "image": image,
        "command": f"docker compose{' --env-file /dev/null' if has_dotenv else ''}",
        "has_dotenv": has_dotenv,
        "secrets": ignored,
        "not_ignored": [] if image else _missing(os.path.join(root, ".dockerignore"), ignored),
        # One service alone, because several would write the same image at once.
        "builder": blueprint.all_services[-1].type,
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


def _below(root: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that are in a folder, from there; also where links lead to."""
    ways: dict[str, None] = {}
    for path in paths:
        ways.setdefault(os.path.relpath(path, root))
        ways.setdefault(os.path.relpath(os.path.realpath(path), os.path.realpath(root)))
    return [way for way in ways if not _leads_out(way)]


def _missing(path: str, lines: Iterable[str]) -> list[str]:
    """Those of the lines that a file lacks; none where there is no file."""
    known = {line.strip() for line in _text(path).splitlines()}
    return [line for line in lines if line not in known] if os.path.lexists(path) else []


def _python_version(root: str) -> str:
    configurations = (os.path.join(root, name, "pyvenv.cfg") for name in IN_ROOT)
    environment = next(filter(None, map(_text, configurations)), "")
    return dockerfile.python_version(_text(os.path.join(root, ".python-version")), environment)


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
