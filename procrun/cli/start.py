"""`procrun start`: the formation in the foreground."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.app import App
from procrun.cli.options import parse
from procrun.core.config_vars import parse_override
from procrun.inputs import enter
from procrun.plan import check_ports, plan_start
from procrun.reception import Reception
from procrun.supervisor.spawn import close_inherited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line
    from procrun.guardian import Link
    from procrun.settings import Settings


def start(line: Line, link: Link) -> int:
    """Start the app and stay until it has ended; the exit code."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    overrides = dict(parse_override(text) for text in given.overrides)
    plan = plan_start(settings, given.words, overrides)
    reception, notes = _reception(settings)
    notes += check_ports(plan.launches)
    plan = plan.replace(notes=(*plan.notes, *notes))
    patience = max(launch.grace for launch in plan.launches)
    link.instruct(patience, settings.keep)
    close_inherited()
    app = App(settings, plan, link, reception)
    enter(settings.root)
    return app.run()


def _reception(settings: Settings) -> tuple[Reception | None, list[str]]:
    """The app's folder, or why nobody will reach the app. ProcrunError if it runs already."""
    try:
        return Reception(settings.root, os.getppid()), []
    except OSError as error:
        why = f"the app's folder can't be written ({error.strerror}):"
        return None, [f"{why} `procrun ps` and the like will not reach this run"]
