"""What is wrong with config vars on Heroku."""

from __future__ import annotations

import pytest

from procrun.core import heroku_config
from procrun.core.config_vars import ConfigVars
from procrun.core.heroku_config import is_sqlite_file, leads_here


def config(**values: str) -> ConfigVars:
    """Config vars of an env file, each on a line of its own, beside one of the shell."""
    origins = {name: f".env:{line}" for line, name in enumerate(values, start=1)}
    return ConfigVars({**values, "SHELL_URL": "http://localhost"}, origins)


def told(**values: str) -> list[str]:
    """The warnings of such config vars."""
    found = list(heroku_config.problems(config(**values)))
    assert all(problem.warning and problem.hint for problem in found)
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:p@localhost/app",
        "postgresql+psycopg2://localhost:5432/app",
        "redis://127.0.0.1:6379/0",
        "http://[::1]:8000",
        "redis://:pass@word@LOCALHOST:6379",
        "amqp://u:p@localhost//",
        "mongodb://localhost:27017,127.0.0.1:27018/app",
        "postgresql:///app",
        "mysql:///app",
    ],
)
def test_urls_that_lead_to_this_machine(value: str) -> None:
    """By name, by address, by a local socket."""
    assert leads_here(value)


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:p@db.example.com/app",
        "redis://localhost.example.com",
        "https://example.com/?next=http://localhost/",
        "https://example.com/localhost",
        "postgres://localhost:p@db.example.com/app",
        "mongodb://localhost,db.example.com/app",
        "postgresql:///app?host=db.example.com",
        "sqlite:///app.db",
        "file:///srv",
        "localhost:5432",
        "//localhost",
        "$(x)://localhost",
        "",
    ],
)
def test_urls_that_do_not(value: str) -> None:
    """Names that only look so, what is in a path, a query or a password; what is no URL."""
    assert not leads_here(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sqlite:///app.db", True),
        ("sqlite:////srv/app.db", True),
        ("sqlite+aiosqlite:///app.db", True),
        ("sqlite://", False),
        ("sqlite:///:memory:", False),
        ("postgres://sqlite/app", False),
        ("sqlite", False),
    ],
)
def test_sqlite_in_a_file(value: str, *, expected: bool) -> None:
    """One in memory is not expected to survive."""
    assert is_sqlite_file(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sqlite:///app.db", True),
        ("sqlite:///instance/app.db?timeout=3", True),
        ("sqlite:////shop/app.db", True),
        ("sqlite:////shopping/app.db", False),
        ("sqlite:////srv/app.db", False),
        ("sqlite:///../app.db", False),
        ("sqlite://", False),
    ],
)
def test_sqlite_in_a_file_of_the_app(value: str, *, expected: bool) -> None:
    """Which a start tells of; another one is a matter of `check`."""
    assert is_sqlite_file(value, "/shop") is expected


def test_one_warning_tells_of_all_and_shows_no_value() -> None:
    """By their names and places; what only the shell has is not theirs."""
    values = {
        "DATABASE_URL": "postgres://u:secret@localhost/app",
        "DEBUG": "http://localhost",
        "REDIS_URL": "redis://localhost",
        "API_URL": "https://example.com",
        "CACHE_URI": "sqlite:///app.db",
    }

    assert told(**values) == [
        ".env:1: DATABASE_URL and REDIS_URL (.env:3) lead to this machine",
        ".env:5: CACHE_URI is an SQLite file",
    ]
    assert told(REDIS_URL="redis://localhost") == [".env:1: REDIS_URL leads to this machine"]
    assert told(DATABASE_URL="postgres://u:p@db.example.com/app") == []


def test_all_of_them_together_may_be_too_large() -> None:
    """Heroku takes 64 kB."""
    assert told(A="x" * 65535) == []
    assert told(A="x" * 65536) == ["all config vars have 65,537 bytes, and Heroku takes 65,536"]


@pytest.mark.parametrize(
    ("version", "number"),
    [("1.4.0", 1), ("2.0.40", 1), ("2.1b1", 0), ("1.3.24", 0), ("0.9", 0), ("", 0), ("2", 0)],
)
def test_the_scheme_that_sqlalchemy_refuses(version: str, number: int) -> None:
    """Since 1.4; where the version can't be told nothing is said."""
    found = config(
        DATABASE_URL="postgres://h/app", OTHER_URL="postgresql://h/app", NOTE="postgres://"
    )

    assert heroku_config.uses_refused_scheme(found) == ["DATABASE_URL"]
    assert len(list(heroku_config.refused_scheme(found, version))) == number
    assert heroku_config.uses_refused_scheme(config(DATABASE_URL="postgresql://h/app")) == []
