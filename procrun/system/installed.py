"""Which packages the app's virtual environment has, or the active one, without running it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

IN_ROOT = (".venv", "venv")  # the virtual environments of an app


def version(package: str, root: str) -> str:
    """The version of a package, named in small letters with `_`; "" if it is not there."""
    start, end = f"{package}-", ".dist-info"
    for folder in _folders(root):
        for name in _entries(folder):
            lower = name.lower()
            if lower.startswith(start) and lower.endswith(end):
                return name[len(start) : -len(end)]
    return ""


def programs(root: str) -> str:
    """The folder with the programs of the app's virtual environment, or of the active one."""
    places = [os.path.join(root, name) for name in IN_ROOT]
    active = os.environ.get("VIRTUAL_ENV")
    for place in (*places, *([active] if active else [])):
        folder = os.path.join(place, "bin")
        if os.path.isdir(folder):
            return folder
    return ""


def _folders(root: str) -> Iterator[str]:
    """Where packages are, in the first environment that there is."""
    places = [os.path.join(root, name) for name in IN_ROOT]
    places += filter(None, (os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")))
    for place in places:
        library = os.path.join(place, "lib")
        pythons = [name for name in _entries(library) if name.startswith("python")]
        if pythons:
            yield from (os.path.join(library, name, "site-packages") for name in pythons)
            return


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
