"""Asks git what it ignores: only it knows all of its rules."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Of a git hook that procrun may run under: they would send git elsewhere.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_FIELDS = 4  # of an answer: the file of the rule, its line, the rule, the path
_ROOT = "./"
_PATIENCE = 10.0  # seconds, for git to answer
_LONGEST_LINK = 8192  # bytes of a .git file


class Git:
    """What git ignores below `root`: nothing where it is in no repository, or git fails."""

    def __init__(self, root: str) -> None:
        self.note = ""  # what the user is to be told, once
        self._running: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Lock()
        self._stopped = False
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
        if _ROOT in found:
            self._answers = False
        files = [path for path in found if path[-1] != "/"]
        if not self._answers or not files:
            return found if self._answers else set()
        return found.difference(files) | self._ask(files)

    def stop(self) -> None:
        """Answer no more, and end git if it runs. To be called in another thread."""
        with self._stopping:
            self._stopped = True
            if self._running is not None:
                _kill(self._running)

    def _ask(self, paths: Sequence[str], *options: str) -> set[str]:
        command = ("git", "check-ignore", "--stdin", "-z", "--verbose", *options)
        answer = self._run(command, b"".join(os.fsencode(path) + b"\0" for path in paths))
        fields = answer.split(b"\0")
        rules, answered = fields[2::_FIELDS], fields[3::_FIELDS]
        found = zip(rules, answered, strict=False)  # it may have failed half-way
        return {os.fsdecode(path) for rule, path in found if not rule.startswith(b"!")}

    def _run(self, command: Sequence[str], given: bytes) -> bytes:
        """What git writes; nothing where there is no git, or none that answers."""
        with self._stopping:
            if self._stopped:
                return b""
            try:
                git = self._running = subprocess.Popen(
                    command,
                    cwd=self._root,
                    env=plain_environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # to be killed with all that it has started
                )
            except OSError:  # there is no git
                return b""
        with git:
            try:
                return git.communicate(given, _PATIENCE)[0]
            except subprocess.TimeoutExpired:
                self._answers = False
                self.note = "git does not answer: what it ignores is watched, too"
                _kill(git)
                return b""
            finally:
                with self._stopping:
                    self._running = None


def plain_environment() -> dict[str, str]:
    """Our environment without what would send git to another repository."""
    return {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}


def is_in_repository(folder: str) -> bool:
    """Whether an absolute folder is in a repository."""
    return bool(_repository(folder))


def _kill(git: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(git.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended


def _repository(folder: str) -> str:
    """Where git keeps what it knows of a folder; "" for a folder that is in no repository."""
    while not os.path.exists(place := os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)
    if os.path.isdir(place):
        return place
    label, _, path = _content(place).partition(b":")  # of a worktree or a submodule
    path = path.strip()
    if label != b"gitdir" or not path or b"\0" in path:
        return ""
    return os.path.join(folder, os.fsdecode(path))


def _content(path: str) -> bytes:
    """The beginning of a plain file; nothing of what is none, or cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _LONGEST_LINK) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    finally:
        os.close(fd)
