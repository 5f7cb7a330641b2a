"""What Docker Compose reads besides YAML: its env files, its names of projects."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "$": "$$", "\n": "\\n", "\r": "\\r"}


def is_variable(name: str) -> bool:
    """Whether an env file can have the name."""
    return _VARIABLE.fullmatch(name) is not None


def env_file(values: Mapping[str, str]) -> str:
    """The lines of an env file, as Compose 2 reads it."""
    return "".join(f"{name}={env_value(value)}\n" for name, value in values.items())


def env_value(value: str) -> str:
    """A value, quoted for an env file: in single quotes, which hide all but `'` and backslashes.

    In double quotes Compose replaces `$X`, takes `$$` for `$`, and knows the escapes of a shell.
    """
    if not {"'", "\\", "\r"}.intersection(value):
        return f"'{value}'"
    return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'


def project_name(app: str) -> str:
    """The app's name as Compose has names of projects: in small letters."""
    return app.lower()
