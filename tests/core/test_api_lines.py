"""What Heroku's API says in the log."""

from __future__ import annotations

from procrun.core.api_lines import by_user, scaled, starting


def test_lines_are_those_of_real_logs() -> None:
    """With the name of whoever did it; never more than a line."""
    assert by_user("Set FOO, BAR config vars", "ann") == "Set FOO, BAR config vars by user ann"
    assert by_user(starting("bin/migrate"), "ann") == (
        "Starting process with command `bin/migrate` by user ann"
    )
    assert "\n" not in by_user("a\nb", "c\nd")


def test_a_formation_is_told_with_its_sizes() -> None:
    """All of it, what has no dynos included."""
    size = {"web": "eco", "worker": "standard-1x"}.__getitem__

    assert scaled({"web": 2, "worker": 0}, size) == "Scaled to web@2:Eco worker@0:Standard-1X"
