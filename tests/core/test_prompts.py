"""Which open lines are those of debuggers."""

from __future__ import annotations

import pytest

from procrun.core.prompts import is_debugger


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        (b"(Pdb) ", True),
        (b"-> return 1\n(Pdb) ", True),
        (b"(Pdb++) ", True),
        (b"ipdb> ", True),
        (b"\x1b[?7h\x1b[0;38;5;28mipdb> \x1b[0m\x1b[K\x1b[6n", True),
        (b"[1] pry(main)> ", False),
        (b"(rdbg) ", True),
        (b"Password: ", False),
        (b"the (Pdb) prompt", False),
        (b"", False),
    ],
)
def test_a_debuggers_prompt_is_known(line: bytes, *, waits: bool) -> None:
    """With its colours and what else goes to the terminal; other prompts are not."""
    assert is_debugger(line) is waits
