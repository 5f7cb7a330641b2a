"""`procrun start`: the formation in the foreground, or in the background of a caller."""

from __future__ import annotations

import os

from procrun import settings as settings_module
from procrun.app.app import App
from procrun.app.reception import Reception
from procrun.cli.options import parse
from procrun.control.folder import Folder
from procrun.core.config_vars import parse_override
from procrun.errors import ProcrunError, UsageError
from procrun.inputs import enter
from procrun.plan import plan_start
from procrun.port_plan import check_bind, check_ports, check_router
from procrun.supervisor.spawn import close_inherited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.app.owner import Owner
    from procrun.background import Caller
    from procrun.cli.words import Given, Line
    from procrun.guardian import Link
    from procrun.plan import Plan
    from procrun.releasing.releasing import Releasing
    from procrun.settings import Settings


def start(line: Line, link: Link, caller: Caller | None = None) -> int:
    """Start the app and stay until it has ended; the exit code.

    A `caller` is told when it has started in the background. Where the app runs already and that
    can be what is wanted, show its log or start those of its dynos that are named.
    """
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    if caller is None and (code := _joined(given, settings)) is not None:
        return code
    overrides = dict(parse_override(text) for text in given.overrides)
    if settings.router:
        _have_authority(settings)
    plan = plan_start(settings, given.words, overrides)
    if settings.focus:
        plan = _with_focus(settings, plan, caller)
    reception, notes = _reception(settings, background=caller is not None)
    notes += check_ports(plan.launches)
    if settings.router:
        check_bind(settings.bind)
        check_router(plan.launcher.ports)
    plan = plan.replace(notes=(*plan.notes, *notes))
    if caller:
        caller.all_is_read()
        for note in plan.notes:
            caller.tell(f"procrun: {note}", error=True)
        plan = plan.replace(terminal=settings.tty is not False)
    releasing = _releasing(settings, plan) if settings.release else None
    patience = max(launch.grace for launch in plan.launches)
    link.instruct(patience, settings.keep, plan.restores)
    close_inherited()
    app = App(settings, plan, link, reception, _owner(caller, settings), releasing)
    enter(settings.root)
    return app.run()


def _have_authority(settings: Settings) -> None:
    """Have its certificate there before the dynos are told of it: Node looks for it just once.

    Where it can't be made, the router says why when it needs it.
    """
    from procrun.certificates.folder import authority_for_children

    if authority_for_children():
        return
    from procrun.certificates.leaf import ensure
    from procrun.core.host_name import host_name

    try:
        ensure(host_name(os.path.basename(os.path.abspath(settings.root))))
    except ProcrunError:
        pass


def _releasing(settings: Settings, plan: Plan) -> Releasing:
    """The app's release phase, with a release of this start. Errors as for `Deploy`."""
    from procrun.config.deploy import Deploy
    from procrun.releasing.releasing import Releasing
    from procrun.reloading.rereading import anchored

    settings = anchored(settings)
    has_command = plan.launcher.procfile.release is not None
    deploy = Deploy(settings, plan.launcher.config, has_command=has_command)
    return Releasing(settings, deploy)


def _owner(caller: Caller | None, settings: Settings) -> Owner | None:
    """Who hears what becomes of the start; None where that is seen."""
    if caller is None:
        return None
    from procrun.app.announcement import Background

    return Background(caller, settings.root)


def _joined(given: Given, settings: Settings) -> int | None:
    """The exit code, where the app that runs was all that was wanted; None to start one."""
    owner = Folder(settings.root).owner
    if owner is None and not any("." in word for word in given.words):
        return None
    from procrun.cli.joining import join

    return join(given, settings, owner)


def _with_focus(settings: Settings, plan: Plan, caller: Caller | None) -> Plan:
    """The plan with the dyno that gets our keys. UsageError if it can't be."""
    from procrun.app.focus import choose, describe_terminal

    if caller:
        if settings.source("focus") == "--focus":
            raise UsageError("--focus needs a terminal, and -D has none", "Leave one of them out.")
        return plan
    name, notes = choose(settings, plan)
    terminal = describe_terminal() if name else ""
    return plan.replace(focus=name, restores=terminal, notes=(*plan.notes, *notes))


def _reception(settings: Settings, *, background: bool) -> tuple[Reception | None, list[str]]:
    """The app's folder, or why nobody will reach the app. ProcrunError if it runs already.

    An app in the background that nobody reaches is a ProcrunError as well.
    """
    try:
        pid, heroku = os.getppid(), settings.heroku
        return Reception(settings.root, pid, background=background, heroku=heroku), []
    except OSError as error:
        why = f"the app's folder can't be written ({error.strerror}):"
        if background:
            hint = "It takes one to stop an app in the background. -d DIR names another root."
            raise ProcrunError(f"{why} {settings.root}/.procrun", hint) from error
        return None, [f"{why} `procrun ps` and the like will not reach this run"]
