"""Which files git does not have, and so does not push."""

from __future__ import annotations

import os
import subprocess

from procrun.watch.git import Git, is_in_repository, plain_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 10.0  # seconds, for git to answer


def lacking(root: str, files: Sequence[str]) -> tuple[list[str], set[str]]:
    """Those of the files (from the root) that are not in git, and those that it ignores.

    None where the root is in no repository, where nothing of it is in git, or where git fails.
    """
    if not files or not is_in_repository(os.path.abspath(root)):
        return [], set()
    tracked = _tracked(root, ["."])
    if not tracked:
        return [], set()  # it may be that nobody pushes it with git
    lacking = [name for name in files if os.path.normpath(name) not in tracked]
    return lacking, Git(os.path.abspath(root)).ignored(lacking)


def _tracked(root: str, files: Sequence[str]) -> set[str]:
    """Those that are in git's index, with what was added and not committed yet."""
    try:
        done = subprocess.run(
            ("git", "ls-files", "-z", "--", *files),
            cwd=root,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
