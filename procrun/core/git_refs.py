"""What the files say in which git keeps where its branches are."""

from __future__ import annotations

_DIGITS = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)  # of SHA-1 and of SHA-256
_REFERENCE = "ref:"
_LINK = "gitdir:"


def reference(head: str) -> str:
    """The name of the branch that HEAD or another reference stands for; "" where it is none."""
    if not head.startswith(_REFERENCE):
        return ""
    name = head.removeprefix(_REFERENCE).strip()
    return name if name.startswith("refs/") and ".." not in name else ""


def commit(text: str) -> str:
    """The commit that the text of a reference is, "" for what is none."""
    found = text.strip()
    return found if len(found) in _LENGTHS and _DIGITS.issuperset(found) else ""


def packed(text: str, name: str) -> str:
    """The commit of a branch in the text of `packed-refs`; "" if it is not there."""
    for line in text.splitlines():
        found, _, branch = line.partition(" ")
        if branch == name:
            return commit(found)
    return ""


def link(text: str) -> str:
    """Where the `.git` file of a worktree leads; "" for what is none."""
    return text.removeprefix(_LINK).strip() if text.startswith(_LINK) else ""
