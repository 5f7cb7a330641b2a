"""`procrun export`: files for an engine that runs the app when it has outgrown a terminal."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import redirect_stdout

from procrun import settings as settings_module
from procrun.cli import output, words
from procrun.cli.commands import command_named
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.cli.parser import options_of
from procrun.core.config_vars import parse_override
from procrun.core.text import one_line
from procrun.errors import FAILURE, Problem, UsageError
from procrun.inputs import shown_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from procrun.cli.words import Given, Line
    from procrun.export.blueprint import Blueprint
    from procrun.export.file import File
    from procrun.export.formats import Format
    from procrun.export.making import Wishes
    from procrun.export.writing import Target
    from procrun.settings import Settings

_STREAM = "-"
_COMPOSE = "compose"  # how its file is called, whatever the app is
# Flags of ours, and the formats that have a use for them.
_OF_FORMATS = {"user-units": ("systemd",), "image": ("compose", "kubernetes")}


def export(line: Line) -> int:
    """Write the files of a format, or show them; without a format list them all.

    With --diff 1 where something differs. UsageError for a format that there isn't; ConfigError
    for what is wrong with the app, and for what the format can't say.
    """
    from procrun.export.formats import format_named, formats

    given = parse(line)
    if not given.words:
        rows = formats().values()
        width = max(len(each.name) for each in rows)
        output.write("".join(f"{each.name:<{width}}  {each.summary}\n" for each in rows))
        return 0
    chosen = format_named(given.words[0])
    location = _location(given)
    _check_options(given, chosen)
    settings = settings_module.resolve(given.settings, os.environ)
    blueprint, files = _made(chosen, given, settings, _wishes(given, _source(line), location))
    if not location:
        from procrun.export.writing import stream

        output.write(stream(files))
        return 0
    return (
        _compare(files, blueprint, chosen)
        if "diff" in given.flags
        else _write(files, blueprint, chosen)
    )


def _location(given: Given) -> str:
    """The folder that files go to; "" for standard output."""
    location = given.words[1] if given.words[1:] else _STREAM
    if "diff" in given.flags and location == _STREAM:
        raise UsageError("--diff needs the folder to compare with", "export FORMAT DIR --diff")
    return "" if location == _STREAM else location or "."


def _check_options(given: Given, chosen: Format) -> None:
    """UsageError for an option that the format would not heed."""
    for name, which in _OF_FORMATS.items():
        if (name in given.flags or given.value(name)) and chosen.name not in which:
            hint = f"It is for {' and '.join(which)}."
            raise UsageError(f"{chosen.name} has no use for --{name}", hint)


def _wishes(given: Given, source: str, location: str) -> Wishes:
    from procrun.export.making import Wishes

    return Wishes(
        app=given.value("app"),
        user=given.value("user"),
        log=given.value("log"),
        shell_path=given.value("shell"),
        location=location,
        overrides=dict(map(parse_override, given.overrides)),
        has_secrets="no-secrets" not in given.flags,
        source=source,
    )


def _source(line: Line) -> str:
    """The command line as headers have it: what comes after -E may be secret."""
    command = command_named(line.command)
    known = {flag: (flag, each.metavar) for flag, each in options_of(command).items()}
    typed, others = words.all_options(line.rest, known, command.name)
    shown = ["procrun", command.name, *others]
    for flag, value in (*line.options, *typed):
        if flag == "--diff":
            continue
        secret = flag in ("-E", "--set")
        shown += [
            flag,
            *([f"{value.partition('=')[0]}=…" if secret else value] if known[flag][1] else []),
        ]
    text = shlex.join(shown)
    return text if text.isprintable() else " ".join(map(one_line, shown))


def _made(
    chosen: Format, given: Given, settings: Settings, wishes: Wishes
) -> tuple[Blueprint, list[File]]:
    """All that the exporter makes, before anything is written. Tells what is to be known of it."""
    from procrun.export.formats import attempt
    from procrun.export.making import blueprint_of, processes_of
    from procrun.export.writing import converted

    blueprint, notes = blueprint_of(settings, wishes)
    exporter = chosen.exporter(given.value("template-dir") or None)
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
    with redirect_stdout(sys.stderr):  # what somebody else's prints is no part of a file
        files = attempt(what, lambda: converted(exporter.render(processes, context)))
    if blueprint.release and not chosen.is_ours:
        notes.append(f"{chosen.name} has no release phase: call `procrun release` before a start")
    for note in notes:
        sys.stderr.write(in_words([Problem("", note, warning=True)]))
    return blueprint, files


def _compare(files: Sequence[File], blueprint: Blueprint, chosen: Format) -> int:
    from procrun.export.comparing import differences
    from procrun.export.writing import targets

    names = {"PORT", "PS", *blueprint.platform, *blueprint.config}
    planned = targets(files, blueprint.location)
    text = differences(planned, names)
    output.write(text)
    _tell_of_leftovers(planned, blueprint, chosen)
    return FAILURE if text else 0


def _write(files: Sequence[File], blueprint: Blueprint, chosen: Format) -> int:
    from procrun.export.writing import Change, targets, write

    planned = targets(files, blueprint.location)
    write(planned)
    for target in planned:
        if target.change is not Change.UNCHANGED:
            note = ", in place of a symbolic link" if target.replaces_link else ""
            _tell(f"{target.change.value} {one_line(shown_path(target.path))}{note}")
    if unchanged := sum(target.change is Change.UNCHANGED for target in planned):
        _tell(f"unchanged: {unchanged} of {len(planned)} files")
    _tell_of_leftovers(planned, blueprint, chosen)
    main = [
        each for each in planned if each.file.name.partition(".")[0] in (blueprint.app, _COMPOSE)
    ]
    if chosen.is_ours and main:
        _tell(f"{one_line(shown_path(main[0].path))} begins with how to install it")
    return 0


def _tell_of_leftovers(planned: Sequence[Target], blueprint: Blueprint, chosen: Format) -> None:
    from procrun.export.writing import leftovers

    if paths := leftovers(planned, blueprint.location, blueprint.app, chosen.name):
        _tell(f"no longer part of it: rm {shlex.join(map(shown_path, paths))}")


def _tell(text: str) -> None:
    sys.stderr.write(f"procrun: {text}\n")
