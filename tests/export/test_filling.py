"""What all of our exporters say in the same words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from procrun.export.filling import comment, place_of
from procrun.export.systemd import Export
from tests.export.examples import blueprint


def test_a_comment_shows_what_a_terminal_could_not() -> None:
    """Escaped as in Python; all else is as it is."""
    assert comment("a\nb é \x1b") == "a\\nb é \\x1b"


@given(st.text())
def test_a_comment_is_one_line_whatever_stands_in_it(text: str) -> None:
    """Nothing of it can become a setting."""
    assert comment(text).isprintable()


def test_the_names_of_templates_are_told() -> None:
    """Those of which a folder may have others."""
    assert Export().template_names() == [
        *("app.env", "app.target", "execution.inc", "instance.env", "process.service"),
        *("release.service", "sandbox.inc"),
    ]


def test_a_variable_has_a_place_where_somebody_set_it() -> None:
    """Those that procrun sets have their name alone."""
    app = blueprint(origins={"A": ".env:3", "B\n": "-E"})

    assert [place_of(app, name) for name in ("A", "B\n", "PATH")] == [
        *(".env:3: A", "-E: B\\n", "PATH")
    ]
