"""`procrun ca` and its second words: the local certificate authority, and who trusts it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

from procrun.certificates import folder, stores, trust_mark
from procrun.cli import output
from procrun.cli.main import in_words
from procrun.cli.options import parse
from procrun.errors import FAILURE, Problem, ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.cli.words import Line
    from procrun.core.trust_stores import Store

_VANISHED = "the program that could tell is gone"
_SAYS: dict[bool | None, str] = {True: "trusts it", False: "does not trust it"}


def ca(line: Line) -> int:
    """Tell where the authority is, what it can sign, and who trusts it."""
    parse(line)
    path = folder.authority_file()
    if not os.path.exists(path):
        made = "The first `procrun start --heroku` makes one, or `procrun ca path`."
        output.write(f"There is no certificate authority yet, in {path}.\n{made}\n")
        return 0
    output.write(
        f"The certificate authority is {path}.\n"
        "It can sign localhost, names below .localhost, 127.0.0.0/8 and ::1, and nothing else.\n"
    )
    found = _stores(path)
    for store in found:
        trusted = stores.trusts(store, path)
        unknown = f"not known, {store.lacks or _VANISHED}"
        output.write(f"{store.title}: {_SAYS.get(trusted, unknown)}\n")
    if not found:
        output.write("There is no trust store here that procrun knows.\n")
    return 0


def path(line: Line) -> int:
    """Print the path of the authority's certificate, which is made where there is none."""
    parse(line)
    output.write(f"{_made()}\n")
    return 0


def trust(line: Line) -> int:
    """Have the system and the browsers trust the authority."""
    parse(line)
    _warn_of_sudo()
    return _change(_made(), trusted=True)


def untrust(line: Line) -> int:
    """Undo that."""
    parse(line)
    _warn_of_sudo()
    path = folder.authority_file()
    if not os.path.exists(path):
        raise ProcrunError(f"there is no certificate authority in {path}", "Nothing trusts it.")
    return _change(path, trusted=False)


def _made() -> str:
    from procrun.certificates.making import ensure_authority  # which takes as long as all else

    return ensure_authority()


def _stores(path: str) -> list[Store]:
    try:
        return stores.find(path)
    except OSError as error:
        raise folder.unusable(path, error) from error


def _change(path: str, *, trusted: bool) -> int:
    found = _stores(path)
    if not found:
        hint = f"The certificate of the authority is {path}."
        raise ProcrunError("there is no trust store here that procrun knows", hint)
    changed = [_is_changed(store, path, trusted=trusted) for store in found]
    if any(changed) or not trusted:  # who does not want it is not told of it again
        trust_mark.mark()
    return 0 if all(changed) else FAILURE


def _is_changed(store: Store, path: str, *, trusted: bool) -> bool:
    """Change a store, and tell what came of that."""
    says = _SAYS[trusted]
    if store.lacks:
        return _failed(f"{store.title}: {store.lacks}")
    if stores.trusts(store, path) is trusted:
        output.write(f"{store.title}: {says} already\n" if trusted else f"{store.title}: {says}\n")
        return True
    root = os.geteuid() == 0
    commands = store.commands(trusted=trusted, root=root)
    shown = [shlex.join(command) for command in commands]
    if store.needs_root and not root:
        if shutil.which("sudo") is None:
            plain = map(shlex.join, store.commands(trusted=trusted, root=True))
            return _failed(f"{store.title}: root must run this", "; ".join(plain))
        output.write("".join(f"{each}\n" for each in shown))
    why = stores.why_failed(commands)
    if not why and stores.trusts(store, path) is not trusted:
        why = f"it still {_SAYS[not trusted]}, after {'; '.join(shown)}"
    if why:
        return _failed(f"{store.title}: {why}")
    output.write(f"{store.title}: {says} {'now' if trusted else 'any more'}\n")
    return True


def _failed(text: str, hint: str = "") -> bool:
    sys.stderr.write(in_words([Problem("", text, hint)]))
    return False


def _warn_of_sudo() -> None:
    """Behind sudo there is often another home folder, and so another authority."""
    caller = os.environ.get("SUDO_USER", "root")
    if os.geteuid() == 0 and caller != "root":
        text = f"this is the authority in {folder.folder()}, perhaps not that of {caller}"
        hint = "Without sudo, procrun calls it where that is needed."
        sys.stderr.write(in_words([Problem("", text, hint, warning=True)]))
