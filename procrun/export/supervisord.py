"""An app as programs of supervisord: one file for its folder of configurations."""

from __future__ import annotations

import math
import os
import shlex
import signal
from typing import TYPE_CHECKING

import jinja2
from honcho.export.base import BaseExport

from procrun.errors import ConfigError, Problem
from procrun.export import supervisord_syntax as syntax
from procrun.export.file import SECRET, File
from procrun.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from procrun.export.blueprint import Blueprint, Instance, Service

SHORTEST_STOP = 30  # seconds, which is what Heroku gives


class Program(Value):
    """A section of the file; its texts are escaped already."""

    name: str
    command: str
    environment: tuple[str, ...]  # lines
    log_file: str
    stop_signal: str
    stop_seconds: int


class Export(BaseExport):
    """The exporter, as honcho asks for it."""

    def __init__(
        self,
        template_dir: str | None = None,
        template_env: jinja2.Environment | None = None,
    ) -> None:
        """Templates of the user's own are read with honcho's environment, as they are used to."""
        if template_dir is None and template_env is None:
            template_env = jinja2.Environment(
                loader=self.get_template_loader(),
                undefined=jinja2.StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                keep_trailing_newline=True,
                autoescape=False,  # noqa: S701 - no HTML; each text is escaped by our own rules
            )
        super().__init__(template_dir, template_env)

    def get_template_loader(self) -> jinja2.BaseLoader:
        """Where our own templates are."""
        return jinja2.PackageLoader("procrun.export", "templates/supervisord")

    def render(self, processes: Sequence[object], context: Mapping[str, object]) -> list[File]:
        """The file; ConfigError with all that supervisord has no words for."""
        app: Blueprint = context["blueprint"]  # type: ignore[assignment] # a dict of many types
        problems = list(_problems(app))
        if problems:
            raise ConfigError(problems)
        file = f"{app.app}.conf"
        template = self.get_template("supervisord.conf")
        words = {**context, "processes": processes, **_words(app, os.path.join(app.location, file))}
        return [File(file, template.render(words), SECRET)]


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
    variables = _variables(app, copy)
    encoded = [name for name, value in variables.items() if syntax.needs_decoding(value)]
    return Program(
        name=f"{app.app}-{copy.name}",
        command=syntax.command(syntax.decoding(encoded, service.argv)),
        environment=tuple(syntax.variable(*pair) for pair in variables.items()),
        log_file=syntax.log_file(f"{app.log}/{copy.name}.log") if app.log else "AUTO",
        stop_signal=signal.Signals(service.stop_signal).name.removeprefix("SIG"),
        stop_seconds=max(SHORTEST_STOP, math.ceil(service.grace)),
    )


def _variables(app: Blueprint, copy: Instance) -> dict[str, str]:
    own = copy.variables
    if not copy.port:
        del own["PORT"]  # the release phase listens on none
    return {**app.platform, **app.config, **own}


def _problems(app: Blueprint) -> Iterator[Problem]:
    for name, value in {**app.platform, **app.config}.items():
        if why := syntax.unsayable_variable(name, value):
            yield Problem(name, why, "Rename the variable, or write its value in another way.")
    for service in (*app.services, *((app.release,) if app.release else ())):
        for text in service.argv:
            if why := syntax.unsayable(text):
                yield Problem(
                    service.type, f"the command {why}", "Put it into a script of the app."
                )
    for what, text in (("the app's folder", app.root), ("the folder of the logs", app.log)):
        if why := syntax.unsayable(text):
            yield Problem(what, f"its name {why}", "Rename the folder.")
