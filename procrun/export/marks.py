"""Whose a file is: each that procrun exports begins with a comment that says of which app it is."""

from __future__ import annotations

import os
import re

_HEAD = 2000  # bytes
# In a line of comment that says who wrote the file, or in the one below it.
_MARK = re.compile(
    rb"^[#;][^\n]*[Ww]ritten by[^\n]*?(?:\n[#;][ \t]*)?"
    rb"(procrun export [^\s`]+ --app [A-Za-z0-9_-]+)",
    re.MULTILINE,
)


def mark(of_format: str, app: str) -> str:
    """How the command line begins that writes an app's files of that format."""
    return f"procrun export {of_format} --app {app}"


def mark_of(path: str) -> str:
    """The mark at the head of a plain file; "" for none."""
    if os.path.islink(path) or not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb") as file:
            return mark_in(file.read(_HEAD))
    except OSError:
        return ""


def mark_in(content: bytes) -> str:
    """The same of its content."""
    found = _MARK.search(content[:_HEAD])
    return found[1].decode() if found else ""


def whose(before: bytes, content: bytes) -> str:
    """Who wrote what is there, in words, where a file with another mark would take its place."""
    old, new = mark_in(before), mark_in(content)
    if not new or old == new:
        return ""
    return f"`{old}` wrote it" if old else "procrun did not write it"
