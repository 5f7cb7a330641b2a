"""`procrun export`: files for an engine that runs the app when it has outgrown a terminal."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import contextmanager, redirect_stdout

from procrun import settings as settings_module
from procrun.cli import output, words
from procrun.cli.commands import command_named
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.cli.parser import options_of
from procrun.cli.table import COMMON
from procrun.core.config_vars import parse_override
from procrun.core.text import excerpt, one_line
from procrun.errors import FAILURE, Problem, ProcrunError, UsageError
from procrun.export import marks, writing
from procrun.export.comparing import differences
from procrun.export.formats import OURS, attempt, format_named, formats, template_names
from procrun.export.machine import shortcomings
from procrun.export.making import Wishes, app_name, blueprint_of, processes_of
from procrun.export.writing import Change
from procrun.inputs import shown_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from procrun.cli.command import Option
    from procrun.cli.words import Given, Line
    from procrun.export.blueprint import Blueprint
    from procrun.export.file import File
    from procrun.export.formats import Exporter, Format
    from procrun.export.writing import Target
    from procrun.settings import Settings

_STREAM = "-"
_CONTAINERS = ("compose", "kubernetes")  # have a user, a log and programs of their own
_MACHINES = tuple(name for name in OURS if name not in _CONTAINERS)
# Options, and the formats of ours that heed them; those of others know of the last two.
_OF_FORMATS = {
    "user-units": ("systemd",),
    "image": _CONTAINERS,
    "user": _MACHINES,
    "log": _MACHINES,
}
_OF_HONCHO = ("user", "log")
# Options of which no file depends, and the name, which has its place in front.
_NOT_IN_HEADERS = ("app", "diff", "color", "no-color", "version", "help")


def export(line: Line) -> int:
    """Write the files of a format, or show them; without a format list them all.

    With --diff 1 where something differs. UsageError for a format that there isn't; ConfigError
    for what is wrong with the app, and for what the format can't say.
    """
    given = parse(line)
    _check_values(given)
    if not given.words:
        rows = formats().values()
        width = max(len(each.name) for each in rows)
        output.write("".join(f"{each.name:<{width}}  {each.summary}\n" for each in rows))
        return 0
    _check_current_folder()
    chosen = format_named(given.words[0])
    location = _location(given)
    _check_options(given, chosen)
    settings = settings_module.resolve(given.settings, os.environ)
    app = app_name(settings, given.value("app"))
    wishes = _wishes(given, chosen, app, location).replace(
        source=_source(line, chosen, app, location)
    )
    blueprint, files = _made(chosen, given, settings, wishes)
    if not location:
        output.write(writing.stream(files))
        return 0
    if "diff" in given.flags:
        return _compare(files, blueprint, chosen)
    return _write(files, blueprint, chosen, _sources(settings, blueprint))


def _location(given: Given) -> str:
    """The folder that files go to; "" for standard output."""
    location = given.words[1] if given.words[1:] else _STREAM
    if "diff" in given.flags and location == _STREAM:
        raise UsageError("--diff needs the folder to compare with", "export FORMAT DIR --diff")
    folder = given.value("template-dir")
    if folder and not os.path.isdir(folder):
        raise UsageError(f"--template-dir {excerpt(folder)} is no folder", "Make it, or leave it.")
    if folder and os.path.realpath(folder) == os.path.realpath(location):
        hint = "Name another folder for what is made of them."
        raise UsageError(f"{excerpt(location)} is where the templates are", hint)
    return "" if location == _STREAM else location or "."


def _check_values(given: Given) -> None:
    """UsageError for an option whose value is empty, as that of a variable that is not set."""
    for name, value in given.values:
        if not value:
            raise UsageError(f"--{name} needs a value", f"Leave --{name} out, or fill it in.")


def _check_current_folder() -> None:
    try:
        os.getcwd()
    except FileNotFoundError:
        text = "somebody has removed the folder that you are in"
        raise ProcrunError(text, "Go to another one with cd.") from None


def _check_options(given: Given, chosen: Format) -> None:
    """UsageError for an option that the format would not heed."""
    for name, which in _OF_FORMATS.items():
        heeds = chosen.name in which or (not chosen.is_ours and name in _OF_HONCHO)
        if (name in given.flags or given.value(name)) and not heeds:
            hint = f"It is for {' and '.join(which)}."
            raise UsageError(f"{chosen.name} has no use for --{name}", hint)
    if "user-units" in given.flags and given.value("user"):
        hint = "A user's own systemd runs all as that user: leave --user out."
        raise UsageError("--user-units has no use for --user", hint)


def _wishes(given: Given, chosen: Format, app: str, location: str) -> Wishes:
    return Wishes(
        app=app,
        user=given.value("user"),
        log=given.value("log"),
        shell_path=given.value("shell"),
        location=location,
        image=given.value("image"),
        overrides=dict(map(parse_override, given.overrides)),
        has_secrets="no-secrets" not in given.flags,
        mark=marks.mark(chosen.name, app),
        has_user=chosen.name not in _CONTAINERS and "user-units" not in given.flags,
    )


def _source(line: Line, chosen: Format, app: str, location: str) -> str:
    """The command line as headers have it, the same however it was typed.

    What comes after -E may be secret.
    """
    command = command_named(line.command)
    options = options_of(command)
    known = {flag: (flag, each.metavar) for flag, each in options.items()}
    typed, _words = words.all_options(line.rest, known, command.name)
    given = [(options[flag], value) for flag, value in (*line.options, *typed)]
    shown = marks.mark(chosen.name, app).split(" ")
    if location:
        path = shown_path(os.path.abspath(location))
        shown.append(f"./{path}" if path.startswith("-") else path)
    for option in (*COMMON, *command.options):
        values = [value for each, value in given if each is option]
        if option.name not in _NOT_IN_HEADERS:
            for value in values if option.several else values[-1:]:
                shown += _in_long(option, value)
    text = shlex.join(shown)
    return text if text.isprintable() else " ".join(map(one_line, shown))


def _in_long(option: Option, value: str) -> list[str]:
    if not option.metavar:
        return [f"--{option.name}"]
    return [f"--{option.name}", f"{value.partition('=')[0]}=…" if option.name == "set" else value]


def _made(
    chosen: Format, given: Given, settings: Settings, wishes: Wishes
) -> tuple[Blueprint, list[File]]:
    """All that the exporter makes, before anything is written. Tells what is to be known of it."""
    blueprint, notes = blueprint_of(settings, wishes)
    context: dict[str, object] = {
        "app": blueprint.app,
        "app_root": blueprint.root,
        "log": blueprint.log or f"/var/log/{blueprint.app}",
        "shell": blueprint.services[0].argv[0],
        "user": blueprint.user,
        "blueprint": blueprint,
        "user_units": "user-units" in given.flags,
        "image": given.value("image"),
    }
    processes = processes_of(blueprint, settings)
    what = f"the exporter for {chosen.name}"
    with _output_to_errors():  # what somebody else's prints is no part of a file
        exporter = _exporter(chosen, given.value("template-dir"))
        files = attempt(what, lambda: writing.converted(exporter.render(processes, context)))
    if blueprint.release and not chosen.is_ours:
        notes.append(f"{chosen.name} has no release phase: call `procrun release` before a start")
    if chosen.name in _MACHINES:
        notes += shortcomings(blueprint, has_user="user-units" not in given.flags)
    for note in notes:
        sys.stderr.write(in_words([Problem("", note, warning=True)]))
    return blueprint, files


def _exporter(chosen: Format, template_dir: str) -> Exporter:
    """UsageError for a folder of templates none of which the format uses, as far as it tells."""
    exporter = chosen.exporter(template_dir or None)
    names = template_names(exporter)
    if template_dir and names and not set(names).intersection(os.listdir(template_dir)):
        hint = f"{chosen.name} has {', '.join(names)}."
        raise UsageError(f"{excerpt(template_dir)} has no template of {chosen.name}", hint)
    return exporter


@contextmanager
def _output_to_errors() -> Iterator[None]:
    """Lead standard output to standard error, also that of children."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(ours, 1)
        os.close(ours)


