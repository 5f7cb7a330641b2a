"""One process of a dyno, from its start to what became of it."""

from __future__ import annotations


class Incarnation:
    """What is known of it; before a dyno was ever started, of one that never was."""

    def __init__(self, since: float = 0.0, started_at: float = 0.0) -> None:
        self.since = since  # when it was started, on the loop's clock
        self.started_at = started_at  # the same in seconds since the epoch
        self.was_spawned = False
        self.was_up = False
        self.end = ""  # how it ended, in words
        self.code = 0  # the same as an exit code
        self.was_killed = False  # because it, or what it left, did not end by itself
        self.outlives_us = False  # not even SIGKILL ends it
