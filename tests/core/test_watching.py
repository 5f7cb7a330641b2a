"""Bursts, the types that a change is for, and files that the dynos write themselves."""

from __future__ import annotations

import pytest

from procrun.core.watching import (
    LONGEST,
    QUIET,
    Affected,
    Burst,
    Edits,
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

    def test_a_file_that_every_start_writes_is_ignored_in_the_end(self) -> None:
        """After three restarts at once and two later; it is told once, and others still count."""
        suspicion = Suspicion()
        told: list[str] = []
        restarts: list[float] = []
        start: float | None = 100.0
        while start is not None:
            now = start + 0.1
            again = [now] if suspicion.cleared(["a"], start, now) else []
            again += suspicion.postponed(["a"]).values()
            told += suspicion.news()
            restarts += [each - start for each in again]
            start = again[0] if again else None

        assert restarts == pytest.approx([0.1, 0.1, 0.1, 2, 4])
        assert told == ["a"]
        assert suspicion.cleared(["a", "b"], 200.0, 200.1) == ("b",)
        assert suspicion.news() == []

    @pytest.mark.parametrize("pause", [0.2, 0.3, 0.45, 0.6, 0.77, 0.9, 1.1, 1.5, 1.9, 2.1, 3, 5])
    def test_what_was_saved_last_is_what_runs(self, pause: float) -> None:
        """However often somebody saves a file, and whenever he is done."""
        for number in range(1, 60):
            saved = [100.0 + pause * each for each in range(number)]
            assert self.newest_start(saved) > saved[-1], number

    @staticmethod
    def newest_start(saved: list[float]) -> float:
        """When a dyno started last whose only source was saved at these times."""
        suspicion = Suspicion()
        start = 0.0
        due: float | None = None
        for now in [*saved, saved[-1] + 100]:
            if due is not None and due <= now:
                start, due = due, None
            if now > saved[-1]:
                break
            if suspicion.cleared(["a"], start, now):
                start, due = now + 0.01, None
            for each in suspicion.postponed(["a"]).values():
                due = each
        return start

    def test_a_change_that_comes_later_is_the_users(self) -> None:
        """Even of a file that was ignored before."""
        suspicion = Suspicion()
        for start in range(10):
            suspicion.cleared(["a"], start, start + 0.1)
        assert suspicion.cleared(["a"], 10, 10.1) == ()

        assert suspicion.cleared(["a"], 10, 12.5) == ("a",)
        assert suspicion.cleared(["a", "b"], 13, 13.1) == ("a", "b")

    def test_several_changes_after_one_start_count_once(self) -> None:
        """A process that takes its time to stop makes none of them worse."""
        suspicion = Suspicion()
        for _ in range(10):
            assert suspicion.cleared(["a"], 1, 1.1) == ("a",)

    def test_what_does_not_change_every_time_is_not_suspect(self) -> None:
        """In a row means in a row."""
        suspicion = Suspicion()
        for start, name in enumerate("ababababab"):
            assert suspicion.cleared([name], start, start + 0.1) == (name,)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (Edits(("a.py",)), "a.py changed"),
        (Edits(("a.py", "b.py")), "a.py and 1 more changed"),
        (Edits(("a\n\x1b[31m.py",)), r"'a\n\x1b[31m.py' changed"),
        (Edits(tuple("abc"), many=True), "a and many more changed"),
        (Edits(many=True), "many files changed"),
    ],
)
def test_the_first_file_is_named(edits: Edits, words: str) -> None:
    """And how many there are besides."""
    assert in_words(edits, edits.sources) == words


def test_a_long_list_is_cut() -> None:
    """A line of the log is to be read."""
    assert listed("abc") == "a, b, c"
    assert listed("abcde", most=3) == "a, b, c and 2 more"
