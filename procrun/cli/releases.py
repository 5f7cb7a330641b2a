"""`procrun releases` and `rollback`: what was changed, and back to what was before."""

from __future__ import annotations

import os
import sys
import time

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.config_change import apply
from procrun.cli.options import parse
from procrun.cli.output import app_name, when
from procrun.config.change import Edited, hash_of
from procrun.config.ledger import Ledger
from procrun.core.config_output import aligned, masked
from procrun.core.envfile_edit import edit as edit_text
from procrun.core.release import (
    PENDING,
    SUCCEEDED,
    current,
    difference,
    parse_version,
    to_go_back_to,
)
from procrun.core.text import excerpt, one_line, whole_number
from procrun.errors import ProcrunError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from procrun.cli.words import Given, Line
    from procrun.config.env_file import Text
    from procrun.core.release import Release
    from procrun.settings import Settings

_USUAL = 15


def releases(line: Line) -> int:
    """Print the newest releases, as a table or as JSON."""
    given, settings = _read(line)
    most = _number(given)
    found = Ledger(settings.root).settled()
    shown = found[:most]
    if "json" in given.flags:
        now = current(found)
        output.write_json([_for_programs(each, now) for each in shown])
    elif not found:
        output.write(f"{app_name(settings)} has no releases.\n")
    else:
        counts = current(found)
        now_at = f" - Current: {counts.name}" if counts else ""
        output.write(f"=== {app_name(settings)} Releases{now_at}\n\n")
        output.write("".join(f"{row}\n" for row in _table(shown)))
    return 0


def describe(line: Line) -> int:
    """Print one release, by default the newest; the values of its config vars are masked."""
    given, settings = _read(line)
    found = Ledger(settings.root).settled()
    release = _named(given, settings, found)
    if "json" in given.flags:
        described = _for_programs(release, current(found))
        output.write_json({**described, "config": masked(release.config)})
        return 0
    rows = {
        "By": one_line(release.by),
        "Change": _change(release),
        "Eligible for Rollback?": "Yes" if release.status == SUCCEEDED else "No",
        "Env file": one_line(release.file),
        "When": when(release.at),
    }
    lines = [f"=== Release {release.name}", "", *aligned(rows), ""]
    config = masked(map(one_line, release.config))
    lines += [f"=== {release.name} Config Vars", "", *aligned(config)]
    output.write("".join(f"{each}\n" for each in lines))
    return 0


def show_output(line: Line) -> int:
    """Print what the release command of a release wrote, by default of the newest."""
    given, settings = _read(line)
    ledger = Ledger(settings.root)
    release = _named(given, settings, ledger.settled())
    written = ledger.output(release.name)
    if written is None:
        hint = "`procrun start --release` runs the release command, if the Procfile has one."
        if release.status == PENDING:
            hint = "It still runs: `procrun logs -t -p release` follows it."
        raise ProcrunError(f"there is no output of {release.name}", hint)
    output.write_bytes(written)
    return 0


def _named(given: Given, settings: Settings, found: Sequence[Release]) -> Release:
    """The release that is named, or the newest; ProcrunError where there is none."""
    if not found:
        raise ProcrunError(f"{app_name(settings)} has no releases.", "`config set` makes one.")
    version = parse_version(given.words[0]) if given.words else found[0].version
    release = next((each for each in found if each.version == version), None)
    if release is None:
        raise ProcrunError(f"there is no release v{version}", "`procrun releases` lists them.")
    return release


def retry(line: Line) -> int:
    """Try again what did not succeed: one more release of what the env file says now."""
    settings = settings_module.resolve(parse(line).settings, os.environ)
    edited = Edited(settings)
    return apply(settings, edited, "Retrying", edited.retry)


def rollback(line: Line) -> int:
    """Give the env file the values of a release again, which is a new release."""
    given, settings = _read(line)
    version = parse_version(given.words[0]) if given.words else None
    edited = Edited(settings)
    ledger = Ledger(settings.root)
    found = ledger.releases()
    meant = to_go_back_to(found, version, edited.name, edited.file.read().written)

    def change(text: Text, _releases: Sequence[Release]) -> tuple[str, str]:
        changes = difference(text.written, meant.written)
        new = edit_text(text.text, text.shown, changes, literal=False)
        return new, f"Rollback to {meant.name}"

    doing = f"Rolling back to {meant.name}"
    code = apply(settings, edited, doing, lambda gate: edited.change(change, gate))
    _tell_what_it_is_not(settings, meant, edited.before(ledger.releases()))
    return code


def _tell_what_it_is_not(settings: Settings, meant: Release, before: Release | None) -> None:
    lines = ["Rollback affects config vars; it does not touch code or databases."]
    if meant.procfile and meant.procfile != hash_of(settings.procfile):
        lines.append(f"The Procfile is not the one of {meant.name}.")
    if before and before.version != meant.version:
        lines.append(f"To undo, run: procrun rollback {before.name}")
    sys.stderr.write("".join(f"procrun: {each}\n" for each in lines))


def _read(line: Line) -> tuple[Given, Settings]:
    given = parse(line)
    return given, settings_module.resolve(given.settings, os.environ)


def _number(given: Given) -> int:
    text = given.value("num")
    number = whole_number(text) if text else _USUAL
    if not number:
        raise UsageError(f"--num takes a whole number from 1, not {excerpt(text)}")
    return number


def _table(shown: Sequence[Release]) -> Iterator[str]:
    rows = [(each.name, _change(each), one_line(each.by), when(each.at)) for each in shown]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for *cells, moment in rows:
        padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        yield "  ".join((*padded, moment))


def _change(release: Release) -> str:
    return f"{one_line(release.description)} {release.note}".rstrip()


def _for_programs(release: Release, now: Release | None) -> dict[str, object]:
    """A release without the values of its config vars."""
    return {
        "version": release.version,
        "description": release.description,
        "status": release.status,
        "user": release.by,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.at)),
        "current": now is not None and release.version == now.version,
        "eligible_for_rollback": release.status == SUCCEEDED,
        "file": release.file,
        "commit": release.commit or None,
    }
