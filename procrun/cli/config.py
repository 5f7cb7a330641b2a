"""`procrun config` and its second words: the config vars, printed and changed as heroku does it."""

from __future__ import annotations

import os
import sys

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.config_change import apply
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.cli.output import app_name
from procrun.config.change import Edited
from procrun.core.config_output import aligned, assignments, quoted
from procrun.core.config_rules import assignment, reserved
from procrun.core.envfile_edit import check_value
from procrun.core.envfile_edit import edit as edit_text
from procrun.errors import FAILURE, Problem, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from procrun.cli.words import Given, Line
    from procrun.config.env_file import Text
    from procrun.core.release import Release
    from procrun.settings import Settings


def config(line: Line) -> int:
    """Print every config var."""
    given, settings = _read(line)
    values = Edited(settings).config()
    if "json" in given.flags:
        output.write_json(dict(sorted(values.items())))
    elif "shell" in given.flags:
        output.write(_lines(assignments(values)))
    else:
        header = f"=== {app_name(settings)} Config Vars\n\n"
        output.write(header + _lines(aligned(values)))
    return 0


def get(line: Line) -> int:
    """Print the values that are named, one to a line; of what is not set an empty one."""
    given, settings = _read(line)
    if not given.words:
        raise UsageError("config get needs a name", "For example: procrun config get DATABASE_URL")
    values = Edited(settings).config()
    if "json" in given.flags:
        found = [{"key": name, "value": values.get(name)} for name in given.words]
        output.write_json(found if found[1:] else found[0])
    elif "shell" in given.flags:
        output.write(_lines(f"{name}={quoted(values.get(name, ''))}" for name in given.words))
    else:
        output.write(_lines(values.get(name, "") for name in given.words))
    return 0


def set_(line: Line) -> int:
    """Set config vars; prints them. UsageError for what is not KEY=VALUE."""
    given, settings = _read(line)
    if not given.words:
        hint = "For example: procrun config set DEBUG=1"
        raise UsageError("Usage: procrun config set KEY=VALUE [KEY=VALUE …]", hint, FAILURE)
    values = dict(map(assignment, given.words))
    for name, value in values.items():
        check_value(name, value)
    _warn_of_reserved(values)
    return _change(settings, f"Setting {', '.join(values)}", values, values)


def unset(line: Line) -> int:
    """Unset config vars. What is not set is no error."""
    given, settings = _read(line)
    if not given.words:
        hint = "For example: procrun config unset DEBUG"
        raise UsageError("Usage: procrun config unset KEY [KEY …]", hint, FAILURE)
    return _change(settings, f"Unsetting {', '.join(given.words)}", dict.fromkeys(given.words))


def edit(line: Line) -> int:
    """Edit the env file, or one value, in an editor; what has mistakes changes nothing."""
    from procrun.cli.editor import edited_by_hand, edited_value

    given, settings = _read(line)
    edited = Edited(settings)
    if given.words:
        return edited_value(settings, edited, given.words[0])
    return edited_by_hand(settings, edited)


def _read(line: Line) -> tuple[Given, Settings]:
    given = parse(line)
    return given, settings_module.resolve(given.settings, os.environ)


def _change(
    settings: Settings,
    doing: str,
    changes: Mapping[str, str | None],
    values: Mapping[str, str] | None = None,
) -> int:
    edited = Edited(settings)

    def change(text: Text, _releases: Sequence[Release]) -> tuple[str, str]:
        return edit_text(text.text, text.shown, changes), ""

    code = apply(settings, edited, doing, lambda gate: edited.change(change, gate), values)
    _warn_of_shadows(edited, changes)
    return code


def _warn_of_reserved(names: Mapping[str, str]) -> None:
    for name in reserved(names):
        hint = "On Heroku, names that begin with __ or HEROKU_ are the platform's."
        _warn(f"{name} is a reserved name", hint)


def _warn_of_shadows(edited: Edited, names: Mapping[str, str | None]) -> None:
    for name, place in edited.shadowed(names).items():
        _warn(f"{place} sets {name} as well, and wins", f"-e names the file to change: {place}.")


def _warn(text: str, hint: str) -> None:
    sys.stderr.write(in_words([Problem("", text, hint, warning=True)]))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{each}\n" for each in lines)
