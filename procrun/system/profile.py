"""The app's profile scripts: what a dyno's shell reads before the command, as on Heroku."""

from __future__ import annotations

import os

_FOLDER = ".profile.d"
_LAST = ".profile"


def reading() -> str:
    """The line of a shell that reads those of the current folder; "" for none."""
    return reading_of(scripts(os.curdir))


def scripts(root: str) -> tuple[str, ...]:
    """Those that there are, in the order in which they are read; relative to the root."""
    try:
        names = sorted(os.listdir(os.path.join(root, _FOLDER)))
    except OSError:  # most apps have none
        names = []
    found = [f"{_FOLDER}/{name}" for name in names if name.endswith(".sh") and name[0] != "."]
    return tuple(each for each in (*found, _LAST) if os.path.isfile(os.path.join(root, each)))


def reading_of(found: tuple[str, ...]) -> str:
    """The line of a shell, in the root, that reads them; "" for none.

    With `.` rather than in a shell of their own: they are there to export variables. One that
    fails does not keep the others, or the command, from being run.
    """
    quoted = (each.replace("'", "'\\''") for each in found)
    return "; ".join(f". './{each}'" for each in quoted)
