"""`procrun logs`: the end of the running app's log, or of the last run's, and what comes after."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from io import BufferedReader
from itertools import chain

from procrun import settings as settings_module
from procrun.cli import output
from procrun.cli.options import parse
from procrun.control.client import NotRunning, await_answer, connect, send
from procrun.control.folder import LOG, Folder
from procrun.core.commands import LOGS, Request, matching
from procrun.core.log import PARTS, PLATFORM, Chunk, Prefixes, TerminalFormat
from procrun.core.log_frames import Dropped, End, Live, read_frames
from procrun.core.log_heroku import HerokuFormat
from procrun.errors import ProcrunError, UsageError
from procrun.logs.history import Wanted
from procrun.logs.terminal import Stamps
from procrun.plan import wants_colour
from procrun.system.own_files import open_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from socket import socket

    from procrun.cli.options import Given
    from procrun.cli.words import Line
    from procrun.core.log_frames import Part
    from procrun.logs.terminal import Format
    from procrun.settings import Settings

_LINES = 100  # as `heroku logs` shows
_TAIL = 20  # lines of the log that explain what went wrong
_READ_AT_ONCE = 256 * 1024  # bytes
_SOURCES = ("app", PLATFORM)


def logs(line: Line) -> int:
    """Show the log; the exit code. NotRunning if there is neither an app nor a last run."""
    given = parse(line)
    settings = settings_module.resolve(given.settings, os.environ)
    lines = _number(given)
    return _show(_frames(settings.root, _request(given, lines)), settings, lines)


def follow(client: socket, settings: Settings) -> int:
    """Show the log of the app that `client` is connected to, from its end on; the exit code."""
    request = Request(LOGS, (), (("lines", _LINES), ("tail", True)))
    return _show(_running_app(client, settings.root, request), settings, _LINES)


def _show(frames: Iterator[Chunk | Live], settings: Settings, lines: int) -> int:
    history = list(_history(frames))
    layout = _layout(settings, history)
    _write(piece for chunk in cut(history, lines) for piece in layout.render(chunk))
    for part in frames:
        if isinstance(part, Chunk):
            _write(layout.render(part))
    _write(layout.end(time.time()))
    return 0


def tail(settings: Settings, lines: int = _TAIL) -> str:
    """The last lines of the running app's log or of the last run's, "" if there is none."""
    request = Request(LOGS, (), (("lines", lines),))
    try:
        history = list(_history(_frames(settings.root, request)))
    except ProcrunError:
        return ""
    chunks = list(cut(history, lines))
    layout = _layout(settings, chunks)
    pieces = [piece for chunk in chunks for piece in layout.render(chunk)]
    return b"".join((*pieces, *layout.end(time.time()))).decode(errors="replace")


def _request(given: Given, lines: int) -> Request:
    dyno, process_type = given.value("dyno"), given.value("process-type")
    if given.words:
        if dyno or process_type:
            raise UsageError("logs takes one name", "Leave the option or the word out.")
        dyno = given.words[0]
    if dyno and process_type:
        raise UsageError("--dyno and --process-type exclude each other", "Choose one of them.")
    name = dyno or process_type  # either is good for both, as on Heroku
    dyno, process_type = (name, "") if "." in name else ("", name)
    source = given.value("source")
    if source and source not in _SOURCES:
        raise UsageError(f"there is no source {source}", f"It is {' or '.join(_SOURCES)}.")
    options: dict[str, str | int | bool] = {"dyno": dyno, "type": process_type, "source": source}
    options |= {"lines": lines, "tail": "tail" in given.flags}
    return Request(LOGS, (), tuple(options.items()))


def _number(given: Given) -> int:
    text = given.value("num") or str(_LINES)
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text} is not a number of lines", "Write -n 200, for example.")
    return int(text)


def _frames(root: str, request: Request) -> Iterator[Chunk | Live]:
    """What the running app sends, or what the last run left."""
    try:
        client = connect(root)
    except NotRunning:
        return _last_run(root, Wanted.by(request))
    return _running_app(client, root, request)


def _running_app(client: socket, root: str, request: Request) -> Iterator[Chunk | Live]:
    """All that comes; what is missing of it is told in its place."""
    answered = False
    with client:
        send(client, request)
        await_answer(client, root)
        with BufferedReader(client.makefile("rb", buffering=0), _READ_AT_ONCE) as file:
            for part in _until_lost(read_frames(file)):
                if isinstance(part, End):
                    return
                answered = True
                yield _overflow(part) if isinstance(part, Dropped) else part
    if answered:
        yield _told("This tail session ended before the log did")
    else:  # it was about to end when we came
        yield from _last_run(root, Wanted.by(request))


def _until_lost(parts: Iterator[Part]) -> Iterator[Part]:
    """The same, and no more once the connection is lost: the app was killed."""
    with suppress(ConnectionResetError):
        yield from parts


def _last_run(root: str, wanted: Wanted) -> Iterator[Chunk | Live]:
    path = Folder(root).file(LOG)
    try:
        descriptor = open_regular(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        if Folder(root).was_killed:
            hint = "With --log-dir DIR of `start` there is one whatever happens."
            raise ProcrunError("the last run was killed and left no log", hint) from None
        raise NotRunning from None
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error
    dynos: set[str] = set()
    with os.fdopen(descriptor, "rb") as file:
        parts = read_frames(file)
        first = next(parts, None)
        if first is None and file.tell():
            raise _unreadable(path, "it is no log of ours")
        for part in chain([first], parts):
            if isinstance(part, Chunk):
                dynos.add(part.dyno)
                if wanted(part):
                    yield part
    if name := wanted.dyno or wanted.process_type:
        matching([name], [*sorted(dynos.difference(PARTS)), *PARTS])


def _unreadable(path: str, why: str) -> ProcrunError:
    what = f"the log of the last run can't be read ({why}): {path}"
    return ProcrunError(what, "The next run replaces it.")


def _history(frames: Iterator[Chunk | Live]) -> Iterator[Chunk]:
    """What comes before the live part."""
    for part in frames:
        if not isinstance(part, Chunk):
            return
        yield part


def cut(chunks: Sequence[Chunk], lines: int) -> Iterator[Chunk]:
    """The end of a log: its last lines."""
    extra = sum(chunk.lines for chunk in chunks) - lines
    for chunk in chunks:
        if extra <= 0:
            yield chunk
        elif chunk.lines > extra:
            rest = chunk.data.split(b"\n", extra)[extra]
            yield Chunk(chunk.when, chunk.source, chunk.dyno, rest, state=chunk.state)
            extra = 0
        else:
            extra -= chunk.lines


def _layout(settings: Settings, history: Sequence[Chunk]) -> Format:
    """Short names and colours on a terminal, Heroku's format elsewhere, JSON on request."""
    if settings.json:
        from procrun.core.log_json import JsonFormat

        return JsonFormat()
    if not os.isatty(1):
        return HerokuFormat()
    names = list(dict.fromkeys(chunk.dyno for chunk in history))
    prefixes = Prefixes(names, colour=wants_colour(settings), shown=settings.prefix)
    begin = history[0].when if history else time.time()
    return TerminalFormat(Stamps(prefixes, settings.timestamps, begin), screen=True)


def _overflow(dropped: Dropped) -> Chunk:
    """What Heroku says of a tail that was too slow."""
    since = datetime.fromtimestamp(dropped.since, UTC).isoformat(timespec="microseconds")
    what = f"This tail session dropped {dropped.lines} messages since {since}"
    return _told(f"Error L11 (Tail buffer overflow) -> {what}")


def _told(text: str) -> Chunk:
    return Chunk(time.time(), PLATFORM, "logplex", f"{text}\n".encode())


def _write(pieces: Iterable[bytes | memoryview]) -> None:
    output.write_bytes(b"".join(pieces))
