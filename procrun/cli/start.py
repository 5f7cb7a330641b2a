"""`procrun start`: the formation in the foreground."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.app import App
from procrun.cli.options import parse
from procrun.core.config_vars import parse_override
from procrun.inputs import enter
from procrun.plan import plan_start
from procrun.supervisor.spawn import close_inherited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line
    from procrun.guardian import Link


def start(line: Line, link: Link) -> int:
    """Start the app and stay until it has ended; the exit code."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    overrides = dict(parse_override(text) for text in given.overrides)
    plan = plan_start(settings, given.words, overrides)
    patience = max(launch.grace for launch in plan.launches)
    link.instruct(patience, settings.keep)
    close_inherited()
    app = App(settings, plan, link)
    enter(settings.root)
    return app.run()
