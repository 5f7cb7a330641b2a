"""Bursts, the types that a change is for, and files that the dynos write themselves."""

from __future__ import annotations

import pytest

from procrun.core.watching import (
    LONGEST,
    QUIET,
    Affected,
    Burst,
    Changed,
    Suspicion,
    What,
    in_words,
    listed,
)


def test_a_burst_is_over_when_nothing_more_comes() -> None:
    """Each further notice makes it last longer."""
    burst = Burst(10.0)
    burst.add("a", What.CREATED, 10.0)
    burst.add("b", What.CHANGED, 10.05)
    burst.add("a", What.GONE, 10.07)

    assert burst.left(10.07) == pytest.approx(QUIET)
    assert burst.left(10.07 + QUIET) <= 0
    assert burst.first == {"a": What.CREATED, "b": What.CHANGED}
    assert burst.of(What.CREATED) == ["a"]


def test_a_burst_has_an_end_even_when_more_comes_all_the_time() -> None:
    """Somebody waits for the restart."""
    burst = Burst(10.0)
    now = 10.0
    while burst.left(now) > 0:
        burst.add("a", What.CHANGED, now)
        now += QUIET / 2

    assert now - 10.0 == pytest.approx(LONGEST, abs=QUIET)


def test_a_change_is_for_the_types_whose_globs_mean_it() -> None:
    """A type with globs of its own has no part in the general ones."""
    own = {"worker": ["jobs/**"], "clock": []}
    jobs = Affected(["**/*.py"], own, ["jobs/a.html"])
    views = Affected(["**/*.py"], own, ["README", "views.py"])
    both = Affected(["**/*.py"], own, ["jobs/a.py"])

    assert [jobs(name) for name in ("web", "worker", "clock")] == [False, True, False]
    assert [views(name) for name in ("web", "worker", "clock")] == [True, False, False]
    assert [both(name) for name in ("web", "worker", "clock")] == [True, True, False]


class TestSuspicion:
    """A file that changes at every start was written by what was started."""

    def test_three_restarts_in_a_row_are_enough(self) -> None:
        """Then it is ignored, and told once."""
        suspicion = Suspicion()
        for _ in range(3):
            assert suspicion.cleared(["a", "b"], 0.1) == ("a", "b")
            assert suspicion.news() == []

        assert suspicion.cleared(["a"], 0.1) == ()
        assert suspicion.news() == ["a"]
        assert suspicion.cleared(["a", "c"], 0.1) == ("c",)
        assert suspicion.news() == []

    def test_a_change_that_comes_later_is_the_users(self) -> None:
        """Even of a file that was ignored before."""
        suspicion = Suspicion()
        for _ in range(5):
            suspicion.cleared(["a"], 0.1)

        assert suspicion.cleared(["a"], 2.5) == ("a",)
        assert suspicion.cleared(["a", "b"], 0.1) == ("b",)

    def test_what_does_not_change_every_time_is_not_suspect(self) -> None:
        """In a row means in a row."""
        suspicion = Suspicion()
        for name in "ababababab":
            assert suspicion.cleared([name], 0.1) == (name,)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (Changed(("a.py",)), "a.py changed"),
        (Changed(("a.py", "b.py")), "a.py and 1 more changed"),
        (Changed(tuple("abc"), many=True), "a and many more changed"),
        (Changed(many=True), "many files changed"),
    ],
)
def test_the_first_file_is_named(changed: Changed, words: str) -> None:
    """And how many there are besides."""
    assert in_words(changed, changed.sources) == words


def test_a_long_list_is_cut() -> None:
    """A line of the log is to be read."""
    assert listed("abc") == "a, b, c"
    assert listed("abcde", most=3) == "a, b, c and 2 more"