def _sources(settings: Settings, blueprint: Blueprint) -> list[str]:
    """The files that the app is read from."""
    own = (os.path.join(blueprint.root, name) for name in ("procrun.toml", "pyproject.toml"))
    return [settings.procfile, *blueprint.env_files, *own]


def _compare(files: Sequence[File], blueprint: Blueprint, chosen: Format) -> int:
    names = {"PORT", "PS", *blueprint.platform, *blueprint.config}
    planned = writing.targets(files, blueprint.location, only_compares=True)
    text = differences(planned, names)
    output.write(text)
    _tell_of_leftovers(planned, blueprint, chosen)
    return FAILURE if any(target.change is Change.WRITTEN for target in planned) else 0


def _write(
    files: Sequence[File], blueprint: Blueprint, chosen: Format, sources: Sequence[str]
) -> int:
    planned = writing.targets(files, blueprint.location, sources)
    writing.write(planned)
    for target in planned:
        if target.change is not Change.UNCHANGED:
            note = ", in place of a symbolic link" if target.replaces_link else ""
            _tell(f"{target.change.value} {_shown(target.path)}{note}")
    if unchanged := sum(target.change is Change.UNCHANGED for target in planned):
        _tell(f"unchanged: {unchanged} of {len(planned)} files")
    _tell_of_leftovers(planned, blueprint, chosen)
    for target in planned:
        if target.file.tells_how:
            _tell(f"{_shown(target.path)} begins with how to install it")
    return 0


def _tell_of_leftovers(planned: Sequence[Target], blueprint: Blueprint, chosen: Format) -> None:
    if paths := writing.leftovers(planned, blueprint.location, blueprint.app, chosen.name):
        _tell(f"no longer part of it: rm -- {shlex.join(map(shown_path, paths))}")


def _shown(path: str) -> str:
    return one_line(shown_path(path))


def _tell(text: str) -> None:
    sys.stderr.write(f"procrun: {text}\n")
