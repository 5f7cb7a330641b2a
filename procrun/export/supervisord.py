"""An app as programs of supervisord: one file for its folder of configurations."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from procrun.errors import ConfigError, Problem
from procrun.export import supervisord_syntax as syntax
from procrun.export.file import SECRET, File
from procrun.export.filling import TemplateExport, blueprint_in, comment, is_in, place_of
from procrun.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from procrun.export.blueprint import Blueprint, Instance, Service


FOLDER = "/etc/supervisor/conf.d"  # as on Debian


class Program(Value):
    """A section of the file; its texts are escaped already."""

    name: str
    command: str
    environment: tuple[str, ...]  # lines
    log_file: str
    stop_signal: str
    stop_seconds: int


class Export(TemplateExport):
    """The exporter, as honcho asks for it."""

    format = "supervisord"

    def render(self, processes: Sequence[object], context: Mapping[str, object]) -> list[File]:
        """The file; ConfigError with all that supervisord has no words for."""
        blueprint = blueprint_in(context)
        problems = list(_problems(blueprint))
        if problems:
            raise ConfigError(problems)
        words = {**context, "processes": processes, **_words(blueprint)}
        text = self.fill("supervisord.conf", **words)
        return [File(_file(blueprint), text, SECRET, keeps=blueprint.is_masked, tells_how=True)]


def _file(blueprint: Blueprint) -> str:
    return f"{blueprint.app}.conf"


def _words(blueprint: Blueprint) -> dict[str, object]:
    """What our template places; all is escaped."""
    path = os.path.join(blueprint.location, _file(blueprint))
    return {
        "programs": [
            _program(blueprint, service, instance)
            for service in blueprint.services
            for instance in service.instances
        ],
        "release_phase": _release(blueprint),
        "directory": syntax.option(blueprint.root),
        "here": comment(shlex.quote(path)),
        "folder": FOLDER,
        "installed": f"{FOLDER}/{_file(blueprint)}",
        "in_place": is_in(blueprint.location, FOLDER),
        "log_folder": comment(shlex.quote(blueprint.log)) if blueprint.log else "",
        "decodes": any(map(syntax.needs_decoding, blueprint.config.values())),
        "guard": syntax.GUARD,
    }


def _release(blueprint: Blueprint) -> Program | None:
    release = blueprint.release
    if release is None:
        return None
    program = _program(blueprint, release, release.instances[0])
    return program.replace(name=f"{blueprint.app}-{release.type}")


def _program(blueprint: Blueprint, service: Service, instance: Instance) -> Program:
    variables = {**blueprint.platform, **blueprint.config, **instance.variables}
    encoded = [name for name, value in variables.items() if syntax.needs_decoding(value)]
    log = f"{blueprint.log}/{instance.name}.log"
    return Program(
        name=f"{blueprint.app}-{instance.name}",
        command=syntax.command(syntax.decoding(encoded, service.argv)),
        environment=tuple(syntax.variable(*pair) for pair in variables.items()),
        log_file=syntax.log_file(log) if blueprint.log else "AUTO",
        stop_signal=service.signal_name.removeprefix("SIG"),
        stop_seconds=service.stop_seconds,
    )


def _problems(blueprint: Blueprint) -> Iterator[Problem]:
    for name, value in {**blueprint.platform, **blueprint.config}.items():
        if why := syntax.unsayable_variable(name, value):
            hint = "Rename the variable, or write its value in another way."
            yield Problem(place_of(blueprint, name), why, hint)
    for service in blueprint.all_services:
        if why := syntax.unsayable(" ".join(service.argv)):
            where = service.where or service.type
            yield Problem(where, f"the command {why}", "Put it into a script of the app.")
    for where, folder in (("--root", blueprint.root), ("--log", blueprint.log)):
        if why := syntax.unsayable(folder):
            yield Problem(where, f"the folder's name {why}", "Name another folder.")
