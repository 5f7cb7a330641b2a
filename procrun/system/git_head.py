"""The commit that is checked out, without asking git: that would take longer than a start."""

from __future__ import annotations

import os

from procrun.core import git_refs

_LONGEST = 8 << 20  # bytes of a file of references
_DEEPEST = 5  # references that stand for another one


def commit(root: str) -> str:
    """The commit of the repository around a folder, in full; "" if there is none that is found."""
    folder = _repository(os.path.abspath(root))
    if not folder:
        return ""
    shared = os.path.normpath(os.path.join(folder, _text(folder, "commondir").strip()))
    text = _text(folder, "HEAD")
    for _ in range(_DEEPEST):
        name = git_refs.reference(text)
        if not name:
            break
        text = _text(folder, name) or _text(shared, name)
        if not text:
            return git_refs.packed(_text(shared, "packed-refs"), name)
    return git_refs.commit(text)


def _repository(folder: str) -> str:
    """The folder with HEAD of the repository that a folder is in; "" for none."""
    while True:
        path = os.path.join(folder, ".git")
        if os.path.isdir(path):
            return path
        if os.path.isfile(path):
            return os.path.join(folder, git_refs.link(_text(folder, ".git")))
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read(_LONGEST).decode("utf-8", "replace")
    except OSError:
        return ""
