"""Which files and folders are never sources, whatever git says."""

from __future__ import annotations

VIRTUAL_ENVIRONMENT = "pyvenv.cfg"  # stands in the top folder of each

_TREES = frozenset(("node_modules", "__pycache__", "__pypackages__", "site-packages"))
_ENDINGS = tuple(
    # What Python makes, logs, databases, what processes leave about themselves, and what editors
    # leave beside a file while it is edited.
    """.pyc .pyo .log .sqlite .sqlite3 .sqlite-journal .sqlite-shm .sqlite-wal .sqlite3-journal
    .sqlite3-shm .sqlite3-wal .db .db-journal .db-shm .db-wal .rdb .aof celerybeat-schedule .pid
    .sock .socket .tmp .temp .swp .swo .swx .bak .orig .rej ~ ___jb_tmp___ ___jb_old___""".split()
)
_VIM_PROBES = frozenset(str(4913 + 123 * i) for i in range(10))  # whether it may write there


def is_pruned(folder: str) -> bool:
    """Whether nothing is watched in a folder of this name: hidden ones, installed packages."""
    return folder[:1] == "." or folder in _TREES


def is_no_source(name: str) -> bool:
    """Whether a file of this name is none that somebody edits."""
    return (
        name[:1] in (".", "#")
        or name.endswith(_ENDINGS)
        or (name.isdecimal() and name in _VIM_PROBES)
    )
