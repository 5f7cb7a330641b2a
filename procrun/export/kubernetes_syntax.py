"""What Kubernetes takes for a name, and for a variable."""

from __future__ import annotations

import re

LONGEST = 63  # characters of a DNS label
LARGEST_SECRET = 1 << 20  # bytes of all its values
_LONGEST_KEY = 253  # characters

_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*", re.ASCII)


def label(*words: str) -> str:
    """The words as one name, which may still be none: see `is_label`."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def is_label(name: str) -> bool:
    """Whether a Service can have the name, which asks the most: RFC 1035, a letter first."""
    return len(name) <= LONGEST and _LABEL.fullmatch(name) is not None


def is_variable(name: str) -> bool:
    """Whether a Secret can have the key and every version makes a variable of it."""
    is_key = name != "." and not name.startswith("..") and len(name) <= _LONGEST_KEY
    return is_key and _VARIABLE.fullmatch(name) is not None
