"""Locks on open files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrun.system.locks import take_if_free

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_is_ours_until_the_file_is_closed(tmp_path: Path) -> None:
    """Nobody waits for it."""
    path = tmp_path / "lock"
    with path.open("w") as ours, path.open() as theirs:
        assert take_if_free(ours.fileno())
        assert not take_if_free(theirs.fileno())
        ours.close()
        assert take_if_free(theirs.fileno())
