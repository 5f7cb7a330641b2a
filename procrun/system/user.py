"""Who we are."""

from __future__ import annotations

import os
import pwd


def user() -> str:
    """The login name of whoever we are; the number where there is none."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
