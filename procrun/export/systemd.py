"""Units for systemd: a target for the app, a template unit for each process type."""

from __future__ import annotations

import os
import shlex

from procrun.errors import ConfigError, Problem
from procrun.export import systemd_syntax as syntax
from procrun.export.file import PUBLIC, SECRET, File
from procrun.export.filling import TemplateExport, blueprint_in, is_in, place_of
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from procrun.export.blueprint import Blueprint, Service

SYSTEM_FOLDER = "/etc/systemd/system"  # where units go; the environment files stand beside them
USER_FOLDER = "%E/systemd/user"  # %E: ~/.config, or what XDG_CONFIG_HOME says
_USER_FOLDER_OF_SHELLS = '"${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"'
_FIRST_UNPRIVILEGED_PORT = 1024
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - nothing is made there
_FILTERS: Mapping[str, Callable[..., object]] = {
    "assignment": lambda pair: syntax.assignment(*pair),
    "environment_line": lambda pair: syntax.environment_line(*pair),
    "exec_line": syntax.exec_line,
    "path": syntax.path,
    "path_word": syntax.path_word,
    "shell_word": shlex.quote,
}


class Unit(Value):
    """A service unit as its template sees it."""

    name: str  # without its suffix: shop-web@, shop-release
    instance: str  # the same of an instance: shop-web@%i, shop-release
    title: str  # what the journal calls one: shop-web.%i, shop-release
    service: Service
    output: str  # where it writes, as StandardOutput= has it; "" for the journal
    low_ports: bool  # whether it listens on a port that only root may have
    own_tmp: bool  # whether nothing that it needs is below the usual /tmp


class Export(TemplateExport):
    """What `honcho.export.base` makes of an app, for systemd."""

    format = "systemd"
    filters = _FILTERS

    def render(self, processes: object, context: Mapping[str, object]) -> Iterator[File]:
        """Yield the files. ConfigError with all that systemd has no words for."""
        blueprint = blueprint_in(context)
        user_units = bool(context.get("user_units"))
        if problems := [*_problems(blueprint)]:
            raise ConfigError(problems)
        units = [_unit(blueprint, service) for service in blueprint.services]
        release = _unit(blueprint, blueprint.release) if blueprint.release else None
        everything = {
            **context,
            "processes": processes,
            "user_units": user_units,
            "folder": USER_FOLDER if user_units else SYSTEM_FOLDER,
            "folder_of_shells": _USER_FOLDER_OF_SHELLS if user_units else SYSTEM_FOLDER,
            "in_place": is_in(
                blueprint.location, _folder_of_user() if user_units else SYSTEM_FOLDER
            ),
            "units": units,
            "release": release,
            "patterns": [f"'{unit.name}*'" for unit in units],
        }

        def file(name: str, template: str, mode: int = PUBLIC, **more: object) -> File:
            return File(
                name,
                self.fill(template, **everything, **more),
                mode,
                keeps=blueprint.is_masked and mode == SECRET,
                tells_how=template == "app.target",
            )

        yield file(f"{blueprint.app}.target", "app.target")
        for unit in units:
            yield file(f"{unit.name}.service", "process.service", unit=unit)
            for instance in unit.service.instances:
                name = f"{unit.name}{instance.name.number}.env"
                yield file(name, "instance.env", instance=instance)
        if release:
            yield file(f"{release.name}.service", "release.service", unit=release)
            for instance in release.service.instances:
                yield file(f"{release.name}.env", "instance.env", instance=instance)
        yield file(f"{blueprint.app}.env", "app.env", SECRET)


def _folder_of_user() -> str:
    """What USER_FOLDER is for who exports."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return f"{config}/systemd/user"


def _unit(blueprint: Blueprint, service: Service) -> Unit:
    name = f"{blueprint.app}-{service.type}"
    is_release = service is blueprint.release
    at, dot, number = ("", "", ".1") if is_release else ("@%i", ".%i", ".%i")
    log = syntax.path(blueprint.log).rstrip("/") if blueprint.log else ""
    used = (blueprint.root, *_search_path(blueprint))
    return Unit(
        name=f"{name}{at[:1]}",
        instance=f"{name}{at}",
        title=f"{name}{dot}",
        service=service,
        output=f"{log}/{service.type}{number}.log" if log else "",
        low_ports=any(0 < each.port < _FIRST_UNPRIVILEGED_PORT for each in service.instances),
        own_tmp=not any(map(_is_temporary, used)),
    )


def _search_path(blueprint: Blueprint) -> list[str]:
    return [*filter(None, blueprint.platform.get("PATH", "").split(":"))]


def _is_temporary(path: str) -> bool:
    """Whether a path leads to a folder for temporary files, by its name or by a link."""
    below = tuple(f"{folder}/" for folder in _TEMPORARY)
    return f"{path}/".startswith(below) or f"{os.path.realpath(path)}/".startswith(below)


def _problems(blueprint: Blueprint) -> Iterator[Problem]:
    """Everything that can't be said, at once."""
    if syntax.is_target_of_systemd(blueprint.app):
        text = f"{blueprint.app}.target is one of systemd's own, which it would replace"
        yield Problem("--app", text, "Give the app another name with --app.")
    hint = "Move the app to another folder."
    yield from _of(syntax.path, blueprint.root, where="--root", hint=hint)
    if blueprint.log:
        yield from _of(syntax.path, blueprint.log, where="--log", hint="Name another folder.")
    for name, value in blueprint.platform.items():
        yield from _of(syntax.assignment, name, value, where=name, hint="Change its value.")
    for name, value in blueprint.config.items():
        where, hint = place_of(blueprint, name), "Change it, or take it out of the env file."
        yield from _of(syntax.environment_line, name, value, where=where, hint=hint)
    for service in blueprint.all_services:
        yield from _of_service(blueprint, service)


def _of_service(blueprint: Blueprint, service: Service) -> Iterator[Problem]:
    where = service.where or service.type
    hint = "Put the command into a script of its own, and that into the Procfile."
    yield from _of(_line, service.argv, where=where, hint=hint)
    number = max((instance.name.number for instance in service.instances), default=0)
    longest = f"{blueprint.app}-{service.type}@{number}.service"
    if len(longest) > syntax.LONGEST_NAME:
        text = f"{longest} is longer than the {syntax.LONGEST_NAME} characters of a unit's name"
        yield Problem(where, text, "Give the app a shorter name with --app.")


def _line(argv: Iterable[str]) -> None:
    size = len(f"ExecStart={syntax.exec_line(argv)}".encode())
    if size > syntax.LONGEST_LINE:
        raise ValueError(f"its command is {size} bytes long, and systemd reads 1 MB of a line")


def _of(check: Callable[..., object], *values: object, where: str, hint: str) -> Iterator[Problem]:
    """What is wrong with a value: that it can't be written."""
    try:
        check(*values)
    except ValueError as error:
        yield Problem(where, str(error), hint)
