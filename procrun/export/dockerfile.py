"""Of what an image is made that runs an app, by the files in the app's folder."""

from __future__ import annotations

import re

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PYTHON = "3.13"  # where the app does not say


class Stack(Value):
    """How the dependencies of one kind of app are installed."""

    sign: str  # the file that tells it
    copies: str  # what the installation needs of the app: "" for all of it
    install: tuple[str, ...] = ()
    path: str = ""  # a folder for the PATH


# As on Heroku; of several signs the first one counts.
_STACKS = (
    Stack("requirements.txt", "requirements.txt", ("pip install -r requirements.txt",)),
    Stack(
        "Pipfile.lock",
        "Pipfile Pipfile.lock",
        ("pip install pipenv", "pipenv install --system --deploy"),
    ),
    Stack(
        "poetry.lock",
        "pyproject.toml poetry.lock",
        (
            "pip install poetry",
            "POETRY_VIRTUALENVS_CREATE=false poetry install --only main --no-root",
        ),
    ),
    Stack(
        "uv.lock",
        "pyproject.toml uv.lock",
        ("pip install uv", "uv sync --locked --no-dev --no-install-project"),
        "/app/.venv/bin",
    ),
    Stack("pyproject.toml", "", ("pip install .",)),
    Stack("setup.py", "", ("pip install .",)),
    Stack(".python-version", ""),
)
LOOKED_FOR = tuple(stack.sign for stack in _STACKS)


def stack_of(files: Iterable[str]) -> Stack | None:
    """The stack of a Python app, by the names of files in its folder; None for another app."""
    there = frozenset(files)
    return next((stack for stack in _STACKS if stack.sign in there), None)


def secrets(app: str, env_files: Iterable[str]) -> list[str]:
    """The lines of .dockerignore that keep secrets out: of the app's, and of all that is exported.

    `env_files` are below the folder.
    """
    usual = ("**/.env", "**/.env.*", "**/*.env")
    of_exports = (
        "**/*-secret.yaml",
        f"**/{app}.conf",
        f"**/{app}-*-[0-9]*.conf",
        f"**/{app}-*-[0-9]*/env",
        "**/.procrun-*",
    )
    return [*usual, *of_exports, *filter(None, map(_ignoring, env_files))]


def _ignoring(path: str) -> str:
    """What .dockerignore says of an env file in the folder; "" where it has a usual name.

    The `/` in front keeps `#` and `!` from meaning something; `?` is any character.
    """
    name = path.rpartition("/")[2]
    if name.startswith(".env.") or name.endswith(".env"):
        return ""
    return "/" + "".join(each if each.isalnum() or each in "/_-." else "?" for each in path)


def python_version(text: str, environment: str = "") -> str:
    """The version that a `.python-version` asks for, or a pyvenv.cfg has, or the usual one."""
    lines = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = re.fullmatch(
        r"(?:python-)?(\d+\.\d+(?:\.\d+)?)", "\n".join(filter(None, lines)), re.ASCII
    )
    of_environment = re.search(
        r"^version(?:_info)? *= *(\d+\.\d+)\b", environment, re.ASCII | re.MULTILINE
    )
    found = found or of_environment
    return found[1] if found else PYTHON
