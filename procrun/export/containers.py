"""What exporters for containers share: an app without a machine of its own, in YAML."""

from __future__ import annotations

import math
import signal

import jinja2
from honcho.export.base import BaseExport

from procrun.core.names import RELEASE
from procrun.errors import ConfigError, Problem
from procrun.export import yaml_syntax
from procrun.export.blueprint import Blueprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from procrun.export.blueprint import Service

SHORTEST_GRACE = 30  # seconds that Heroku gives, and Kubernetes where nothing is said


class ContainerExport(BaseExport):
    """An exporter of YAML files, with templates in which a forgotten value is an error."""

    format = ""  # its folder of templates

    def __init__(
        self,
        template_dir: str | None = None,
        template_env: jinja2.Environment | None = None,
    ) -> None:
        """With a folder its templates are taken instead of procrun's own."""
        super().__init__(template_dir, template_env)
        environment: jinja2.Environment = self._template_env
        environment.undefined = jinja2.StrictUndefined
        environment.trim_blocks = True
        environment.lstrip_blocks = True
        environment.keep_trailing_newline = True
        environment.filters.update(
            yaml=yaml_syntax.scalar,
            word=yaml_syntax.word,
            sequence=yaml_syntax.sequence,
            doubled=yaml_syntax.doubled,
            one_line=yaml_syntax.one_line,
        )

    def get_template_loader(self) -> jinja2.BaseLoader:
        """Where procrun's own templates are."""
        return jinja2.PackageLoader("procrun.export", f"templates/{self.format}")

    def fill(self, template: str, **values: object) -> str:
        """The text of a template with these values."""
        return str(self.get_template(template).render(values))


def told(context: Mapping[str, object]) -> Blueprint:
    """The blueprint in honcho's context."""
    blueprint = context["blueprint"]
    if not isinstance(blueprint, Blueprint):
        raise TypeError("context['blueprint'] is none")
    return blueprint


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


def grace(service: Service) -> int:
    """Whole seconds between the stop signal and SIGKILL."""
    return max(SHORTEST_GRACE, math.ceil(service.grace))


def stop_signal(service: Service) -> str:
    """The name of its stop signal."""
    return signal.Signals(service.stop_signal).name


def check(blueprint: Blueprint, is_variable: Callable[[str], bool], engine: str) -> None:
    """ConfigError with each command and config var that can't be brought to a container."""
    problems = [*_of_commands(blueprint), *_of_config(blueprint, is_variable, engine)]
    if problems:
        raise ConfigError(problems)


def shells(blueprint: Blueprint) -> list[str]:
    """What the image must have to run the commands."""
    return sorted({service.argv[0] for service in all_services(blueprint)})


def all_services(blueprint: Blueprint) -> tuple[Service, ...]:
    """The process types, the release phase last."""
    return (*blueprint.services, *filter(None, [blueprint.release]))


def _of_commands(blueprint: Blueprint) -> Iterator[Problem]:
    for service in all_services(blueprint):
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
