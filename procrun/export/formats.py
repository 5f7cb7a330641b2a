"""The formats by name: ours, and those of exporters that were written for honcho."""

from __future__ import annotations

from importlib import import_module

from procrun.core.names import did_you_mean
from procrun.core.text import excerpt
from procrun.errors import ProcrunError, UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.metadata import EntryPoint
    from typing import Protocol, TypeVar

    T = TypeVar("T")

    class Exporter(Protocol):
        """What honcho's exporters have, and ours."""

        def render(self, processes: list[object], context: dict[str, object]) -> Iterable[object]:
            """The files, each with name, content and executable, or with what is ours."""


OURS = {
    "systemd": "a target, and a service for each process type",
    "compose": "a compose file, and a Dockerfile where there is none",
    "kubernetes": "manifests: deployments, a service, a secret, a job",
    "supervisord": "a group of programs for supervisor",
}

_GROUP = "honcho_exporters"


class Format(Value):
    """A format that an app can be exported to."""

    name: str
    summary: str
    entry: EntryPoint | None = None  # of an exporter that is not ours

    @property
    def is_ours(self) -> bool:
        """Whether the exporter knows modes, and says where secrets are."""
        return self.entry is None

    def exporter(self, template_dir: str | None = None) -> Exporter:
        """Its exporter. ProcrunError where it can't be loaded."""
        what = f"the exporter for {self.name}"
        made: Exporter = attempt(what, lambda: self._class()(template_dir=template_dir))
        return made

    def _class(self) -> Callable[..., Exporter]:
        if self.entry:
            found: Callable[..., Exporter] = self.entry.load()
        else:
            found = import_module(f"procrun.export.{self.name}").Export
        return found


def formats() -> Mapping[str, Format]:
    """Every format by its name, ours first; where others have a name of ours, ours is meant."""
    from importlib.metadata import entry_points

    found = {name: Format(name, summary) for name, summary in OURS.items()}
    for entry in sorted(entry_points(group=_GROUP), key=lambda each: each.name):
        whose = entry.dist.name if entry.dist else entry.module
        found.setdefault(entry.name, Format(entry.name, f"as {whose} writes it", entry))
    return found


def format_named(name: str) -> Format:
    """The format of that name; UsageError that names the closest one, and all."""
    known = formats()
    if name in known:
        return known[name]
    hint = f"{did_you_mean(name, known)}There are {', '.join(known)}."
    raise UsageError(f"there is no format {excerpt(name)}", hint)


def template_names(exporter: object) -> list[str]:
    """The templates that it uses, where it tells; none where it does not."""
    tell = getattr(exporter, "template_names", None)
    return list(map(str, tell())) if callable(tell) else []


def attempt(what: str, step: Callable[[], T]) -> T:
    """The result of code that is not ours; ProcrunError in the place of all that it raises."""
    try:
        return step()
    except ProcrunError:
        raise
    except SystemExit as error:  # honcho's way to say that jinja2 is not there
        raise ProcrunError(f"{what} gave up", "What it says stands above.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ProcrunError(*_in_words(what, error)) from error


def _in_words(what: str, error: BaseException) -> tuple[str, str]:
    """What went wrong, with the place in a template, and what to do."""
    import jinja2

    text = " ".join(str(error).split()) or "no reason given"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"{what} finds no template {error.name}", "--template-dir names a folder of them."
    if isinstance(error, jinja2.TemplateSyntaxError):
        place = f"{error.filename or error.name or 'a template'}:{error.lineno}"
        return f"{place}: {error.message}", "Templates are written for jinja2."
    if place := _in_template(error):
        return f"{place}: {text}", "Templates are written for jinja2."
    return f"{what} failed: {type(error).__name__}: {text}", "PROCRUN_DEBUG=1 shows where."


def _in_template(error: BaseException) -> str:
    """The file and line of the innermost template that an error passed through; "" for none."""
    found = ""
    step = error.__traceback__
    while step:
        if "__jinja_exception__" in step.tb_frame.f_globals:
            found = f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
        step = step.tb_next
    return found
