"""Starts an app for tests, and waits until it is ready."""

from __future__ import annotations

import os
import secrets
import tempfile
from os.path import exists, join
from shutil import rmtree

from procrun import settings as settings_module
from procrun.core.formation import Selection, resolve
from procrun.core.order import RELEASE, START, Order
from procrun.core.readiness import asked_for
from procrun.core.suites import ANSWER, ENV_FILE, started_types
from procrun.errors import ProcrunError, UsageError
from procrun.inputs import read_procfile
from procrun.testing.checks import check
from procrun.testing.environment import app_json_in, base_environment, require, running_python
from procrun.testing.errors import AppFailed, PortStolen
from procrun.testing.host import Host
from procrun.testing.one_off import run_one_off
from procrun.testing.ownership import Ownership
from procrun.testing.reach import Local
from procrun.testing.running import RunningApp

__tracebackhide__ = True  # in what pytest shows of an error
_NO_PROGRAM = " exited with status 127"
TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.app_json import AppJson
    from procrun.settings import Settings
    from procrun.testing.setup import Setup


def start(setup: Setup, *, release: bool = False) -> RunningApp:
    """Start it, after the release command if that is asked for, and wait until it is ready.

    AppFailed if that does not come, with the reason and the end of its log; ProcrunError for what
    is wrong with its files. Nothing of it is left then. Where somebody took a port meanwhile, it is
    started once more, on others.
    """
    try:
        return _started(setup, release=release)
    except PortStolen:
        return _started(setup, release=False)


def _started(setup: Setup, *, release: bool) -> RunningApp:
    app = begin(setup, release=release)
    try:
        app.wait_until_ready()
    except AppFailed as error:
        app.stop()
        if not (note := _not_read(setup, error.reason)):
            raise
        raise type(error)(error.reason, f"{error.hint} {note}".lstrip(), error.log) from error
    except BaseException:
        app.stop()
        raise
    return app


def order_of(setup: Setup) -> Order:
    """What a host is told: the env files, the types and the sign are chosen here, once.

    The host reads the same Procfile, and tells what is wrong with it along with all else.
    ConfigError for what is wrong with its files, UsageError for a sign that can't be waited for.
    """
    check(setup)
    options = {
        "procfile": join(setup.root, setup.procfile or "Procfile"),
        "env": _env_files(setup),
        "heroku": False,
        "router": False,  # it is web itself that tests ask
    }
    settings = settings_module.resolve({"root": setup.root, **options}, {})
    app_json = app_json_in(setup.root)
    overrides = dict(setup.env)
    pass_env = (*settings.pass_env, *setup.pass_env)
    python = running_python() if setup.own_python else None
    environment = base_environment(app_json, os.environ, pass_env, python)
    require(app_json, environment, settings.env_files, overrides)
    return Order(
        START,
        setup.root,
        environment,
        options,
        overrides,
        _types(setup, settings, app_json),
        ANSWER if setup.ready == "http:/" else setup.ready,
        join(tempfile.gettempdir(), f"procrun-{secrets.token_hex(4)}"),
    )


def _env_files(setup: Setup) -> list[str]:
    """Their paths; those that are named have to exist."""
    if setup.env_files is None:
        usual = join(setup.root, ENV_FILE)
        return [usual] if exists(usual) else []
    return [join(setup.root, file) for file in setup.env_files]


def _not_read(setup: Setup, reason: str) -> str:
    """That an app in tests lacks the variables that it has in development; "" if it does not."""
    if _NO_PROGRAM in reason:
        return ""  # which has another remedy
    usual, of_tests = join(setup.root, ".env"), join(setup.root, ENV_FILE)
    if setup.env_files is not None or exists(of_tests) or not exists(usual):
        return ""
    return f"`.env` is not read here, and there is no {ENV_FILE}."


def _types(setup: Setup, settings: Settings, app_json: AppJson) -> tuple[str, ...]:
    """The words that say what runs. UsageError for a sign of web where none does."""
    sign = setup.ready and asked_for(setup.ready)
    try:
        procfile = read_procfile(settings.procfile)
        types = started_types(procfile, setup.processes, app_json.formation)
        formation = resolve(procfile, Selection(types, settings.formation))
    except ProcrunError:
        return setup.processes  # the host tells of it, and of all else that is wrong
    has_web = any(dyno.type == "web" for dyno in formation.dynos)
    if sign and not has_web and not setup.ready_is_general:
        what = "there is no web process to wait for"
        raise UsageError(what, "Leave out what is waited for, or name web as well.")
    return types


def begin(setup: Setup, *, release: bool = False) -> RunningApp:
    """Start it, without waiting for it. ProcrunError for what is wrong with its files.

    AppFailed, with what it wrote, where the release command is asked for and fails.
    """
    order = order_of(setup)
    if release:
        _release(order)
    host = Host(order)
    try:
        begun = host.begun()
    except BaseException:
        host.end()
        rmtree(order.folder, ignore_errors=True)  # which is there still where it was killed
        raise
    ownership = Ownership(host, order.folder, begun.grace)
    return RunningApp(setup, Local(order, begun, ownership), ownership)


def _release(order: Order) -> None:
    done = run_one_off(order.replace(verb=RELEASE, folder=""), "release")
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".rstrip()
        raise AppFailed(
            f"the release phase failed with exit status {done.returncode}" + (said and f"\n{said}")
        )
