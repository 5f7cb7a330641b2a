"""`procrun ps`: the dynos of the running app, with what their whole process trees use."""

from __future__ import annotations

import os
import time

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.control.client import NotRunning, ask
from procrun.core.commands import PS, Request, matching
from procrun.core.duration import duration
from procrun.errors import ProcrunError
from procrun.system.raw_terminal import USUAL_SIZE, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import NoReturn

    from procrun.cli.usage import Meter
    from procrun.cli.words import Line

    Row = Mapping[str, object]

_COLUMNS = ("NAME", "STATE", "SINCE", "PID", "PORT", "RESTARTS", "CPU", "MEMORY", "COMMAND")
_PERIOD = 1.0  # seconds between two looks of --watch

# What a terminal does at these: nothing of a line that is too long goes into the next one.
_HOME, _END_OF_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K\n", "\x1b[J"
_CLEAR_LINE = "\r\x1b[K"
_WRAP, _NO_WRAP = "\x1b[?7h", "\x1b[?7l"


def ps(line: Line) -> int:
    """Print a table of the dynos, or a JSON array of them; with --watch again and again."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    rows, router = _ask(settings.root, given.words)
    from procrun.cli.usage import Meter  # takes long to import, so not for an error

    meter = Meter()
    _measure(rows, meter)
    if "watch" in given.flags:
        _watch(rows, lambda: _ask(settings.root, given.words)[0], meter, as_json=settings.json)
    elif settings.json:
        output.write_json(rows)
    else:
        _print(rows)
        output.write(router)
    return 0


def _ask(root: str, names: Sequence[str]) -> tuple[list[dict[str, object]], str]:
    """The rows of the dynos that are named, by default of all, and the line of the router.

    "" where there is none. ProcrunError for an unknown name.
    """
    *rows, last = ask(root, Request(PS))
    if names:
        wanted = matching(names, [str(row["name"]) for row in rows])
        rows = [row for row in rows if row["name"] in wanted]
    urls = last.get("urls")
    if not isinstance(urls, list):
        return rows, ""
    mode = "; maintenance mode is on" if last.get("maintenance") else ""
    where = " and ".join(map(str, urls)) or "not open yet"
    return rows, f"router: {where}{mode}\n"


def _measure(rows: Sequence[dict[str, object]], meter: Meter) -> None:
    """Put into each row what its process tree uses."""
    usages = meter.measure([pid for row in rows if isinstance(pid := row["pid"], int)])
    for row in rows:
        pid = row["pid"]
        usage = usages.get(pid) if isinstance(pid, int) else None
        row["cpu_percent"] = usage.cpu_percent if usage else None
        row["memory_bytes"] = usage.memory_bytes if usage else None


def _watch(
    rows: list[dict[str, object]],
    look: Callable[[], list[dict[str, object]]],
    meter: Meter,
    *,
    as_json: bool,
) -> NoReturn:
    """Show them once a second; what ends it is Ctrl-C, or the error that the app has ended."""
    screen = os.isatty(1) and not as_json
    show = _draw if screen else _print_one_of_many
    try:
        while True:
            if as_json:
                output.write_json(rows, compact=True)
            else:
                show(rows)
            time.sleep(_PERIOD)  # nothing tells of CPU and memory
            rows = look()
            _measure(rows, meter)
    except KeyboardInterrupt:
        if screen:
            output.write(_CLEAR_LINE)  # of ^C
        raise
    except NotRunning:
        raise ProcrunError("the app has ended", "`procrun logs` shows its last words.") from None


def _print_one_of_many(rows: Sequence[Row]) -> None:
    _print(rows)
    output.write("\n")


def _print(rows: Sequence[Row]) -> None:
    columns = os.get_terminal_size(1).columns if os.isatty(1) else 0
    output.write("".join(f"{line[: columns or None]}\n" for line in _table(rows)))


def _draw(rows: Sequence[Row]) -> None:
    """The table in place of the screen, cut to its size; the cursor stands below it."""
    lines, columns = size(1) or USUAL_SIZE
    table = list(_table(rows))
    room = max(1, lines - 1)
    if len(table) > room:
        table[room - 1 :] = [f"… and {len(table) - room + 1} more"]
    text = "".join(f"{line[:columns]}{_END_OF_LINE}" for line in table)
    output.write(f"{_NO_WRAP}{_HOME}{text}{_CLEAR_BELOW}{_WRAP}")


def _table(rows: Sequence[Row]) -> Iterator[str]:
    table = [_COLUMNS, *(tuple(_cells(row)) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(_COLUMNS))]
    for row in table:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(row: Row) -> Iterator[str]:
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


def _state(row: Row) -> str:
    """The state; of a crashed dyno why, and when it starts again."""
    state, again_in = str(row["state"]), row["again_in"]
    if row["why"]:
        state += f" ({row['why']})"
    return (
        f"{state}, starts again in {duration(again_in)}" if isinstance(again_in, float) else state
    )
