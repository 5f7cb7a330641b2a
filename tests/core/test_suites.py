"""What all doors to an app in tests have in common, and which process types run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procrun.core import procfile
from procrun.core.formation import Selection, resolve
from procrun.core.suites import started_types, words

APP = procfile.parse("release: r\nclock: c\nweb: w\nworker: k\n")
NO_WEB = procfile.parse("release: r\nclock: c\nworker: k\n")


@pytest.mark.parametrize(
    ("named", "formation", "words"),
    [
        pytest.param(("worker=2",), {"web": 1}, ("worker=2",), id="named"),
        pytest.param(("nonesuch",), {}, ("nonesuch",), id="named, to be refused later"),
        pytest.param(("all",), {}, ("all",), id="all of them"),
        pytest.param((), {"worker": 2, "web": 1}, ("web=1", "worker=2"), id="app.json"),
        pytest.param((), {"web": 1, "worker": 0}, ("web=1",), id="none of one"),
        pytest.param((), {"test": 1, "worker": 1}, ("worker=1",), id="unknown to the Procfile"),
        pytest.param((), {"release": 1, "clock": 1}, ("clock=1",), id="no service"),
        pytest.param((), {"test": 4}, ("web",), id="nothing of the Procfile"),
        pytest.param((), {"web": 0, "worker": 0}, ("web",), id="nothing at all"),
        pytest.param((), {}, ("web",), id="nobody says anything"),
    ],
)
def test_what_is_named_counts_then_app_json_then_web(
    named: tuple[str, ...], formation: dict[str, int], words: tuple[str, ...]
) -> None:
    """The first of them that says something."""
    assert started_types(APP, named, formation) == words


@pytest.mark.parametrize("formation", [{}, {"web": 1}, {"worker": 0}], ids=str)
def test_without_a_web_type_all_of_them_run(formation: dict[str, int]) -> None:
    """No words mean all services, as for `start`."""
    assert started_types(NO_WEB, (), formation) == ()


@given(
    st.sampled_from([APP, NO_WEB]),
    st.dictionaries(
        st.sampled_from(["web", "worker", "clock", "release", "test"]), st.integers(0, 100)
    ),
)
def test_whatever_app_json_says_something_runs(
    app: procfile.Procfile, formation: dict[str, int]
) -> None:
    """Its formation never leads to one that `start` would refuse."""
    assert resolve(app, Selection(started_types(app, (), formation))).dynos


@pytest.mark.parametrize("given", ["web worker=2", "web, worker=2", " web,worker=2\n"])
def test_a_text_is_divided_into_words(given: str) -> None:
    """By blanks, commas or both."""
    assert words(given) == ("web", "worker=2")


def test_a_sequence_is_taken_as_it_is() -> None:
    """A word of it may have what would divide a text."""
    assert words(["web", "a b"]) == ("web", "a b")
