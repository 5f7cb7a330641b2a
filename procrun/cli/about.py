"""`procrun info`: what is known of the app, be it running or not."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.cli.output import app_name, when
from procrun.cli.scale import quantities
from procrun.config.change import Edited
from procrun.config.ledger import Ledger
from procrun.control.client import NotRunning, ask
from procrun.core.app_description import AppDescription, python_version
from procrun.core.commands import INFO, Request
from procrun.core.config_output import aligned, masked
from procrun.core.release import current
from procrun.core.text import one_line
from procrun.inputs import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line
    from procrun.settings import Settings


def about(line: Line) -> int:
    """Describe the app. ConfigError for env files that can't be read."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    app = _running(_at_rest(settings), settings.root)
    if "json" in given.flags:
        output.write_json(app.for_programs())
    elif "shell" in given.flags:
        output.write("".join(f"{each}\n" for each in app.for_shells()))
    else:
        since = "" if app.since is None else when(app.since)
        lines = [f"=== {app_name(settings)}", "", *app.for_people(since)]
        if app.config_vars:
            lines += ["", f"=== {app_name(settings)} Config Vars", ""]
            lines += aligned(masked(dict.fromkeys(app.config_vars, "")))
        output.write("".join(f"{each}\n" for each in lines))
    return 0


def urls_of(root: str) -> tuple[str, ...]:
    """Where web of the running app answers, the best first. NotRunning if none runs."""
    (reply,) = ask(root, Request(INFO))
    return _texts(reply.get("urls"))


def _at_rest(settings: Settings) -> AppDescription:
    """What the files say."""
    root = os.path.abspath(settings.root)
    release, release_note = _release(settings.root)
    return AppDescription(
        os.path.basename(root),
        one_line(root),
        one_line(settings.procfile),
        tuple(one_line(path) for path, _required in settings.env_files if os.path.exists(path)),
        tuple(sorted(Edited(settings).config())),
        release,
        python_version(_text(root, "runtime.txt"), _text(root, ".python-version")),
        settings.heroku,
        settings.router,
        release_note=release_note,
    )


def _release(root: str) -> tuple[str | None, str | None]:
    """The current release, and what became of a newer one: `v3`, `v4 failed`."""
    releases = Ledger(root).settled()
    found = current(releases)
    newest = next(iter(releases), None)
    note = f"{newest.name} {newest.status}" if newest and newest != found else None
    return found.name if found else None, note


def _running(app: AppDescription, root: str) -> AppDescription:
    """What the running app says of itself, if one runs."""
    try:
        (reply,) = ask(root, Request(INFO))
    except NotRunning:
        return app
    pid, since = reply.get("pid"), reply.get("since")
    return app.replace(
        heroku=reply.get("heroku") is True,
        router=reply.get("router") is True,
        pid=pid if isinstance(pid, int) else None,
        since=since if isinstance(since, float) else None,
        web_urls=_texts(reply.get("urls")),
        dynos=quantities(reply),
        maintenance=reply.get("maintenance") is True,
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _text(root: str, name: str) -> str:
    """What is in a small file of the root; "" if it is not there."""
    try:
        return read_file(os.path.join(root, name), again=True).decode(errors="replace")
    except OSError:
        return ""
