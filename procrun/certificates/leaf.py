"""The certificate of a host name, which is there when it is asked for."""

from __future__ import annotations

import hashlib
import time

from procrun.certificates import folder
from procrun.core.certificate_note import split
from procrun.errors import ProcrunError
from procrun.value import Value

_PATIENCE = 30  # seconds; it takes a fifth of one


class Leaf(Value):
    """Paths of PEM; both may be the same."""

    certificate: str
    key: str


def ensure(host: str) -> Leaf:
    """The certificate of a name that `core.host_name` made, also good for localhost itself.

    It is made where it is not there, no longer good or damaged, and so is its authority.
    ProcrunError where that fails.
    """
    path = folder.host_file(host)
    if not is_good(path):
        _make(host)
    return Leaf(path, path)


def is_good(path: str) -> bool:
    """Whether the file of a certificate can be used as it is, with the authority of now."""
    try:
        with open(folder.authority_file(), "rb") as file:
            authority = digest(file.read())
        with open(path, "rb") as file:
            note, rest = split(file.read())
    except OSError:
        return False
    return note is not None and note.holds(time.time(), authority, digest(rest))


def digest(content: bytes) -> str:
    """What notes have of a file."""
    return hashlib.sha256(content).hexdigest()


def _make(host: str) -> None:
    """Make it in a process of its own: `cryptography` takes 10 MB, which the router would keep."""
    import subprocess
    import sys

    command = (sys.executable, "-P", "-m", "procrun.certificates", host)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except subprocess.TimeoutExpired as error:
        what = f"no certificate for {host} was made within {_PATIENCE} seconds"
        raise ProcrunError(what, f"Another process may hold {folder.folder()}.") from error
    except OSError as error:
        raise ProcrunError(f"{sys.executable} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise _told(host, done.stderr.strip())
    sys.stderr.write(done.stderr)  # that the authority is a new one


def _told(host: str, errors: str) -> ProcrunError:
    """The error that the process told: in two lines, unless it is a mistake of ours."""
    message, _, hint = errors.partition("\n")
    if not message or message.startswith("Traceback"):
        what = errors.rpartition("\n")[2] or "it was killed"
        return ProcrunError(f"no certificate for {host} could be made: {what}")
    return ProcrunError(message, hint.strip())
