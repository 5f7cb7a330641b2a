"""The names of the running app's dynos in a file, one to a line: for completion in the shells.

A shell reads it at each press of Tab, where a call of procrun would be felt.
"""

from __future__ import annotations

from procrun.system.own_files import write_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Roster:
    """The file at `path`, written anew when the names change."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._names: Sequence[str] | None = None

    def update(self, names: Sequence[str]) -> None:
        """Note that these are the names now. A full disk is no reason to complain."""
        if names == self._names:
            return
        self._names = names
        try:
            write_anew(self._path, [f"{name}\n".encode() for name in names])
        except OSError:
            pass
