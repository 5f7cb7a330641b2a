"""Asks git what it ignores: only it knows all of its rules."""

from __future__ import annotations

import os
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

# Of a git hook that procrun may run under: they would send git elsewhere.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
_AT_ONCE = 4000  # bytes of a question, which any pipe can hold, so that nobody waits for the other
_FIELDS = 4  # of an answer: the file of the rule, its line, the rule, the path


class Git:
    """What git knows of the folder `root`; nothing where it is in no work tree."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known = _is_in_repository(root)

    def asked(self) -> Question:
        """Ask it, within a `with`: one process for all that is asked there."""
        return Question(self._root if self._known else "")


class Question:
    """A running git; without a root it ignores nothing, as does one that fails."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def ignored(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths (from the root; folders end with a slash) that git ignores."""
        if not paths or not self._root:
            return set()
        try:
            if self._process is None:
                self._process = _check_ignore(self._root)
                if self._ask([b"./"]):  # all of the root is ignored: then that means nothing
                    self._root = ""
                    return set()
            return {os.fsdecode(path) for batch in _batches(paths) for path in self._ask(batch)}
        except OSError:
            self._root = ""
            return set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process.wait()

    def _ask(self, paths: Sequence[bytes]) -> list[bytes]:
        """Those of the paths that are ignored. BrokenPipeError when git is gone."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        process.stdin.write(b"".join(path + b"\0" for path in paths))
        expected = _FIELDS * len(paths)
        answer = b""
        while answer.count(b"\0") < expected:
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                raise BrokenPipeError
            answer += chunk
        fields = answer.split(b"\0")
        rules, answered = fields[2::_FIELDS], fields[3::_FIELDS]
        return [
            path
            for rule, path in zip(rules, answered, strict=False)
            if rule and not rule.startswith(b"!")
        ]


def _check_ignore(root: str) -> subprocess.Popen[bytes]:
    plain = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    return subprocess.Popen(
        ("git", "check-ignore", "--stdin", "-z", "--verbose", "--non-matching"),
        bufsize=0,  # what is buffered would be written once more when git is gone
        cwd=root,
        env=plain,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _batches(paths: Sequence[str]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for path in map(os.fsencode, paths):
        if batch and size + len(path) >= _AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 1
    if batch:
        yield batch


def _is_in_repository(folder: str) -> bool:
    # Looked for first: without developer tools macOS has a `git` that wants to install them.
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return False
        folder = os.path.dirname(folder)
    return True
