"""What a process can be given in its environment."""

from __future__ import annotations

import os

from procrun.errors import UsageError

__tracebackhide__ = True  # in what pytest shows of an error


def variable(name: object, value: object) -> tuple[str, str]:
    """A variable that a process can be given. UsageError for what is none."""
    text = str(value)
    if not isinstance(name, str) or not _is_name(name):
        raise _no_variable(f"{name!r:.80} is no variable that a process can be given")
    if not is_possible(text):
        raise _no_variable(f"the value of {name:.80} can't be given to a process")
    return name, text


def _no_variable(what: str) -> UsageError:
    return UsageError(what, "Write env={'NAME': 'value'}.")


def _is_name(name: str) -> bool:
    return bool(name) and not any(c == "=" or c.isspace() for c in name) and is_possible(name)


def is_possible(text: str) -> bool:
    """Whether the system can be given it."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False
