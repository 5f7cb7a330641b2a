"""Which open line is the prompt of a debugger that waits for somebody."""

from __future__ import annotations

# Of Python, Ruby and Node; what stands before is the program's, colours may follow.
_PROMPTS = (b"(Pdb)", b"(Pdb++)", b"ipdb>", b"pudb>", b"(byebug)", b"(rdbg)", b"debug>")


def is_debugger(line: bytes) -> bool:
    """Whether an open line ends with such a prompt."""
    if b"\x1b" in line:
        from procrun.core.colour import strip  # `re` only where there are escapes
        from procrun.core.sequences import tame

        line = strip(tame(line)[0]).replace(b"\x1b[K", b"")
    return line.rstrip(b" ").endswith(_PROMPTS)
