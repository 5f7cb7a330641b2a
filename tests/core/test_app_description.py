"""An app as it is described."""

from __future__ import annotations

import json

import pytest

from procrun.core.app_description import AppDescription, python_version

AT_REST = AppDescription(
    "shop", "/home/me/shop", "Procfile", (".env", "b"), ("A", "B"), None, None, False, False
)
RUNNING = AT_REST.replace(
    release="v3",
    python="3.13",
    heroku=True,
    router=True,
    pid=42,
    since=1.5,
    web_urls=("https://shop.localhost:5443", "http://127.0.0.1:5000"),
    dynos={"web": 2, "worker": 1},
    maintenance=True,
)


def test_people_get_rows_in_the_order_of_their_names() -> None:
    """What is many has a line for each; the first URL is the one to open."""
    assert list(RUNNING.for_people("now")) == [
        "Dynos:       web: 2, worker: 1",
        "Env Files:   .env",
        "             b",
        "Heroku:      yes",
        "Maintenance: on",
        "Pid:         42",
        "Procfile:    Procfile",
        "Python:      3.13",
        "Release:     v3",
        "Root:        /home/me/shop",
        "Router:      on",
        "Started:     now",
        "Web URL:     https://shop.localhost:5443",
        "             http://127.0.0.1:5000",
    ]


def test_what_is_not_known_is_left_out() -> None:
    """Of an app that does not run."""
    names = [row.partition(":")[0].strip() for row in AT_REST.for_people("")]

    assert names == ["Dynos", "Env Files", "b", "Heroku", "Procfile", "Root", "Router"]
    assert next(AT_REST.for_people("")) == "Dynos:       none: the app does not run"
    assert "release" not in "\n".join(AT_REST.for_shells())


def test_the_current_release_is_not_one_that_failed() -> None:
    """Which is told beside it, and by itself to programs."""
    later = RUNNING.replace(release_note="v4 failed")
    first = AT_REST.replace(release_note="v1 failed")

    assert "Release:     v3 (v4 failed)" in later.for_people("")
    assert "Release:     none (v1 failed)" in first.for_people("")
    assert {"release=v3", "release_note='v4 failed'"} <= set(later.for_shells())
    assert later.for_programs()["release"] == "v3"
    assert later.for_programs()["release_note"] == "v4 failed"


def test_shells_get_quoted_lines() -> None:
    """In snake_case, in the order of the names; a list has commas."""
    lines = list(RUNNING.for_shells())

    assert lines == sorted(lines)
    assert "dynos='web:2,worker:1'" in lines
    assert "maintenance=true" in lines
    assert "pid=42" in lines
    assert "web_urls='https://shop.localhost:5443,http://127.0.0.1:5000'" in lines


def test_programs_get_every_field_and_no_secret() -> None:
    """Numbers are numbers, and what is not known is null."""
    fields = json.loads(json.dumps(AT_REST.for_programs()))

    assert fields["config_vars"] == {"A": "********", "B": "********"}
    assert (fields["pid"], fields["dynos"], fields["heroku"]) == (None, None, False)


@pytest.mark.parametrize(
    ("runtime", "version_file", "expected"),
    [
        ("", "", None),
        ("python-3.13.1\n", "3.12", "3.13.1"),
        ("", "# ours\n\n3.12 # or so\n3.11\n", "3.12"),
        ("\x1b[2J", "", None),
    ],
)
def test_the_version_of_python(runtime: str, version_file: str, expected: str | None) -> None:
    """The older file wins, as on Heroku; what a terminal can't show is no version."""
    assert python_version(runtime, version_file) == expected
