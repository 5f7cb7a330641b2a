"""Where git says that its branches are."""

from __future__ import annotations

import pytest

from procrun.core.git_refs import commit, link, packed, reference

SHA = "4c3bb32c" * 5
PACKED = f"# pack-refs with: peeled\n{SHA} refs/heads/main\n{'1' * 40} refs/tags/v1\n^{'2' * 40}\n"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("ref: refs/heads/main\n", "refs/heads/main"),
        ("ref: refs/heads/a/b", "refs/heads/a/b"),
        (f"{SHA}\n", ""),
        ("ref: ../../etc/passwd\n", ""),
        ("ref: refs/../../x", ""),
        ("", ""),
    ],
)
def test_head_stands_for_a_branch_or_for_a_commit(head: str, name: str) -> None:
    """Nothing outside of the repository is followed."""
    assert reference(head) == name


def test_a_commit_is_hexadecimal_and_whole() -> None:
    """Nothing else is one."""
    assert commit(f"{SHA}\n") == SHA
    assert commit("a" * 64) == "a" * 64
    for text in ("", SHA[:-1], SHA.upper(), "x" * 40):
        assert commit(text) == ""


def test_branches_may_be_packed() -> None:
    """By their whole names."""
    assert packed(PACKED, "refs/heads/main") == SHA
    assert packed(PACKED, "heads/main") == packed(PACKED, "") == ""


def test_a_worktree_has_a_link() -> None:
    """To the folder with its HEAD."""
    assert link("gitdir: /app/.git/worktrees/x\n") == "/app/.git/worktrees/x"
    assert link("something else") == ""
