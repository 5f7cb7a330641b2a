"""What can be known before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from procrun.advice.before import before_start
from procrun.core.config_vars import ConfigVars
from procrun.core.procfile import parse
from procrun.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

URL = "postgres://u:secret@db.example.com/app"
CONFIG = ConfigVars({"DATABASE_URL": URL}, {"DATABASE_URL": ".env:1"})
REFUSED = (
    ".env:1: DATABASE_URL begins with postgres://, which SQLAlchemy 2.0.1 refuses."
    ' In code: url.replace("postgres://", "postgresql://", 1). On Heroku it is always so.'
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a root whose environment has SQLAlchemy."""
    (tmp_path / "venv/lib/python3.13/site-packages/sqlalchemy-2.0.1.dist-info").mkdir(parents=True)
    return Settings(str(tmp_path))


def test_each_is_one_line_with_its_remedy(settings: Settings) -> None:
    """Of the Procfile first, and then of the config vars."""
    procfile = parse("web: gunicorn -b :8000 shop:app\n")

    assert before_start(settings, procfile, CONFIG) == [
        (
            "warning: Procfile:1: web: gunicorn listens on port 8000, and Heroku's router asks on"
            " $PORT. Write --bind 0.0.0.0:$PORT."
        ),
        f"warning: {REFUSED}",
    ]


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ('URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)', 0),
        ("URL = re.sub('^postgres:', 'postgresql:', os.environ['DATABASE_URL'])", 0),
        ("URL = os.environ.get('DATABASE_URL') or 'postgresql://localhost/app'", 1),
    ],
)
def test_code_that_replaces_the_scheme_is_well(
    settings: Settings, tmp_path: Path, source: str, number: int
) -> None:
    """It is what the remedy says."""
    (tmp_path / "config.py").write_text(source, encoding="utf-8")

    assert len(before_start(settings, parse("web: gunicorn shop:app\n"), CONFIG)) == number


def test_a_file_of_flasks_own_may_say_where_it_listens(settings: Settings, tmp_path: Path) -> None:
    """Then nothing is said."""
    procfile = parse("web: flask run\n")
    assert len(before_start(settings, procfile, ConfigVars({}, {}))) == 1

    (tmp_path / ".flaskenv").touch()

    assert before_start(settings, procfile, ConfigVars({}, {})) == []
