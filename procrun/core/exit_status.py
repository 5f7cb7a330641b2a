"""How a process ended, from the wait status that the system gives.

The bits are those of Linux and macOS: a signal in the low seven, the flag of a core dump above
them, then the exit status. They are taken apart here because `os.WIFSIGNALED` and its like live in
`os`.
"""

from __future__ import annotations


def describe(wait_status: int) -> str:
    """In words: `exited with status 3`, `killed by SIGKILL`."""
    how = end(wait_status)
    if isinstance(how, int):
        return f"exited with status {how}"
    dumped = " (core dumped)" if wait_status & 0x80 else ""
    return f"killed by {how}{dumped}"


def end(wait_status: int) -> int | str:
    """The exit status, or the name of the signal: `SIGKILL`, `signal 36`."""
    signal_number = wait_status & 0x7F
    return signal_name(signal_number) if signal_number else code(wait_status)


def code(wait_status: int) -> int:
    """As a shell gives it: the exit status, or 128 and the number of the signal."""
    signal_number = wait_status & 0x7F
    return 128 + signal_number if signal_number else wait_status >> 8 & 0xFF


def signal_name(number: int) -> str:
    """`SIGKILL`; `signal 36` for one without a name."""
    from signal import Signals  # its table of names is built at import; most processes just exit

    try:
        return Signals(number).name
    except ValueError:  # a real-time signal: only the first and the last have names
        return f"signal {number}"
