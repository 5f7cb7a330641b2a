"""What exporters for containers share: an app without a machine of its own, in YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from procrun.core.names import RELEASE, WEB
from procrun.core.text import excerpt
from procrun.errors import Problem, UsageError
from procrun.export import yaml_syntax
from procrun.export.filling import TemplateExport, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service

_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*", re.ASCII)


def doubled(text: str) -> str:
    """The text with each `$` twice: what both mean by one `$`.

    Compose replaces `$X` and `${X}` in all of a file. Kubernetes replaces `$(X)` in commands and
    values, takes `$$` for `$` there, and would spoil what follows a lone `$` if it is not ASCII.
    """
    return text.replace("$", "$$")


class ContainerExport(TemplateExport):
    """An exporter of YAML files."""

    filters: ClassVar[Mapping[str, Callable[..., object]]] = {
        "yaml": yaml_syntax.scalar,
        "word": yaml_syntax.word,
        "sequence": yaml_syntax.sequence,
        "doubled": doubled,
    }


def described(blueprint: Blueprint, service: Service) -> dict[str, object]:
    """A process type as templates see it."""
    return {
        "type": service.type,
        "argv": service.argv,
        "count": len(service.instances),
        "is_web": service.type == WEB and bool(service.instances),
        "port": port(service),
        "variables": variables(blueprint, service),
        "stop_signal": service.signal_name,
        "grace": service.stop_seconds,
    }


def secrets(blueprint: Blueprint) -> dict[str, str]:
    """The config vars for all containers; procrun's PS would beat one of that name."""
    return {name: value for name, value in blueprint.config.items() if name != "PS"}


def variables(blueprint: Blueprint, service: Service) -> dict[str, str]:
    """What a container of a process type gets besides the config vars, all of it public.

    The PATH is the image's business. Replicas share the port of the first instance, for each has
    an address of its own, and none has a PS; the release phase has one, and no port.
    """
    shared = {
        name: value
        for name, value in blueprint.platform.items()
        if name != "PATH" and name not in blueprint.config
    }
    if service.type == RELEASE:
        return {**shared, "PS": f"{RELEASE}.1"}
    return {**shared, **({"PORT": str(port(service))} if service.instances else {})}


def port(service: Service) -> int:
    """The port of the first instance; 0 where there is none."""
    return service.instances[0].port if service.instances else 0


def shells(blueprint: Blueprint) -> list[str]:
    """What the image must have to run the commands."""
    return sorted({service.argv[0] for service in blueprint.all_services})


def image_of(context: Mapping[str, object]) -> str:
    """The image that --image names, or ""; UsageError for what is no image's name."""
    image = str(context.get("image") or "")
    if not image or _IMAGE.fullmatch(image):
        return image
    hint = "For example --image registry.example.com/shop:42."
    raise UsageError(f"no image is called {excerpt(image)}", hint)


def image_name(app: str) -> str:
    """The app's name as images have names: small letters and digits, single `-` between them."""
    return re.sub(r"[-_]+", "-", app.lower()).strip("-")


def problems(
    blueprint: Blueprint, is_variable: Callable[[str], bool], engine: str, hint: str
) -> Iterator[Problem]:
    """Each config var that can't be brought to a container of an engine; `hint`: what names can."""
    for name in secrets(blueprint):
        if not is_variable(name):
            text = f"{engine} can't have a variable of this name"
            yield Problem(place_of(blueprint, name), text, f"Rename it: {hint}")
