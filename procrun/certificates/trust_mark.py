"""A mark beside the authority: that somebody has decided whether stores trust it.

Whoever has used `ca trust` or `ca untrust` need not be told of it. The mark is a copy of the
authority's certificate, so that it is worth nothing once there is another one, and comparing takes
no digest.
"""

from __future__ import annotations

import os

from procrun.certificates import folder
from procrun.errors import ProcrunError
from procrun.system.own_files import write_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK = "trust-decided"
_HOW = " (browsers: `procrun ca trust`)"


def is_decided() -> bool:
    """Whether `ca trust` has succeeded for the authority of now, or `ca untrust` was called."""
    try:
        authority, mark = _read(folder.authority_file()), _read(_path())
    except (OSError, ProcrunError):
        return False
    return bool(mark) and mark == authority


def mark() -> None:
    """Leave the mark. Where it can't be written, hints go on, and no more."""
    try:
        write_anew(_path(), [_read(folder.authority_file())])
    except OSError:
        pass


def hint(urls: Sequence[str], *, told: bool) -> str:
    """What the line of an app's addresses ends with where browsers would warn of them; else ""."""
    return _HOW if not told and any(url.startswith("https:") for url in urls) else ""


def _path() -> str:
    return os.path.join(folder.folder(), _MARK)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
