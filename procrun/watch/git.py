"""Asks git what it ignores: only it knows all of its rules."""

from __future__ import annotations

import os
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Of a git hook that procrun may run under: they would send git elsewhere.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_FIELDS = 4  # of an answer: the file of the rule, its line, the rule, the path
_ROOT = "./"


class Git:
    """What git ignores below `root`: nothing where it is in no repository, or git fails."""

    def __init__(self, root: str) -> None:
        self._root = root
        # Looked for first: without developer tools macOS has a `git` that wants to install them.
        folder = _repository(root)
        self._answers = bool(folder)
        self._asked = False
        self.lock = f"{folder}/index.lock" if folder else ""

    def ignored(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths (from the root; folders end with a slash) that git ignores.

        Where the root itself is ignored nothing is, because somebody wants to work there.
        """
        if not paths or not self._answers:
            return set()
        first = [] if self._asked else [_ROOT]
        self._asked = True
        # What is in git is not ignored, whatever the rules say. But to read the list of what is in
        # git takes ten times as long as the rules: only who needs it pays for it.
        found = self._ask([*first, *paths], "--no-index")
        self._answers = _ROOT not in found
        files = [path for path in found if path[-1] != "/"]
        if not self._answers or not files:
            return found if self._answers else set()
        return found.difference(files) | self._ask(files)

    def _ask(self, paths: Sequence[str], *options: str) -> set[str]:
        plain = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
        try:
            done = subprocess.run(
                ("git", "check-ignore", "--stdin", "-z", "--verbose", *options),
                cwd=self._root,
                env=plain,
                input=b"".join(os.fsencode(path) + b"\0" for path in paths),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:  # there is no git
            return set()
        fields = done.stdout.split(b"\0")
        rules, answered = fields[2::_FIELDS], fields[3::_FIELDS]
        found = zip(rules, answered, strict=False)  # it may have failed half-way
        return {os.fsdecode(path) for rule, path in found if not rule.startswith(b"!")}


def _repository(folder: str) -> str:
    """Where git keeps what it knows of a folder; "" for a folder that is in no repository."""
    while not os.path.exists(place := os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)
    if os.path.isdir(place):
        return place
    with open(place, encoding="utf-8", errors="replace") as file:  # of a worktree or a submodule
        return os.path.join(folder, file.read().partition(":")[2].strip())
