"""The texts of an app's sources, as many of them as there is time for."""

from __future__ import annotations

import os
import time

from procrun.core.sources import VIRTUAL_ENVIRONMENT, is_no_source, is_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts", ".rb")
# What is made, and what is not the app itself.
_NO_SOURCES = frozenset(("build", "dist", "vendor", "test", "tests", "__tests__", "spec"))
_MOST_FOLDERS = 1000
_AT_LEAST = 50  # files and folders that are looked at however busy the machine is
_PATIENCE = 0.04  # seconds of a start
_LARGEST = 256 * 1024  # bytes: nobody writes a larger source by hand


def texts(root: str, seconds: float = _PATIENCE) -> Iterator[str]:
    """The sources below a folder, the upper ones first, until the time is over."""
    end = time.monotonic() + seconds
    looked_at = 0
    folders = [root]
    for folder in folders:  # which grows meanwhile
        for entry in _entries(folder):
            looked_at += 1
            if looked_at > _AT_LEAST and time.monotonic() > end:
                return
            if _is_searched(entry) and len(folders) < _MOST_FOLDERS:
                folders.append(entry.path)
            elif entry.name.endswith(_ENDINGS) and not is_no_source(entry.name):
                yield _text(entry)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:  # removed meanwhile, or not for us
        return []
    if any(entry.name == VIRTUAL_ENVIRONMENT for entry in entries):
        return []
    return sorted(entries, key=lambda entry: entry.name)


def _is_searched(entry: os.DirEntry[str]) -> bool:
    if is_pruned(entry.name) or entry.name in _NO_SOURCES:
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _text(entry: os.DirEntry[str]) -> str:
    try:
        if not entry.is_file(follow_symlinks=False) or entry.stat().st_size > _LARGEST:
            return ""
        with open(entry.path, "rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
