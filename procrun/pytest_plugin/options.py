"""What the command line and the ini file say to the plugin."""

from __future__ import annotations

import os

import pytest

from procrun.core.suites import TIMEOUT, ShowLog
from procrun.pytest_plugin.texts import SECONDS, address, count, folder, one_of, seconds
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Scope = Literal["session", "module", "class", "function"]

# The scopes as literals, so that type checkers know what comes out of it.
SCOPES: dict[str, Scope] = {
    "session": "session",
    "module": "module",
    "class": "class",
    "function": "function",
}
SHARES = ("worker", "run")
WHEN = tuple(each.value for each in ShowLog)
LINES = 100  # of the app's log in a report

# pytest can read numbers since 8.4, which its own TOML tables need: 30 is no text there.
_NUMBER: Literal["float", "string"] = "float" if hasattr(pytest, "HIDDEN_PARAM") else "string"


class Options(Value):
    """All of it, checked; paths are absolute."""

    rootdir: str  # pytest's
    root: str  # the app's
    procfile: str
    processes: str
    ready: str
    timeout: float
    env_file: tuple[str, ...] | None  # None: .env.test, if it is there
    pass_env: tuple[str, ...]
    release: bool  # run the release phase before an app starts
    is_shared: bool  # one app for all workers of pytest-xdist
    url: str  # of an app that runs already, "" for none
    keeps_apps: bool  # let apps go on after the session
    logs: ShowLog  # in which reports
    log_lines: int


_OPTIONS: pytest.StashKey[Options] = pytest.StashKey()


def declare(parser: pytest.Parser) -> None:
    """Tell pytest what there is."""
    group = parser.getgroup("procrun", "procrun: the app under test")
    group.addoption("--procrun-url", metavar="URL", help="test the app that runs at URL already")
    group.addoption(
        "--procrun-keep",
        action="store_true",
        help="let apps go on after the session, and say how to reach and stop them",
    )
    group.addoption(
        "--procrun-logs",
        metavar="WHEN",
        default=ShowLog.FAILED.value,
        help="in which reports the app's log is shown: always, failed (default), never",
    )
    group.addoption(
        "--procrun-log-lines",
        metavar="N",
        default=str(LINES),
        help=f"how many lines of it at most (default: {LINES})",
    )
    parser.addini("procrun_root", "the app's folder (default: the rootdir)", default="")
    parser.addini("procrun_procfile", "the Procfile (default: Procfile in its folder)", default="")
    parser.addini(
        "procrun_processes",
        "what runs, such as `web worker=2` (default: what app.json says for tests, or web)",
        default="",
    )
    parser.addini("procrun_ready", "what tells that web is ready (default: any answer)", default="")
    parser.addini(
        "procrun_timeout", "seconds for an app to get ready", _NUMBER, default=f"{TIMEOUT:g}"
    )
    parser.addini(
        "procrun_env_file",
        "the app's env files, none if empty (default: .env.test if it is there)",
        "args",
        default=(),  # no list, as all that is set; older ones take None for an empty list
    )
    parser.addini(
        "procrun_pass_env",
        "variables, with * and ?, that the app gets of this environment besides the usual few",
        "args",
        default=[],
    )
    parser.addini(
        "procrun_scope",
        "how long an app is shared: session (default), module, class or function",
        default="session",
    )
    parser.addini(
        "procrun_release", "run the release phase once before an app starts", "bool", default=False
    )
    parser.addini(
        "procrun_share",
        "under pytest-xdist, an app for each `worker` (default) or one for the whole `run`",
        default="worker",
    )


def scope(fixture_name: str, config: pytest.Config) -> Scope:
    """The scope of the fixtures that give an app."""
    del fixture_name
    return SCOPES[one_of("procrun_scope", _text(config, "procrun_scope"), SCOPES)]


def of(config: pytest.Config) -> Options:
    """What was said to the session of that configuration, which was checked when it began."""
    return config.stash[_OPTIONS]


def check(config: pytest.Config) -> None:
    """Read all of it. pytest.UsageError, with the name of the option, for what can't be."""
    scope("", config)
    config.stash[_OPTIONS] = _read(config)


def _read(config: pytest.Config) -> Options:
    share = one_of("procrun_share", _text(config, "procrun_share"), SHARES)
    return Options(
        str(config.rootpath),
        folder("procrun_root", os.path.join(config.rootpath, _text(config, "procrun_root"))),
        _text(config, "procrun_procfile"),
        _text(config, "procrun_processes"),
        _text(config, "procrun_ready"),
        seconds("procrun_timeout", str(_ini(config, "procrun_timeout", SECONDS))),
        _files(config, "procrun_env_file"),
        _words(config, "procrun_pass_env"),
        bool(_ini(config, "procrun_release", "true or false")),
        share == "run",
        address("--procrun-url", config.getoption("procrun_url") or ""),
        bool(config.getoption("procrun_keep")),
        ShowLog(one_of("--procrun-logs", str(config.getoption("procrun_logs")), WHEN)),
        count("--procrun-log-lines", str(config.getoption("procrun_log_lines"))),
    )


def _ini(config: pytest.Config, name: str, expected: str) -> object:
    """What the ini file says. Before pytest 9.2 what is no number is a ValueError."""
    try:
        return config.getini(name)
    except (ValueError, TypeError, pytest.UsageError):
        raise pytest.UsageError(f"{name}: must be {expected}") from None


def _text(config: pytest.Config, name: str) -> str:
    return str(_ini(config, name, "a text")).strip()


def _words(config: pytest.Config, name: str) -> tuple[str, ...]:
    found = _ini(config, name, "words, in quotes where they have blanks")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _files(config: pytest.Config, name: str) -> tuple[str, ...] | None:
    """None where nothing is set."""
    is_set = isinstance(_ini(config, name, "paths"), list)
    return _words(config, name) if is_set else None
