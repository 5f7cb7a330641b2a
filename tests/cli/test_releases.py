"""`procrun releases` and `rollback`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.running import Starter

TIME = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d [+-]\d{4} \(~ \d+[sm] ago\)"
ENV = "# secrets\nA=one # of A\nB=${A}/x\n"


@pytest.fixture
def app(procrun: Starter) -> Starter:
    """Give an app with three releases."""
    (procrun.folder / ".env").write_text(ENV, encoding="utf-8")
    procrun("config", "set", "A=two", "C=a b").finish()
    procrun("config", "unset", "B").finish()
    return procrun


def env_file(procrun: Starter) -> str:
    """What is in the env file."""
    return (procrun.folder / ".env").read_text(encoding="utf-8")


def test_they_are_listed_newest_first(app: Starter) -> None:
    """With the words and columns of heroku."""
    status, output = app("releases").finish()

    header, blank, *lines = output.splitlines()
    assert (status, blank) == (0, "")
    assert header == f"=== ⬢ {app.folder.name} Releases - Current: v3"
    assert [re.split(" {2,}", line)[:2] for line in lines] == [
        ["v3", "Remove B config vars"],
        ["v2", "Set A, C config vars"],
        ["v1", "Initial release"],
    ]
    assert all(re.fullmatch(TIME, re.split(" {2,}", line)[3]) for line in lines)
    assert len(app("releases", "-n", "2").finish()[1].splitlines()) == 4


def test_a_program_gets_all_but_the_values(app: Starter) -> None:
    """With the names that Heroku's API has."""
    newest, *_, oldest = json.loads(app("releases", "--json").finish()[1])

    assert (newest["version"], newest["current"], oldest["current"]) == (3, True, False)
    assert newest["description"] == "Remove B config vars"
    assert newest["status"] == "succeeded"
    assert newest.keys().isdisjoint({"config", "written"})


def test_what_a_terminal_cannot_show_is_escaped(app: Starter) -> None:
    """Somebody may have written a record by hand."""
    record = app.folder / ".procrun" / "releases" / "v3"
    written = record.read_text(encoding="utf-8")
    record.write_text(written.replace("Remove B", "\\u001b[31m\\n"), encoding="utf-8")

    for words in (("releases",), ("releases", "info")):
        status, output = app(*words).finish()
        assert (status, r"'\x1b[31m\n config vars'" in output) == (0, True), output


def test_there_may_be_none(procrun: Starter) -> None:
    """As heroku says it."""
    assert procrun("releases").finish() == (0, f"⬢ {procrun.folder.name} has no releases.\n")
    assert procrun("releases", "--json").finish() == (0, "[]\n")
    assert procrun("rollback").finish()[0] == 1
    assert procrun("releases", "info").finish()[0] == 1


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_one_is_shown_without_its_secrets(app: Starter, words: tuple[str, ...]) -> None:
    """Only the names of its config vars."""
    status, output = app("releases", "info", *words, "v2").finish()

    assert status == 0
    assert "Set A, C config vars" in output
    assert re.search(r'"?A"?: +"?\*{8}', output)
    assert "two" not in output


def test_the_newest_is_shown_where_none_is_named(app: Starter) -> None:
    """With what can be gone back to."""
    output = app("releases:info").finish()[1]

    assert output.startswith("=== Release v3\n\n")
    assert re.search("^Eligible for Rollback\\?: Yes$", output, re.MULTILINE)
    assert "\n=== v3 Config Vars\n\nA: ********\nC: ********\n" in output


def test_a_rollback_gives_the_values_back(app: Starter) -> None:
    """Comments stay where they are, references are references, and it is a new release."""
    running = app("rollback", "v1", apart=True)

    assert running.finish() == (0, "")
    assert running.errors == (
        "Rolling back to v1 in .env... done, v4\n"
        "procrun: Rollback affects config vars; it does not touch code or databases.\n"
        "procrun: To undo, run: procrun rollback v3\n"
    )
    assert env_file(app) == ENV
    assert "v4  Rollback to v1 " in app("releases").finish()[1]
    app("rollback", "v3").finish()
    assert env_file(app) == "# secrets\nA=two # of A\nC='a b'\n"


def test_a_rollback_means_the_last_good_one_before(app: Starter) -> None:
    """Or the newest, where somebody has edited the file since."""
    app("rollback").finish()
    assert env_file(app) == "# secrets\nA=two # of A\nC='a b'\nB=${A}/x\n"

    (app.folder / ".env").write_text("A=mine\n", encoding="utf-8")
    assert "Rolling back to v4 in .env... done, v6\n" in app("rollback").finish()[1]
    assert env_file(app) == "A=two\nC='a b'\nB=${A}/x\n"
    assert "v5  Edit .env (" in app("releases").finish()[1]


def test_a_procfile_that_is_another_one_is_told(app: Starter) -> None:
    """Because a rollback does not touch it."""
    (app.folder / "Procfile").write_text("web: true\n", encoding="utf-8")
    app("config", "set", "A=1").finish()
    app("config", "set", "A=2").finish()
    (app.folder / "Procfile").write_text("web: false\n", encoding="utf-8")

    assert "The Procfile is not the one of v4.\n" in app("rollback").finish()[1]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("rollback", "v9"), 1, "there is no release v9"),
        (("rollback", "x"), 2, "'x' is not a release"),
        (("releases", "info", "v9"), 1, "there is no release v9"),
        (("releases", "-n", "0"), 2, "--num takes a whole number from 1, not '0'"),
        (("releases", "v1"), 2, "releases does not take 'v1'"),
    ],
    ids=str,
)
def test_what_is_not_there_is_told(
    app: Starter, words: tuple[str, ...], status: int, message: str
) -> None:
    """And nothing is changed."""
    before = env_file(app)

    found, output = app(*words).finish()

    assert found == status
    assert f"procrun: {message}\n" in output
    assert env_file(app) == before
