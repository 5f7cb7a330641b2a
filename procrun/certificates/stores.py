"""The trust stores of this machine and this user."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import ssl
import subprocess
import sys

from procrun.certificates.leaf import digest
from procrun.core.trust_stores import (
    CHROMIUM,
    CHROMIUM_DATABASE,
    CHROMIUM_PROGRAMS,
    DATABASE,
    DATABASES,
    PROGRAMS,
    SYSTEMS,
    Authority,
    Store,
    database_store,
    keychain_store,
    system_store,
)
from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_FOR_ROOT = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not everybody has them on the PATH
_NAME = 12  # characters of a digest that tell two authorities apart


def find(path: str) -> list[Store]:
    """The stores that may trust the authority whose certificate is in `path`.

    OSError where that can't be read, ProcrunError for what is no certificate.
    """
    with open(path, "rb") as file:
        content = file.read()
    try:
        der = ssl.PEM_cert_to_DER_cert(content.decode("ascii"))
    except ValueError as error:
        hint = "`procrun ca path` mends it."
        raise ProcrunError(f"{path} is no certificate any more", hint) from error
    sha1 = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    authority = Authority(path, f"procrun-{digest(content)[:_NAME]}", sha1)
    programs = _programs()
    return [*_of_system(authority, programs), *_of_browsers(authority, programs)]


def trusts(store: Store, path: str) -> bool | None:
    """Whether a store trusts that authority now; None where that can't be told."""
    if store.lacks:
        return None
    if store.check:
        try:
            return _run(store.check).returncode == 0
        except OSError:  # the program was there a moment ago
            return None
    try:
        with open(store.copy, "rb") as copy, open(path, "rb") as file:
            return copy.read() == file.read()
    except OSError:
        return False


def why_failed(commands: Iterable[Sequence[str]]) -> str:
    """Run commands one after the other; what the first that failed has to say, "" if none did."""
    for command in commands:
        try:
            done = _run(command)
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        if done.returncode:
            said = done.stdout.decode(errors="replace").strip().splitlines()
            return f"{command[0]}: {said[-1] if said else f'status {done.returncode}'}"
    return ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run one; a password is asked for on the terminal itself, if there is one."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _programs() -> Mapping[str, str]:
    search = os.pathsep.join((os.environ.get("PATH", os.defpath), *_FOR_ROOT))
    found = ((program, shutil.which(program, path=search)) for program in PROGRAMS)
    return {program: path for program, path in found if path}


def _of_system(authority: Authority, programs: Mapping[str, str]) -> Iterator[Store]:
    if sys.platform == "darwin":
        yield keychain_store(authority, os.path.expanduser("~"))
        return
    folders = {system.folder for system in SYSTEMS if os.path.isdir(system.folder)}
    store = system_store(authority, folders, programs)
    if store is not None:
        yield store


def _of_browsers(authority: Authority, programs: Mapping[str, str]) -> Iterator[Store]:
    home = os.path.expanduser("~")
    for browser, pattern in DATABASES:
        for folder in sorted(glob.glob(os.path.join(glob.escape(home), pattern))):
            if os.path.exists(os.path.join(folder, DATABASE)):
                yield database_store(authority, browser, folder, programs, new=False)
    own = os.path.join(home, CHROMIUM_DATABASE)
    # A browser that was not started yet.
    if sys.platform != "darwin" and not os.path.exists(os.path.join(own, DATABASE)):
        if not programs.keys().isdisjoint(CHROMIUM_PROGRAMS):
            yield database_store(authority, CHROMIUM, own, programs, new=True)
