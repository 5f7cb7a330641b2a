"""What the command line and the ini file say to the plugin."""

from __future__ import annotations

import os

import pytest

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
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
WHEN = ("always", "failed", "never")
LINES = 100  # of the app's log in a report
TIMEOUT = 30.0  # seconds for an app to be ready

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
    env_file: tuple[str, ...]
    pass_env: tuple[str, ...]
    release: bool  # run the release phase before an app starts
    is_shared: bool  # one app for all workers of pytest-xdist
    url: str  # of an app that runs already, "" for none
    keep: bool  # let apps go on after the session
    logs: str  # in which reports, one of WHEN
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
        default=WHEN[1],
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
        default=[".env.test"],
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
    return SCOPES[_one_of("procrun_scope", _text(config, "procrun_scope"), SCOPES)]


def of(config: pytest.Config) -> Options:
    """What was said to the session of that configuration, which was checked when it began."""
    return config.stash[_OPTIONS]


def check(config: pytest.Config) -> None:
    """Read all of it. pytest.UsageError, with the name of the option, for what can't be."""
    scope("", config)
    config.stash[_OPTIONS] = _read(config)


def _read(config: pytest.Config) -> Options:
    root = os.path.join(config.rootpath, _text(config, "procrun_root"))
    if not os.path.isdir(root):
        raise pytest.UsageError(f"procrun_root: there is no folder {root}")
    share = _one_of("procrun_share", _text(config, "procrun_share"), SHARES)
    return Options(
        str(config.rootpath),
        os.path.normpath(root),
        _text(config, "procrun_procfile"),
        _text(config, "procrun_processes"),
        _text(config, "procrun_ready"),
        _timeout(config),
        _words(config, "procrun_env_file"),
        _words(config, "procrun_pass_env"),
        bool(_ini(config, "procrun_release", "true or false")),
        share == "run",
        _url(config.getoption("procrun_url")),
        bool(config.getoption("procrun_keep")),
        _one_of("--procrun-logs", str(config.getoption("procrun_logs")), WHEN),
        _lines(str(config.getoption("procrun_log_lines"))),
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


def _one_of(name: str, given: str, choices: Collection[str]) -> str:
    if given.strip() not in choices:
        raise pytest.UsageError(f"{name}: {given!r} is none of {', '.join(choices)}")
    return given.strip()


def _timeout(config: pytest.Config) -> float:
    expected = "a number of seconds, such as 30"
    try:
        seconds = float(str(_ini(config, "procrun_timeout", expected)))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise pytest.UsageError(f"procrun_timeout: must be {expected}")
    return seconds


def _lines(given: str) -> int:
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise pytest.UsageError(f"--procrun-log-lines: {given!r} is no number of lines, such as 20")
    return int(given)


def _url(given: str | None) -> str:
    """Without the slash at its end."""
    if not given:
        return ""
    from urllib.parse import urlsplit

    wrong = pytest.UsageError(
        f"--procrun-url: {given!r} is no address, such as http://127.0.0.1:5000"
    )
    try:
        parts = urlsplit(given)
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise wrong from None
    if not is_good or parts.query or parts.fragment or set(given) & set(" \t\n"):
        raise wrong
    return given.rstrip("/")
