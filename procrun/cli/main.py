"""The door: finds the command, runs it, and turns what went wrong into words and an exit code."""

from __future__ import annotations

import errno
import os
import sys

from procrun.cli import words
from procrun.errors import FAILURE, INTERNAL, INTERRUPTED, READER_GONE, ProcrunError, told

# Commands that look on take no CPU from the app that they look at, however many there are.
_ONLOOKERS = ("ps", "logs")
_MODEST = 15  # that much less urgent, of 19 at most

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from procrun.background import Caller
    from procrun.errors import Problem
    from procrun.guardian import Link


def main(arguments: Sequence[str] | None = None) -> int:
    """Run procrun with these arguments (those of the process if None); the exit code."""
    _open_missing_streams()
    return reported(lambda: _dispatch(sys.argv[1:] if arguments is None else arguments))


def reported(run: Callable[[], int]) -> int:
    """The exit code of `run`, or that of its error after telling it on standard error."""
    try:
        code = run()
        sys.stdout.flush()
        return code
    except ProcrunError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads; what is still buffered must not fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return READER_GONE
    except Exception as error:
        if os.environ.get("PROCRUN_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            sys.stderr.write(f"procrun: {error.strerror}\n  `ulimit -n` raises the limit.\n")
            return FAILURE
        what = f"procrun: internal error: {type(error).__name__}: {error}\n"
        sys.stderr.write(what + "  Set PROCRUN_DEBUG=1 to see where, and please report it.\n")
        return INTERNAL


def _open_missing_streams() -> None:
    """Lead standard streams that the caller closed to nowhere.

    Else the next descriptor to be opened, of a pipe perhaps, would get their number.
    """
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is fd
            os.set_inheritable(fd, True)
            mode = "w" if fd else "r"
            setattr(sys, name, os.fdopen(fd, mode, encoding="utf-8", closefd=False))


def _dispatch(arguments: Sequence[str]) -> int:
    line = words.split(arguments)
    asks = line.asks_for_help or line.asks_for_version
    if line.command in _ONLOOKERS:
        os.nice(_MODEST)
    if line.command == "run" and not asks:
        from procrun.cli.run import run

        return run(line)
    if line.command == "start" and not asks:
        return _guarded(line)
    from procrun.cli.commands import dispatch

    return dispatch(line)


def _guarded(line: words.Line) -> int:
    """`start` runs in a child of this process, which does nothing but guard it."""
    import _signal  # `signal` itself comes with the guardian

    # Python's way, an exception at any moment, may get lost in the middle of an import.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

    def inner(link: Link, caller: Caller | None = None) -> int:
        from procrun.cli.start import start

        return reported(lambda: start(line, link, caller))

    if line.has("-D", "--daemon"):
        from procrun.background import in_background

        return in_background(inner)
    from procrun.guardian import guard

    return guard(inner)


def in_words(problems: Iterable[Problem]) -> str:
    """Problems as procrun tells them on standard error."""
    return told(problems, "procrun: ")


def _tell(error: ProcrunError) -> None:
    sys.stdout.flush()
    sys.stderr.write(in_words(error.problems))
    if os.environ.get("PROCRUN_DEBUG"):
        import traceback

        traceback.print_exc()
