"""What exporters for containers share: an app without a machine of its own, in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from procrun.core.names import RELEASE
from procrun.errors import ConfigError, Problem
from procrun.export import yaml_syntax
from procrun.export.filling import TemplateExport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service


class ContainerExport(TemplateExport):
    """An exporter of YAML files."""

    filters: ClassVar[Mapping[str, Callable[..., object]]] = {
        "yaml": yaml_syntax.scalar,
        "word": yaml_syntax.word,
        "sequence": yaml_syntax.sequence,
        "doubled": yaml_syntax.doubled,
        "one_line": yaml_syntax.one_line,
    }


def secrets(blueprint: Blueprint) -> dict[str, str]:
    """The config vars for all containers; procrun's PS would beat one of that name."""
    return {name: value for name, value in blueprint.config.items() if name != "PS"}


def variables(blueprint: Blueprint, service: Service) -> dict[str, str]:
    """What a container of a process type gets besides the config vars, all of it public.

    The PATH is the image's business. Copies share the port of the first, for each has an address
    of its own, and none has a PS; the release phase has one, and no port.
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
    """The port of the first copy; 0 where there is none."""
    return service.instances[0].port if service.instances else 0


def check(blueprint: Blueprint, is_variable: Callable[[str], bool], engine: str) -> None:
    """ConfigError with each command and config var that can't be brought to a container."""
    problems = [*_of_commands(blueprint), *_of_config(blueprint, is_variable, engine)]
    if problems:
        raise ConfigError(problems)


def shells(blueprint: Blueprint) -> list[str]:
    """What the image must have to run the commands."""
    return sorted({service.argv[0] for service in blueprint.all_services})


def _of_commands(blueprint: Blueprint) -> Iterator[Problem]:
    for service in blueprint.all_services:
        reason = yaml_syntax.misfit("".join(service.argv))
        if reason:
            yield Problem(service.type, f"the command {reason}", "Write it in UTF-8, without NUL.")


def _of_config(
    blueprint: Blueprint, is_variable: Callable[[str], bool], engine: str
) -> Iterator[Problem]:
    for name, value in secrets(blueprint).items():
        place = yaml_syntax.one_line(name)
        if not is_variable(name):
            hint = "Rename it: letters, digits, `_`, `-` and `.`, and no digit first."
            yield Problem(place, f"{engine} can't have a variable of this name", hint)
        reason = yaml_syntax.misfit(value)
        if reason:
            yield Problem(place, f"the value {reason}", "Encode it, as base64 for example.")
