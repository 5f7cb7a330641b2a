"""One process of a dyno, from its start to what became of it."""

from __future__ import annotations

from enum import Enum


class Reached(Enum):
    """How far a process came."""

    NOTHING = "nothing"  # it could not be started, or nobody has tried
    SPAWNED = "spawned"
    UP = "up"


class Departure(Enum):
    """What it took to end a process and what that left; one after the other."""

    BY_ITSELF = "by itself"  # or by its stop signal
    KILLED = "killed"
    NOT_AT_ALL = "not at all"  # not even SIGKILL ends it


class Incarnation:
    """What is known of it; before a dyno was ever started, of one that never was."""

    def __init__(self, since: float = 0.0, started_at: float = 0.0) -> None:
        self.since = since  # when it was started, on the loop's clock
        self.started_at = started_at  # the same in seconds since the epoch
        self.ended_at: float | None = None  # likewise, once that was noticed
        self.reached = Reached.NOTHING
        self.end = ""  # how it ended, in words
        self.status: int | str | None = None  # the same as exit status or signal's name
        self.code = 0  # the same as an exit code
        self.departure = Departure.BY_ITSELF

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL was sent, to it or to what it left."""
        return self.departure is not Departure.BY_ITSELF

    @property
    def outlives_us(self) -> bool:
        """Whether it is left behind."""
        return self.departure is Departure.NOT_AT_ALL
