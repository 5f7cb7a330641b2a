"""Units for systemd: a target for the app, a template unit for each process type."""

from __future__ import annotations

import shlex

from procrun.errors import ConfigError, Problem
from procrun.export import systemd_syntax as syntax
from procrun.export.file import PUBLIC, SECRET, File
from procrun.export.filling import TemplateExport, blueprint_in
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
    "comment": syntax.comment,
    "environment_line": lambda pair: syntax.environment_line(*pair),
    "exec_line": syntax.exec_line,
    "path": syntax.path,
    "path_word": syntax.path_word,
    "shell_word": shlex.quote,
    "signal_name": syntax.signal_name,
    "user_name": syntax.user_name,
}


class Unit(Value):
    """A service unit as its template sees it."""

    name: str  # without its suffix: shop-web@, shop-release
    instance: str  # the same of an instance: shop-web@%i, shop-release
    title: str  # what the journal calls one: shop-web.%i, shop-release
    service: Service
    stop: int  # seconds until SIGKILL
    output: str  # where it writes, as StandardOutput= has it; "" for the journal
    low_ports: bool  # whether it listens on a port that only root may have
    own_tmp: bool  # whether nothing that it needs is below the usual /tmp


class Export(TemplateExport):
    """What `honcho.export.base` makes of an app, for systemd."""

    format = "systemd"
    filters = _FILTERS

    def render(self, processes: object, context: Mapping[str, object]) -> Iterator[File]:
        """Yield the files. ConfigError with all that systemd has no words for."""
        app = blueprint_in(context)
        user_units = bool(context.get("user_units"))
        if problems := [*_problems(app, user_units=user_units)]:
            raise ConfigError(problems)
        everything = {
            **context,
            "processes": processes,
            "user_units": user_units,
            "folder": USER_FOLDER if user_units else SYSTEM_FOLDER,
            "folder_of_shells": _USER_FOLDER_OF_SHELLS if user_units else SYSTEM_FOLDER,
            "units": [_unit(app, service) for service in app.services],
            "release": _unit(app, app.release) if app.release else None,
        }
        yield from self._files(app, everything)

    def _files(self, app: Blueprint, context: dict[str, object]) -> Iterator[File]:
        def file(name: str, template: str, mode: int = PUBLIC, **more: object) -> File:
            return File(name, self.fill(template, **context, **more), mode)

        yield file(f"{app.app}.target", "app.target")
        for service in app.services:
            unit = _unit(app, service)
            yield file(f"{unit.name}.service", "process.service", unit=unit)
            for instance in service.instances:
                name = f"{unit.name}{instance.name.number}.env"
                yield file(name, "instance.env", instance=instance)
        if app.release:
            unit = _unit(app, app.release)
            yield file(f"{unit.name}.service", "release.service", unit=unit)
            for instance in app.release.instances:
                yield file(f"{unit.name}.env", "instance.env", instance=instance)
        yield file(f"{app.app}.env", "app.env", SECRET)


def _unit(app: Blueprint, service: Service) -> Unit:
    name = f"{app.app}-{service.type}"
    at, dot = ("", "") if service is app.release else ("@%i", ".%i")
    return Unit(
        f"{name}{at[:1]}",
        f"{name}{at}",
        f"{name}{dot}",
        service,
        service.stop_seconds,
        f"{syntax.path(app.log).rstrip('/')}/{service.type}{dot}.log" if app.log else "",
        any(0 < instance.port < _FIRST_UNPRIVILEGED_PORT for instance in service.instances),
        not any(_is_temporary(path) for path in (app.root, *_search_path(app))),
    )


def _search_path(app: Blueprint) -> list[str]:
    return app.platform.get("PATH", "").split(":")


def _is_temporary(path: str) -> bool:
    return path in _TEMPORARY or path.startswith(tuple(f"{folder}/" for folder in _TEMPORARY))


def _problems(app: Blueprint, *, user_units: bool) -> Iterator[Problem]:
    """Everything that can't be said, at once."""
    if not user_units:
        yield from _of(syntax.user_name, app.user, where="--user", hint=_USER_HINT)
    yield from _of(syntax.path, app.root, where="--root", hint="Move the app to another folder.")
    if app.log:
        yield from _of(syntax.path, app.log, where="--log", hint="Name another folder.")
    for name, value in app.platform.items():
        yield from _of(syntax.assignment, name, value, where=name, hint="Change its value.")
    for name, value in app.config.items():
        hint = "Change it, or take it out of the env file."
        yield from _of(syntax.environment_line, name, value, where=name, hint=hint)
    for service in app.all_services:
        yield from _of_service(app, service)


def _of_service(app: Blueprint, service: Service) -> Iterator[Problem]:
    hint = "Put it into a script of its own, and that into the Procfile."
    yield from _of(_line, service.argv, where=service.type, hint=hint)
    number = max((instance.name.number for instance in service.instances), default=0)
    longest = f"{app.app}-{service.type}@{number}.service"
    if len(longest) > syntax.LONGEST_NAME:
        text = f"{longest} is longer than the {syntax.LONGEST_NAME} characters of a unit's name"
        yield Problem(service.type, text, "Give the app a shorter name with --app.")


_USER_HINT = "Name the user that the app is to run as with --user, or write --user-units."


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
