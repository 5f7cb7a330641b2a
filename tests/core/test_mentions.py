"""Which variables a source mentions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core import mentions


@pytest.mark.parametrize(
    "source",
    [
        'os.environ["X_1"]',
        "os.environ['X_1']",
        'os.environ.get("X_1", "default")',
        "os.environ.get(\n    'X_1'\n)",
        'os.environ.pop("X_1")',
        'environ["X_1"]',
        'os.getenv("X_1")',
        'getenv("X_1")',
        'env("X_1")',
        'env.bool("X_1", default=False)',
        'config("X_1", cast=int)',
        "process.env.X_1",
        "process.env.X_1.split(',')",
        'process.env["X_1"]',
        "ENV['X_1']",
        'ENV.fetch("X_1")',
        'ENV.fetch("X_1") { 7 }',
    ],
)
def test_every_usual_way_to_ask_is_seen(source: str) -> None:
    """Of Python, JavaScript and Ruby."""
    assert "X_1" in set(mentions.in_source(f"a = {source}\nb = 2\n"))


@pytest.mark.parametrize(
    "source",
    [
        'print("X_1")',
        "X_1 = 1",
        'os.environ[f"X_{n}"]',
        'environment["X_1"]',
        "open('.env')",
        "env",
        "",
    ],
)
def test_what_does_not_ask_is_not_taken_for_it(source: str) -> None:
    """A name alone is no mention."""
    assert "X_1" not in set(mentions.in_source(source))


@given(st.text(st.sampled_from("env.environ[\"'(getX_1 \nENVconfig${}=")))
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Whatever stands in it."""
    names = [*mentions.in_source(text), *mentions.in_env_file(text), *mentions.set_in_script(text)]

    assert all(name.isidentifier() for name in names)


def test_references_of_an_env_file_are_seen() -> None:
    """With and without a default."""
    assert list(mentions.in_env_file("A=${B}-${C:-d}\nD=$E\n")) == ["B", "C"]


def test_what_a_profile_script_sets_is_seen() -> None:
    """Exported or not; options of commands are no variables."""
    text = "export A=1 B=2\nC=${C:-3}\ncmd --d=4\necho $E=5\n"

    assert set(mentions.set_in_script(text)) == {"A", "B", "C"}


@pytest.mark.parametrize("name", ["HOME", "PATH", "USER", "LC_ALL", "XDG_DATA_HOME", "PROCRUN_X"])
def test_what_belongs_to_a_login_is_not_meant(name: str) -> None:
    """An app that asks for it has its reasons."""
    assert not mentions.may_be_meant(name)
    assert mentions.may_be_meant(f"MY_{name}")


def test_there_is_one_line_with_names_and_a_remedy() -> None:
    """Sorted, and the rest is counted."""
    assert mentions.in_words(()) == ""
    assert mentions.in_words({"A"}) == (
        "the app mentions A, and only your shell has it: no process gets it."
        " Put it into an env file, or name it with -E"
    )
    assert "mentions A and B, and only your shell has them" in mentions.in_words({"B", "A"})
    many = mentions.in_words({f"N{number:02}" for number in range(13)})
    assert "N08, N09 and 3 more, and" in many
    assert "N10" not in many
