"""An app as programs of supervisord: one file for its folder of configurations."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from procrun.errors import ConfigError, Problem
from procrun.export import supervisord_syntax as syntax
from procrun.export.file import SECRET, File
from procrun.export.filling import TemplateExport, blueprint_in
from procrun.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import jinja2

    from procrun.export.blueprint import Blueprint, Instance, Service


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

    def __init__(
        self,
        template_dir: str | None = None,
        template_env: jinja2.Environment | None = None,
    ) -> None:
        super().__init__(template_dir, template_env)
        self._has_own_templates = template_dir is not None

    def get_template(self, path: str) -> jinja2.Template:
        """A template by its name; the user's by honcho's rules, for which it may be made."""
        if self._has_own_templates:
            found: jinja2.Template = self._template_env.get_template(path)
            return found
        return super().get_template(path)

    def render(self, processes: Sequence[object], context: Mapping[str, object]) -> list[File]:
        """The file; ConfigError with all that supervisord has no words for."""
        app = blueprint_in(context)
        problems = list(_problems(app))
        if problems:
            raise ConfigError(problems)
        file = f"{app.app}.conf"
        words = {**context, "processes": processes, **_words(app, os.path.join(app.location, file))}
        return [File(file, self.fill("supervisord.conf", **words), SECRET)]


def _words(app: Blueprint, path: str) -> dict[str, object]:
    """What our template places; all is escaped."""
    programs = [_program(app, each, copy) for each in app.services for copy in each.instances]
    return {
        "programs": programs,
        "release_phase": _release(app),
        "directory": syntax.option(app.root),
        "run_as": syntax.option(app.user),
        "source": syntax.comment(app.source),
        "here": syntax.comment(shlex.quote(path)),
        "log_folder": syntax.comment(shlex.quote(app.log)) if app.log else "",
        "decodes": any(map(syntax.needs_decoding, app.config.values())),
        "guard": syntax.GUARD,
    }


def _release(app: Blueprint) -> Program | None:
    if app.release is None:
        return None
    program = _program(app, app.release, app.release.instances[0])
    return program.replace(name=f"{app.app}-{app.release.type}")


def _program(app: Blueprint, service: Service, copy: Instance) -> Program:
    variables = {**app.platform, **app.config, **copy.variables}
    encoded = [name for name, value in variables.items() if syntax.needs_decoding(value)]
    return Program(
        name=f"{app.app}-{copy.name}",
        command=syntax.command(syntax.decoding(encoded, service.argv)),
        environment=tuple(syntax.variable(*pair) for pair in variables.items()),
        log_file=syntax.log_file(f"{app.log}/{copy.name}.log") if app.log else "AUTO",
        stop_signal=service.signal_name.removeprefix("SIG"),
        stop_seconds=service.stop_seconds,
    )


def _problems(app: Blueprint) -> Iterator[Problem]:
    for name, value in {**app.platform, **app.config}.items():
        if why := syntax.unsayable_variable(name, value):
            yield Problem(name, why, "Rename the variable, or write its value in another way.")
    for service in app.all_services:
        for text in service.argv:
            if why := syntax.unsayable(text):
                yield Problem(
                    service.type, f"the command {why}", "Put it into a script of the app."
                )
    for what, text in (("the app's folder", app.root), ("the folder of the logs", app.log)):
        if why := syntax.unsayable(text):
            yield Problem(what, f"its name {why}", "Rename the folder.")
