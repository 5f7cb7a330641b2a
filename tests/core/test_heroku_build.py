"""What Heroku's Python buildpack refuses, or does not install."""

from __future__ import annotations

import pytest

from procrun.core.heroku_build import problems
from procrun.core.procfile import parse

GUNICORN = "web: gunicorn shop:app\n"


def told(files: dict[str, str], procfile: str = GUNICORN) -> list[str]:
    """The warnings of an app with these files."""
    found = list(problems(parse(procfile), list(files), files.__getitem__))
    assert all(problem.warning and problem.hint for problem in found)
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "Flask\ngunicorn==23.0\n"},
        {"requirements.txt": "Gunicorn[gevent]>=20 ; python_version > '3'\n", "app.py": ""},
        {"requirements.txt": "-r requirements/production.txt\n"},
        {"requirements.txt": "-e .\n"},
        {"requirements.txt": "git+https://example.com/shop\n"},
        {"requirements.txt": "\0g\0u\0n\0i\0c\0o\0r\0n\0"},
        {"poetry.lock": '[[package]]\nname = "gunicorn"\n', "pyproject.toml": ""},
        {"uv.lock": '[[package]]\nname = "gunicorn"\n', ".python-version": "3.13\n"},
        {"Pipfile": "", "Pipfile.lock": '{"default": {"gunicorn": {}}}'},
        {"requirements.txt": "gunicorn", "runtime.txt": "python-3.13.1\n"},
        {"requirements.txt": "gunicorn", ".python-version": "pypy3.10\n"},
        {"requirements.txt": "gunicorn", ".python-version": "# as on CI\n3.99\n"},
        {"requirements.txt": "", "poetry.lock": "", "package.json": "{}"},
        {"requirements.txt": "", "poetry.lock": "", "heroku.yml": ""},
        {"requirements.txt": "", "poetry.lock": "", ".slugignore": "poetry.lock"},
    ],
)
def test_nothing_is_said_of_what_is_well_or_unknown(files: dict[str, str]) -> None:
    """One manager that has the server; what may bring it along; apps of other buildpacks."""
    assert told(files) == []


def test_a_folder_of_no_language_is_told() -> None:
    """Where the commands say which it is."""
    assert told({}, "web: python web.py\n") == [
        "Heroku's build finds no language here, and refuses that"
    ]
    assert told({}, "web: ./server\n") == []


def test_a_file_of_settings_makes_no_python_app() -> None:
    """What runs there may be anything."""
    assert told({"pyproject.toml": "[tool.procrun]"}, "web: ./server\n") == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"requirements.txt": "gunicorn", "poetry.lock": ""},
            (
                "requirements.txt and poetry.lock name two package managers, and Heroku's build"
                " refuses that"
            ),
        ),
        (
            {"Pipfile": ""},
            "Pipfile: without a Pipfile.lock beside it, Heroku's build refuses this file",
        ),
        (
            {"app.py": "", "pyproject.toml": ""},
            "Heroku's build of a Python app refuses to go without a requirements.txt",
        ),
        (
            {"requirements.txt": "gunicorn", "runtime.txt": "python-3.8.10"},
            "runtime.txt: Heroku has no Python 3.8 any more",
        ),
        (
            {"requirements.txt": "gunicorn", ".python-version": "3.9\n"},
            ".python-version: Heroku has no Python 3.9 any more",
        ),
        (
            {"requirements.txt": "gunicorn", "runtime.txt": "3.12.1"},
            "runtime.txt: Heroku's build refuses a version without python-",
        ),
        (
            {"requirements.txt": "Flask\n# gunicorn\ngunicorn-extra\n"},
            "Procfile:1: web: requirements.txt does not have gunicorn",
        ),
        (
            {"poetry.lock": '[[package]]\nname = "flask"\n'},
            "Procfile:1: web: poetry.lock does not have gunicorn",
        ),
        (
            {"Pipfile.lock": '{"default": {"flask": {}}}'},
            "Procfile:1: web: Pipfile.lock does not have gunicorn",
        ),
    ],
)
def test_what_the_build_refuses_or_lacks(files: dict[str, str], words: str) -> None:
    """In the place where it can be mended."""
    assert told(files) == [words]


def test_what_others_bring_along_need_not_be_in_requirements() -> None:
    """Flask comes with nearly everything of Flask's; a lock file has all there is."""
    procfile = "web: flask run\nworker: celery -A shop worker\n"

    assert told({"requirements.txt": "Flask-Login\n"}, procfile) == []
    assert told({"uv.lock": 'name = "flask"\n'}, procfile) == [
        "Procfile:2: worker: uv.lock does not have celery"
    ]
