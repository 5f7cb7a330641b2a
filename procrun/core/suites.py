"""What all doors to an app in tests have in common: fixtures, `procrun.testing`, `procrun with`."""

from __future__ import annotations

from enum import Enum

_WEB = "web"  # of core/names.py, which is more than a suite without an app need import
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.core.procfile import Procfile

ENV_FILE = ".env.test"  # read if it is there, where none is named
ANSWER = "answer:/"  # what is waited for of web where nobody says otherwise
TIMEOUT = 30.0  # seconds for an app to be ready
TAIL = 25  # lines of its log that explain what went wrong

_ADDRESS = "127.0.0.1"


class ShowLog(Enum):
    """When an app's log is shown."""

    ALWAYS = "always"
    FAILED = "failed"  # if a test, or a command, has failed
    NEVER = "never"


def words(given: str | Sequence[str]) -> tuple[str, ...]:
    """The words of a text, divided by blanks or commas, or of a sequence."""
    if isinstance(given, str):
        return tuple(given.replace(",", " ").split())
    return tuple(given)


def url_of(port: int) -> str:
    """Where a process answers, without a slash at the end."""
    return f"http://{_ADDRESS}:{port}"


def started_types(
    procfile: Procfile, named: Sequence[str], formation: Mapping[str, int]
) -> tuple[str, ...]:
    """The words, such as `web=2`, that say what to start, as `start` takes them; none means all.

    Words that are named count, and else what the formation of app.json says of the types that the
    Procfile has, and else `web` alone, and where there is none all of them. A formation in which
    nothing runs says nothing.
    """
    if named:
        return tuple(named)
    services = [process.name for process in procfile.services]
    stated = tuple(f"{name}={formation[name]}" for name in services if formation.get(name))
    return stated or tuple(name for name in services if name == _WEB)
