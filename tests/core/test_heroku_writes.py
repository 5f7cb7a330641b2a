"""What processes write into the app's folder."""

from __future__ import annotations

import pytest

from procrun.core.heroku_writes import Written, in_words, sorted_out


@pytest.mark.parametrize(
    "path",
    [
        "/srv/other/app.log",
        "/srv/apple/app.log",
        "/tmp/app.log",
        "/srv/app/.git/index",
        "/srv/app/.procrun/log",
        "/srv/app/.coverage",
        "/srv/app/node_modules/a/b.log",
        "/srv/app/venv/lib/python3.12/site-packages/a.db",
        "/srv/app/app/__pycache__/a.pyc",
        "/srv/app/app.pid",
        "/srv/app/tmp/upload",
        "/srv/app/celerybeat-schedule.db",
    ],
)
def test_what_need_not_survive_is_left_out(path: str) -> None:
    """What is elsewhere, hidden, installed, or for the process alone."""
    assert sorted_out("/srv/app", [path]) == {}


def test_the_rest_is_sorted() -> None:
    """Each once; what stands beside a database is part of it."""
    names = [
        "log/app",
        "app.log",
        "app.db",
        "app.db-wal",
        "instance/b.sqlite3",
        "up/c.jpg",
        "app.db",
    ]

    assert sorted_out("/srv/app", [f"/srv/app/{name}" for name in names]) == {
        Written.LOG: ["log/app", "app.log"],
        Written.DATABASE: ["app.db", "instance/b.sqlite3"],
        Written.OTHER: ["up/c.jpg"],
    }


@pytest.mark.parametrize("kind", Written)
def test_each_has_words_and_a_remedy(kind: Written) -> None:
    """With the file as it is called from the root, and nothing that a terminal would obey."""
    words, hint = in_words(kind, "a\x1b.log")

    assert r"'a\x1b.log'" in words
    assert hint.endswith(".")
