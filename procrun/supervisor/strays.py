"""Finds what left its dyno's process group: setsid, daemons, whatever detached on purpose."""

from __future__ import annotations

import os

from procrun.system.descendants import descendants, started_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from procrun.supervisor.child import Child
    from procrun.system.descendants import Process


def find(children: Collection[Child], keep: frozenset[str]) -> None:
    """Note in every child which descendants left its group, those named in `keep` excepted.

    One scan of the process table for all of them. A process belongs to the dyno whose session it
    is in, else to its parent's, else (an orphan that procrun adopted) to the one named in the
    environment that it was started with, by PS or, without that (`clean_env`), by its port. What
    hides from all of these waits for the guardian.
    """
    if not children:
        return
    for process, owner in _owned(children):
        if process.group != owner.pid and process.name not in keep:
            owner.strays.add(process.pid)


def processes_of(child: Child) -> list[int]:
    """The pids of all of its processes, wherever they are: one scan of the process table."""
    return by_child([child])[child]


def by_child(children: Collection[Child]) -> dict[Child, list[int]]:
    """The pids of all processes of each of them, wherever they are: one scan for all."""
    found: dict[Child, list[int]] = {child: [] for child in children}
    if children:
        for process, owner in _owned(children):
            found[owner].append(process.pid)
    return found


def _owned(children: Collection[Child]) -> Iterator[tuple[Process, Child]]:
    """Every process that belongs to one of them, with that one."""
    by_leader = {child.pid: child for child in children}
    by_name = {child.name: child for child in children}
    by_port = {str(child.launch.port): child for child in children}
    owners: dict[int, Child] = {}
    me = os.getpid()
    for process in descendants(me):
        owner = by_leader.get(process.session) or owners.get(process.parent)
        if owner is None and process.parent == me:
            name = started_with(process.pid, "PS")
            port = started_with(process.pid, "PORT") if name is None else None
            owner = by_name.get(name or "") or by_port.get(port or "")
        if owner is not None:
            owners[process.pid] = owner
            yield process, owner
