"""`procrun with`: a command beside an app that is started for it and stopped after it."""

from __future__ import annotations

import os
import select
import sys

from procrun import settings as settings_module
from procrun.cli.afterwards import shown
from procrun.cli.beside import Foreground, Interrupted, execution_of
from procrun.cli.options import parse, patience
from procrun.core.config_vars import parse_override
from procrun.core.names import WEB
from procrun.core.suites import TIMEOUT, ShowLog, url_of
from procrun.errors import INTERRUPTED, ProcrunError, UsageError
from procrun.settings.kinds import LONGEST
from procrun.testing.errors import AppFailed
from procrun.testing.setup import Setup
from procrun.testing.starting import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.cli.options import Given
    from procrun.cli.words import Line
    from procrun.settings import Settings
    from procrun.system.shell import Execution
    from procrun.testing.outcomes import DynoStatus
    from procrun.testing.running import RunningApp

_STANDARD_ERROR = 2
_LINES = 200  # of the log, where something has failed
_PATH_HINT = "Programs are looked for on your PATH: activate the app's virtual environment."
_OWN = ("PROCRUN_URL", "BASE_URL", "PROCRUN_APP_PORT")  # what COMMAND is told


def with_(line: Line) -> int:
    """Start the app, run the command, stop the app; the command's exit code.

    130, 143 or 129 for a signal. ProcrunError where the app does not get ready.
    """
    own, command = _divided(line)
    given = parse(own)
    settings = settings_module.resolve(given.settings, os.environ)
    logs = _when_to_show(given)
    setup = _setup(given, settings)
    execution = execution_of(command)
    foreground = Foreground()
    try:
        return _beside(_started(setup, logs), execution, foreground, settings, logs)
    except Interrupted as interrupted:
        return 128 + interrupted.number


def _divided(line: Line) -> tuple[Line, tuple[str, ...]]:
    """What is ours, and the command behind `--`. UsageError without one."""
    if "--" not in line.rest:
        from procrun.cli.dashes import with_dashes

        what = "with needs `--` in front of the command"
        raise UsageError(what, f"Write: {with_dashes(line)}")
    at = line.rest.index("--")
    command = line.rest[at + 1 :]
    if not command:
        raise UsageError("with needs a command", "For example: procrun with web -- npm test")
    return line.replace(rest=line.rest[:at]), command


def _when_to_show(given: Given) -> ShowLog:
    text = given.value("logs") or ShowLog.FAILED.value
    try:
        return ShowLog(text)
    except ValueError:
        hint = "It is always, failed or never."
        raise UsageError(f"--logs does not know {text}", hint) from None


def _setup(given: Given, settings: Settings) -> Setup:
    if settings.procfile == "-":
        what = "with can't read the Procfile from standard input, which is the command's"
        raise UsageError(what, "Name a file with -f.")
    return Setup(
        os.path.abspath(settings.root),
        given.words,
        _env_files(settings),
        tuple(dict(map(parse_override, given.overrides)).items()),
        given.value("ready"),
        timeout=patience(given, TIMEOUT) or LONGEST,
        procfile=os.path.abspath(settings.procfile),
        pass_env=settings.pass_env,
        own_files=False,
        own_python=False,  # the command has the caller's, and so has the app
    )


def _env_files(settings: Settings) -> tuple[str, ...] | None:
    """Those of -e; neither what you exported nor the settings name others."""
    if settings.source("env") != "--env":
        return None
    return tuple(os.path.join(os.getcwd(), path) for path in settings.env or ())


def _started(setup: Setup, logs: ShowLog) -> RunningApp:
    try:
        return start(setup)
    except AppFailed as error:
        hint = error.hint or (_PATH_HINT if " exited with status 127" in error.reason else "")
        if logs is ShowLog.NEVER:
            raise ProcrunError(error.reason, hint) from error
        raise AppFailed(error.reason, hint, error.log) from error


def _beside(
    app: RunningApp, execution: Execution, foreground: Foreground, settings: Settings, logs: ShowLog
) -> int:
    try:
        before = app.processes
        code = foreground.run(execution, environment(os.environ, before))
        ended = _ended_meanwhile(app, before)
    finally:
        app.stop()
    failed = bool(code or ended) and not (code == INTERRUPTED and foreground.was_interrupted)
    if logs is ShowLog.ALWAYS or (logs is ShowLog.FAILED and failed):
        chunks = app.ownership.end.chunks if app.ownership.end else ()
        most = None if logs is ShowLog.ALWAYS else _LINES
        _tell(shown(chunks, settings, _STANDARD_ERROR, most))
    for what in ended:
        _tell(f"procrun: {what}\n".encode())
    return code


def environment(caller: Mapping[str, str], dynos: Sequence[DynoStatus]) -> dict[str, str]:
    """The caller's environment, and where the app is: web, or else the first of its processes."""
    found = {name: value for name, value in caller.items() if name not in _OWN}
    web = [dyno for dyno in dynos if dyno.type == WEB]
    for dyno in (web or dynos)[:1]:
        found["PROCRUN_APP_PORT"] = str(dyno.port)
    for dyno in web[:1]:
        found["PROCRUN_URL"] = found["BASE_URL"] = url_of(dyno.port)
    return found


def _ended_meanwhile(app: RunningApp, before: Sequence[DynoStatus]) -> list[str]:
    """What ended by itself while the command ran, in words."""
    ended_before = {dyno.name for dyno in before if dyno.crashed}
    try:
        dynos = app.processes
    except ProcrunError as error:
        return [error.message]
    return [
        f"{dyno.name} {dyno.why} while the command ran"
        for dyno in dynos
        if dyno.crashed and dyno.name not in ended_before
    ]


def _tell(text: bytes) -> None:
    sys.stderr.flush()
    try:
        while text:
            try:
                text = text[os.write(_STANDARD_ERROR, text) :]
            except BlockingIOError:  # Node has left it so, and the reader is slower than we are
                select.select([], [_STANDARD_ERROR], [])
    except OSError:
        pass  # the terminal is dead, or nobody reads: that changes no exit code
