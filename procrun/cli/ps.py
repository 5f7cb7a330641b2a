"""`procrun ps`: the dynos of the running app, with what their whole process trees use."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.control.client import ask
from procrun.core.commands import PS, Request
from procrun.core.duration import duration
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import psutil

    from procrun.cli.words import Line

_COLUMNS = ("NAME", "STATE", "SINCE", "PID", "PORT", "RESTARTS", "CPU", "MEMORY", "COMMAND")


class Usage(Value):
    """What a process tree uses."""

    cpu_percent: float  # its CPU time over its age
    memory_bytes: int


def ps(line: Line) -> int:
    """Print a table of the dynos, or a JSON array of them."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    rows = [reply for reply in ask(settings.root, Request(PS)) if "name" in reply]
    usages = _usages([pid for row in rows if isinstance(pid := row["pid"], int)])
    for row in rows:
        pid = row["pid"]
        usage = usages.get(pid) if isinstance(pid, int) else None
        row["cpu_percent"] = usage.cpu_percent if usage else None
        row["memory_bytes"] = usage.memory_bytes if usage else None
    if settings.json:
        output.write_json(rows)
    else:
        output.write("".join(f"{each}\n" for each in _table(rows)))
    return 0


def _usages(leaders: Sequence[int]) -> dict[int, Usage]:
    """What each leader's tree uses, from one scan of the process table."""
    import psutil

    children: dict[int, list[psutil.Process]] = {}
    processes: dict[int, psutil.Process] = {}
    for process in _of_the_app(leaders):
        with suppress(psutil.Error):  # it ended meanwhile
            children.setdefault(process.ppid(), []).append(process)
            processes[process.pid] = process
    return {pid: _usage(_tree(processes[pid], children)) for pid in leaders if pid in processes}


def _of_the_app(leaders: Sequence[int]) -> list[psutil.Process]:
    """Everything below the process whose children the leaders are.

    For that psutil looks at each process of the machine once, and then no longer at the others.
    """
    import psutil

    for leader in leaders:
        with suppress(psutil.Error):  # this one ended meanwhile
            app = psutil.Process(leader).parent()
            return app.children(recursive=True) if app else []
    return []


def _tree(
    leader: psutil.Process, children: Mapping[int, Sequence[psutil.Process]]
) -> list[psutil.Process]:
    found = [leader]
    for process in found:  # grows while we walk
        found += children.get(process.pid, ())
    return found


def _usage(tree: Iterable[psutil.Process]) -> Usage:
    import psutil

    seconds, memory, started = 0.0, 0, time.time()
    for process in tree:
        try:
            with process.oneshot():
                times = process.cpu_times()
                seconds += times.user + times.system
                memory += process.memory_info().rss
                started = min(started, process.create_time())
        except psutil.Error:
            continue  # it ended meanwhile
    age = max(0.1, time.time() - started)
    return Usage(round(100 * seconds / age, 1), memory)


def _table(rows: Iterable[dict[str, object]]) -> Iterator[str]:
    table = [_COLUMNS, *(tuple(_cells(row)) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(_COLUMNS))]
    for row in table:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(row: dict[str, object]) -> Iterator[str]:
    yield str(row["name"])
    yield _state(row)
    since = row["since"]
    yield duration(time.time() - since) if isinstance(since, float) else ""
    yield str(row["pid"] or "")
    yield str(row["port"] or "")
    yield str(row["restarts"])
    cpu, memory = row["cpu_percent"], row["memory_bytes"]
    yield f"{cpu} %" if cpu is not None else ""
    yield f"{memory / 1e6:.1f} MB" if isinstance(memory, int) else ""
    yield str(row["command"])


def _state(row: Mapping[str, object]) -> str:
    """The state; of a crashed dyno why, and when it starts again."""
    state, again_in = str(row["state"]), row["again_in"]
    if row["why"]:
        state += f" ({row['why']})"
    return (
        f"{state}, starts again in {duration(again_in)}" if isinstance(again_in, float) else state
    )
