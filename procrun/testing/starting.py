"""Starts an app for tests, and waits until it is ready."""

from __future__ import annotations

import os
import tempfile
from os.path import exists, join

from procrun import settings as settings_module
from procrun.core.order import START, Order
from procrun.testing.environment import app_json_in, base_environment, require, running_python
from procrun.testing.host import Host
from procrun.testing.running import RunningApp
from procrun.testing.setup import ENV_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.testing.setup import Setup

_PATIENCE = 30.0  # seconds for a host to tell that it has begun, on a very busy machine


def start(setup: Setup) -> RunningApp:
    """Start it and wait until it is ready.

    AppFailed if that does not come, with the reason and the end of its log; ProcrunError for what
    is wrong with its files. Nothing of it is left then.
    """
    app = begin(setup)
    try:
        app.wait_until_ready()
    except BaseException:
        app.stop()
        raise
    return app


def order_of(setup: Setup) -> Order:
    """What a host is told, and a folder for it. ConfigError for what is wrong with its files."""
    files = [join(setup.root, file) for file in setup.env_files]
    options = {
        "procfile": join(setup.root, setup.procfile or "Procfile"),
        "env": [file for file in files if file != join(setup.root, ENV_FILE) or exists(file)],
    }
    settings = settings_module.resolve({"root": setup.root, **options}, {})
    app_json = app_json_in(setup.root)
    overrides = dict(setup.env)
    environment = base_environment(
        app_json, os.environ, (*settings.pass_env, *setup.pass_env), running_python()
    )
    require(app_json, environment, settings.env_files, overrides)
    return Order(
        START,
        setup.root,
        environment,
        options,
        overrides,
        setup.processes or ("web",),
        "answer:/" if setup.ready == "http:/" else setup.ready,
        tempfile.mkdtemp(prefix="procrun-"),
    )


def begin(setup: Setup) -> RunningApp:
    """Start it, without waiting for it. ProcrunError for what is wrong with its files."""
    order = order_of(setup)
    host = Host(order)
    try:
        begun = host.hear(_PATIENCE)
    except BaseException:
        host.end()
        raise
    return RunningApp(setup, order, host, begun)
