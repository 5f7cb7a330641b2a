"""Where the certificates are."""

from __future__ import annotations

import os
import sys

from procrun.errors import ProcrunError

_AUTHORITY = "ca.pem"
_KEY = "ca-key.pem"
_UNDER_HOME = (".local", "share")
_UNDER_HOME_ON_MACOS = ("Library", "Application Support")
_ELSEWHERE = "XDG_DATA_HOME names a folder for the data of programs, here for certificates."


def folder() -> str:
    """The folder of procrun's own among the user's data. ProcrunError where there is no home."""
    data = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):  # as the specification of that variable has it
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            raise ProcrunError("there is no home folder to keep certificates in", _ELSEWHERE)
        parts = _UNDER_HOME_ON_MACOS if sys.platform == "darwin" else _UNDER_HOME
        data = os.path.join(home, *parts)
    return os.path.join(data, "procrun")


def authority_file() -> str:
    """The certificate of the authority, which clients are told to trust."""
    return os.path.join(folder(), _AUTHORITY)


def key_file() -> str:
    """The key of the authority, with its certificate."""
    return os.path.join(folder(), _KEY)


def host_file(host: str) -> str:
    """The certificate of a host name, with its key."""
    return os.path.join(folder(), f"{host}.pem")


def authority_for_children() -> str:
    """The certificate of the authority for those who will trust it; "" where they can't read it.

    Node would warn of that in each process.
    """
    try:
        path = authority_file()
    except ProcrunError:
        return ""
    return path if os.access(path, os.R_OK) else ""


def unusable(path: str, error: OSError) -> ProcrunError:
    """The error of a certificate's file or folder."""
    hint = f"It is where certificates for https are kept. {_ELSEWHERE}"
    return ProcrunError(f"{path} cannot be used: {error.strerror}", hint)
