"""Which program a command starts."""

from __future__ import annotations

import pytest

from procrun.core.programs import is_python, program, script, simple_commands, values


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("gunicorn app:app", "gunicorn"),
        ("exec venv/bin/gunicorn app:app", "gunicorn"),
        ("env A=1 B=2 gunicorn app:app", "gunicorn"),
        ("newrelic-admin run-program gunicorn app:app", "gunicorn"),
        ("poetry run python -u -m gunicorn app:app", "gunicorn"),
        ("bundle exec rails s", "rails"),
        ("python3.12 manage.py runserver", "manage.py"),
        ("poetry install", "poetry"),
        ("uv run --with x gunicorn", ""),
        ("python -c pass", ""),
        ("python", ""),
        ("$SERVER app:app", ""),
        ("exec", ""),
    ],
)
def test_it_is_found_behind_what_stands_in_front(words: str, name: str) -> None:
    """Wrappers that are known, Python's own options; nothing where it can't be told."""
    assert program(words.split())[0] == name


def test_its_arguments_follow() -> None:
    """All that stands behind the name."""
    assert program(["exec", "python", "-m", "flask", "run", "-p", "1"]) == (
        "flask",
        ("run", "-p", "1"),
    )


def test_a_shell_in_a_command_is_read_as_well() -> None:
    """What is quoted for it is a command line again; one that is broken has no commands."""
    words = [simple.words for simple in simple_commands("bash -c 'a 1; b' && c")]

    assert words == [("bash", "-c", "a 1; b"), ("a", "1"), ("b",), ("c",)]
    assert simple_commands("a 'b") == ()


def test_the_values_of_an_option() -> None:
    """In each of the forms in which it is written; an option at the end has none."""
    words = "-b 1 -b2 --bind 3 --bind=4 --binder=5 --bin --bind".split()

    assert list(values(words, ("-b", "--bind"))) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("python", True),
        ("python3", True),
        ("python3.12", True),
        ("pythonic", False),
        ("ruby", False),
    ],
)
def test_python_has_several_names(name: str, *, expected: bool) -> None:
    """With and without a version."""
    assert is_python(name) is expected


def test_a_script_has_a_path() -> None:
    """Whoever runs it; a module or another program has none."""
    assert script(["python", "-u", "src/app.py", "a"]) == "src/app.py"
    assert script(["exec", "./app.py"]) == "./app.py"
    assert script(["python", "-m", "app"]) == ""
    assert script(["gunicorn", "app:app"]) == ""
