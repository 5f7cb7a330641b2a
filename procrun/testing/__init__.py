"""The app of a Procfile for the time of a test, as a context manager.

    with procrun.testing.app() as app:
        assert urlopen(app.url).status == 200

docs/testing.md has more. Under pytest there are fixtures for this.
"""

from __future__ import annotations

from contextlib import contextmanager

from procrun.core.suites import TIMEOUT, words
from procrun.testing.errors import AppFailed
from procrun.testing.log import Log, LogLine
from procrun.testing.outcomes import CompletedRun, DynoStatus, StopReport
from procrun.testing.running import RunningApp
from procrun.testing.setup import Setup
from procrun.testing.starting import start

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "AppFailed",
    "CompletedRun",
    "DynoStatus",
    "Log",
    "LogLine",
    "RunningApp",
    "Setup",
    "StopReport",
    "app",
    "start",
]


@contextmanager
def app(  # noqa: PLR0913 - each is something to choose, and has a default
    root: str | os.PathLike[str] = ".",
    processes: str | Sequence[str] = (),
    env_file: str | Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    ready: str = "",
    timeout: float = TIMEOUT,
    *,
    procfile: str = "",
    pass_env: str | Sequence[str] = (),
) -> Iterator[RunningApp]:
    """Start an app on free ports, wait until it is ready, and stop it at the end.

    `root` is its folder. `processes` names what runs, such as "web worker=2"; nothing: what
    app.json says for tests, or only web. `env_file` names files of the root that must be there
    (None: `.env.test`, if it is; []: no file), and `env` beats them. `pass_env` names variables,
    with * and ?, that the app gets of this process' environment besides the usual few. `ready` says
    what is waited for of web: "http:/PATH" a good answer there, "http:/" any answer, "port",
    "launched", "log:REGEX", "command:COMMAND"; `timeout` for how long, in seconds.

    AppFailed if it does not get ready, with the reason and the end of its log; ProcrunError for
    what is wrong with the Procfile, an env file or the settings.
    """
    setup = Setup.of(root, processes, env_file, env).replace(
        ready=ready, timeout=timeout, procfile=procfile, pass_env=words(pass_env)
    )
    running = start(setup)
    try:
        yield running
    finally:
        running.stop()
