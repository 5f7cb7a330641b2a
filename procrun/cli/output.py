"""Standard output, for the commands that print."""

from __future__ import annotations

import os
import sys

from procrun.errors import ProcrunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.settings import Settings


def app_name(settings: Settings) -> str:
    """What the app is called: as its folder, behind Heroku's sign."""
    from procrun.core.text import one_line

    return f"⬢ {one_line(os.path.basename(os.path.abspath(settings.root)))}"


def when(at: float) -> str:
    """A moment in seconds since the epoch: `2026/11/22 01:36:38 +0000 (~ 1h ago)`."""
    import time

    from procrun.core.release import ago

    moment = time.strftime("%Y/%m/%d %H:%M:%S %z", time.localtime(at))
    return f"{moment} {ago(time.time() - at)}".rstrip()


def write(text: str) -> None:
    """Write all of a text, the bytes of the system that are not UTF-8 among it as they were.

    ProcrunError where that fails; BrokenPipeError when nobody reads.
    """
    try:
        raw = os.fsencode(text)
    except UnicodeEncodeError:  # not a locale for what we write
        raw = text.encode(sys.getfilesystemencoding(), "replace")
    write_bytes(raw)


def write_bytes(raw: bytes) -> None:
    """The same with bytes."""
    try:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is still buffered must not fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        message = f"standard output cannot be written: {error.strerror}"
        raise ProcrunError(message, "Make room, or write elsewhere.") from error


def write_json(value: object, *, compact: bool = False) -> None:
    """Write a value as JSON, `compact` in one line.

    A byte that is not UTF-8 is a lone surrogate, as Python reads it.
    """
    import json

    text = json.dumps(value, ensure_ascii=False, indent=None if compact else 2)
    # A surrogate with a backslash is just the escape that JSON has for it.
    write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
