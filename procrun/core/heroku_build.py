"""What Heroku's Python buildpack refuses, or does not install, as far as file names tell.

The facts are those of its own source (docs/heroku.md).
"""

from __future__ import annotations

from procrun.core.programs import base, is_python, program, simple_commands
from procrun.core.python_buildpack import DETECTED_BY
from procrun.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from procrun.core.procfile import Procfile

REQUIREMENTS = "requirements.txt"
RUNTIME = "runtime.txt"
VERSION_FILE = ".python-version"
# Of these there has to be exactly one.
_LOCKS = ("Pipfile.lock", REQUIREMENTS, "poetry.lock", "uv.lock")
# With one of these another buildpack, or none, may be the one that counts.
_OF_OTHERS = (
    *("package.json", "Gemfile", "go.mod", "composer.json", "index.php", "pom.xml", "deps.edn"),
    *("build.gradle", "project.clj", "Cargo.toml", "environment.yml"),
    *("heroku.yml", "Dockerfile", "project.toml", ".buildpacks", ".slugignore"),
)
READ = (*_LOCKS, *_OF_OTHERS, "Pipfile", RUNTIME, VERSION_FILE, *DETECTED_BY)
_OLDEST = (3, 10)  # that is installed
# Programs of Python, and what installs them.
_PACKAGES = {
    "alembic": "alembic",
    "celery": "celery",
    "daphne": "daphne",
    "flask": "flask",
    "gunicorn": "gunicorn",
    "hypercorn": "hypercorn",
    "uvicorn": "uvicorn",
    "waitress-serve": "waitress",
}
# Of those, what nothing else is likely to bring along: a requirements.txt may name only the top.
_ALONE = ("gunicorn", "waitress-serve")


def problems(
    procfile: Procfile, files: Collection[str], text: Callable[[str], str]
) -> Iterator[Problem]:
    """Warnings of a Python app's files.

    `files` are those of READ that the root has, and `text` gives what is in one of them.
    """
    if not files and _runs_python(procfile):
        told = "Heroku's build finds no language here, and refuses that"
        hint = f"By a {REQUIREMENTS}, which may be empty, it knows an app of Python."
        yield Problem("", told, hint, warning=True)
    elif files and not set(files).intersection(_OF_OTHERS):
        yield from _managers(files, runs_python=_runs_python(procfile))
        yield from _version(files, text)
        yield from _not_installed(procfile, files, text)


def _runs_python(procfile: Procfile) -> bool:
    """Whether its commands leave no doubt that the app is one of Python."""
    words = (each.words for process in procfile.types for each in simple_commands(process.command))
    return any(program(each)[0] in _PACKAGES or is_python(base(each[0])) for each in words if each)


def _managers(files: Collection[str], *, runs_python: bool) -> Iterator[Problem]:
    locks = [name for name in _LOCKS if name in files]
    if len(locks) > 1:
        text = f"{' and '.join(locks)} name two package managers, and Heroku's build refuses that"
        yield Problem("", text, "Keep the one that you use.", warning=True)
    elif "Pipfile" in files and not locks:
        text = "without a Pipfile.lock beside it, Heroku's build refuses this file"
        yield Problem("Pipfile", text, "`pipenv lock` makes it.", warning=True)
    elif not locks and runs_python:
        text = f"Heroku's build of a Python app refuses to go without a {REQUIREMENTS}"
        hint = "Write one, or have a poetry.lock, uv.lock or Pipfile.lock."
        yield Problem("", text, hint, warning=True)


def _version(files: Collection[str], text: Callable[[str], str]) -> Iterator[Problem]:
    name = next((name for name in (RUNTIME, VERSION_FILE) if name in files), "")
    if not name:
        return
    lines = [line.strip() for line in text(name).splitlines()]
    wanted = next((line for line in lines if line and line[0] != "#"), "")
    version = wanted.removeprefix("python-")
    numbers = version.split(".")
    if name == RUNTIME and version == wanted and numbers[0] == "3":
        hint = f"Write python-{version}."
        yield Problem(name, "Heroku's build refuses a version without python-", hint, warning=True)
    elif _is_version(numbers) and (int(numbers[0]), int(numbers[1])) < _OLDEST:
        told = f"Heroku has no Python {numbers[0]}.{numbers[1]} any more"
        yield Problem(name, told, "Take 3.10 or newer.", warning=True)


def _is_version(numbers: Sequence[str]) -> bool:
    return len(numbers) in (2, 3) and all(number.isdecimal() for number in numbers)


def _not_installed(
    procfile: Procfile, files: Collection[str], text: Callable[[str], str]
) -> Iterator[Problem]:
    locks = [name for name in _LOCKS if name in files]
    if len(locks) != 1:
        return
    lock = locks[0]
    content = text(lock).lower().replace("_", "-")
    known = _ALONE if lock == REQUIREMENTS else tuple(_PACKAGES)
    if not content or "\0" in content or (lock == REQUIREMENTS and _may_bring_more(content)):
        return
    for process in procfile.types:
        for simple in simple_commands(process.command):
            name, _ = program(simple.words)
            if name in known and not _names(content, _PACKAGES[name], lock):
                told = f"{process.name}: {lock} does not have {_PACKAGES[name]}"
                where = f"{procfile.path}:{process.line}"
                yield Problem(where, told, "Add it: Heroku installs nothing else.", warning=True)


def _may_bring_more(requirements: str) -> bool:
    """Whether it names other files or folders, which may have anything."""
    lines = [line.strip() for line in requirements.splitlines()]
    return any(
        line.startswith(("-r", "--r", "-e", "--e", ".", "/", "git+", "http")) for line in lines
    )


def _names(content: str, package: str, lock: str) -> bool:
    if lock == REQUIREMENTS:
        lines = [line.strip() for line in content.splitlines()]
        rests = [line[len(package) :] for line in lines if line.startswith(package)]
        return any(not rest[:1].isalnum() and rest[:1] not in ("-", ".") for rest in rests)
    mark = f'"{package}": {{' if lock == "Pipfile.lock" else f'name = "{package}"'
    return mark in content
