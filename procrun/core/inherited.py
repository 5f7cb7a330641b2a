"""What an app in tests inherits of the environment that the tests run in.

What a developer has exported, a DATABASE_URL, a DJANGO_SETTINGS_MODULE, a PYTHONPATH, must not
make a test pass: an app gets its config vars from its own files. So the rest is left out, but for
what says where things are on this machine and in what language it speaks:

* LD_LIBRARY_PATH and NIX_LD are needed where the programs themselves do not load without them:
  GitHub's setup-python sets the one, NixOS the other. macOS takes DYLD_* away from whatever
  /bin/sh starts, so that they would not reach an app anyway.
* COVERAGE_PROCESS_* makes coverage measure the app too.
* Proxies belong to the network. Certificates (SSL_CERT_FILE and its like), the sockets of agents
  and Docker, and XDG_* do not: an app runs without them, and who needs one names it in `pass_env`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALWAYS = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ"),
    *("LANG", "LANGUAGE", "LC_*"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"),
    *("LD_LIBRARY_PATH", "NIX_LD", "NIX_LD_LIBRARY_PATH"),
    "COVERAGE_PROCESS_*",
    *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
)

_DEFAULT_PATH = "/bin:/usr/bin"  # where programs are looked for without a PATH


class Interpreter(Value):
    """The Python that runs the tests."""

    programs: str  # the folder that it and the programs of its packages are in
    environment: str = ""  # the virtual environment that it belongs to, if it does


def chosen(caller: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """The variables whose names fit one of the patterns, names with `*` and `?`."""
    wanted = tuple(patterns)
    return {
        name: value
        for name, value in caller.items()
        if any(fnmatchcase(name, pattern) for pattern in wanted)
    }


def with_programs_of(interpreter: Interpreter, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `python` and `gunicorn` are those of the tests' Python.

    The tests import the app from there, so that all else would be another app. A virtual
    environment need not be activated for that (`.venv/bin/pytest`), and if another one is (often
    conda's base), this one comes before it, as if it had been activated last. Other Pythons keep
    their place on the PATH if they have one: /usr/bin does not go before /usr/local/bin.
    """
    folders = (environment.get("PATH") or _DEFAULT_PATH).split(":")
    changed = dict(environment)
    if interpreter.environment:
        folders = [folder for folder in folders if folder != interpreter.programs]
        changed["VIRTUAL_ENV"] = interpreter.environment
    if interpreter.programs not in folders:
        changed["PATH"] = ":".join((interpreter.programs, *folders))
    return changed
