"""Commands that tests start, watch and end: on pipes, or on a terminal of their own."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import pexpect
import psutil
import pytest

from tests import leaks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What a developer's shell or CI may have set, and what would change a test's outcome.
_CHANGE_OUTCOMES = re.compile(
    r"PROCRUN_|PYTEST_|PYTHON|TESTS_|CLICOLOR|(PORT|PS|DYNO|CI|COLUMNS|LINES|(NO|FORCE)_COLOR)$"
)


class Running:
    """A command that was started with its output on a pipe."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        stdin: bytes | None = None,
        apart: bool = False,
    ) -> None:
        """Start it as the leader of a session; `apart` keeps standard error out of the output."""
        self._errors = tempfile.TemporaryFile() if apart else None  # noqa: SIM115 - until `close`
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors or subprocess.STDOUT,
            start_new_session=True,
        )
        if self._process.stdin is not None:
            self._process.stdin.write(stdin or b"")
            self._process.stdin.close()
        assert self._process.stdout is not None
        self._begin(self._process.pid, self._process.stdout.fileno())

    def _begin(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.raw = b""  # every byte read so far
        self._descriptor = descriptor
        self._at_end = False
        self._status: int | None = None

    @property
    def finished(self) -> bool:
        """Whether `finish` has seen its end."""
        return self._status is not None

    @property
    def output(self) -> str:
        """What was read so far, as text; bytes that are not UTF-8 as surrogates."""
        return _text(self.raw)

    @property
    def errors(self) -> str:
        """What was written to standard error so far, if it is kept apart."""
        assert self._errors is not None, "standard error is part of the output"
        return os.pread(self._errors.fileno(), 1 << 24, 0).decode("utf-8", "surrogateescape")

    def wait_for(
        self,
        wanted: str | re.Pattern[str],
        timeout: float = 10,
        *,
        times: int = 1,
        open_line: bool = False,
    ) -> str:
        """Read until a line of the whole output holds a text or pattern; returns that line.

        `times` waits for that many such lines and returns the last. Only whole lines count, as
        half of one would make a test depend on the moment, unless `open_line` is asked for.
        """
        deadline = time.monotonic() + timeout
        pattern = re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted
        before: list[str] = []  # what was found in the lines that need not be read again
        start = 0  # of the others
        while True:
            whole = self.raw.rfind(b"\n", start) + 1 or start
            end = len(self.raw) if open_line or self._at_end else whole
            lines = _text(self.raw[start:end]).split("\n")
            if end == whole:
                lines.pop()  # what comes after the last newline
            found = [*before, *(line for line in lines if pattern.search(line))]
            if len(found) >= times:
                return found[times - 1]
            if end == whole:
                before, start = found, whole
            if self._at_end:
                self._fail(f"its output ended without {pattern.pattern!r}")
            if not self._read(deadline):
                self._fail(f"no {pattern.pattern!r} within {timeout} s")

    def signal(self, number: int) -> None:
        """Send a signal to the process that was started."""
        os.kill(self.pid, number)

    def finish(self, timeout: float = 10) -> tuple[int, str]:
        """Read to the end, wait for the exit; returns the status (-N for signal N) and output."""
        deadline = time.monotonic() + timeout
        while not self._at_end:
            if not self._read(deadline):
                gone = leaks.exits(self.pid, 0)
                self._fail(
                    "it ended, but its output is still held open"
                    if gone
                    else f"it did not end within {timeout} s"
                )
        if not leaks.exits(self.pid, deadline - time.monotonic()):
            self._fail(f"it closed its output, but did not end within {timeout} s")
        if self._status is None:
            self._status = self._reap()
        return self._status, self.output

    def close(self) -> None:
        """Release everything; kill it and its descendants if `finish` has not seen its end."""
        if not self.finished:
            self._kill()
        self._release()

    def _kill(self) -> None:
        # It is not reaped yet, so that its pid is its own, even if it has ended.
        tree = psutil.Process(self.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS, when all are dead
            os.killpg(self.pid, signal.SIGKILL)
        os.kill(self.pid, signal.SIGKILL)
        self._status = self._reap()
        leaks.kill(tree)

    def _reap(self) -> int:
        return self._process.wait()

    def _release(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self._errors is not None:
            self._errors.close()

    def _read(self, deadline: float) -> bool:
        """Read once; False when there was nothing to read before the deadline."""
        left = max(0.0, deadline - time.monotonic())
        if not select.select([self._descriptor], [], [], left)[0]:
            return False
        try:
            chunk = os.read(self._descriptor, 1 << 16)
        except OSError:  # EIO: nobody holds the terminal's other side any more
            chunk = b""
        self._at_end = not chunk
        self.raw += chunk
        return True

    def _fail(self, what: str) -> None:
        pytest.fail(f"{what}; everything seen so far:\n{self.output}")


class Terminal(Running):
    """A command that was started on a terminal of its own; `child` is pexpect's."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        """Start it with the terminal, of so many rows and columns, as its controlling one."""
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=folder,
            env=environment,
            dimensions=size,
            preexec_fn=_heed_closed_pipes,
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0  # type: ignore[attr-defined]  # not in the stubs
        assert self.child.pid is not None
        self._begin(self.child.pid, self.child.child_fd)

    def send(self, text: str) -> None:
        r"""Type; "\x03" is Ctrl-C, "\x1a" is Ctrl-Z, "\x1c" is Ctrl-\."""
        self.child.send(text)

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size, as dragging a window's corner does."""
        self.child.setwinsize(rows, columns)

    def hang_up(self) -> None:
        """Close the window: the session gets SIGHUP and the terminal is dead from then on."""
        self._at_end = True
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, self.child.child_fd)  # pexpect's own `close` would also end the process
        os.close(nowhere)

    def _reap(self) -> int:
        self.child.wait()
        number = self.child.signalstatus
        return -number if number is not None else int(self.child.exitstatus or 0)

    def _release(self) -> None:
        self.child.close()


class Starter:
    """Starts one command in one folder, any number of times, and kills what was not finished.

    That is then done to orphans, too. Orphans of what was finished are left to be found.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.command = tuple(command)
        self.folder = folder
        self.variables: dict[str, str] = {}  # in the environment of all that it starts
        self._started: list[Running] = []

    def __call__(
        self,
        *arguments: str,
        procfile: str | None = None,
        env_file: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        apart: bool = False,
    ) -> Running:
        """Start the command with its output on a pipe, beside a Procfile and an .env of the test.

        `env` is added to a plain environment, `stdin` is what it reads, `apart` as for Running.
        """
        self._write(procfile, env_file)
        command = [*self.command, *arguments]
        running = Running(
            command,
            self.folder,
            environment({**self.variables, **(env or {})}),
            stdin=stdin,
            apart=apart,
        )
        self._started.append(running)
        return running

    def _write(self, procfile: str | None, env_file: str | None) -> None:
        for name, text in (("Procfile", procfile), (".env", env_file)):
            if text is not None:
                (self.folder / name).write_bytes(text.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        unfinished = [running for running in self._started if not running.finished]
        with ExitStack() as all_of_them:
            for running in self._started:
                all_of_them.callback(running.close)
        if unfinished:
            leaks.kill_orphans(os.environ[leaks.MARK])


class TerminalStarter(Starter):
    """The same on a terminal."""

    def __call__(  # type: ignore[override]  # a terminal is standard input and error as well
        self,
        *arguments: str,
        procfile: str | None = None,
        env_file: str | None = None,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (24, 80),
    ) -> Terminal:
        """Start the command on a terminal of so many rows and columns."""
        self._write(procfile, env_file)
        command = [*self.command, *arguments]
        terminal = Terminal(
            command, self.folder, environment({**self.variables, **(env or {})}), size=size
        )
        self._started.append(terminal)
        return terminal


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process' environment without what changes outcomes, its Python first on the PATH."""
    plain = {name: text for name, text in os.environ.items() if not _CHANGE_OUTCOMES.match(name)}
    plain["PATH"] = os.path.dirname(sys.executable) + os.pathsep + plain.get("PATH", os.defpath)
    return {**plain, "TERM": "xterm-256color", **(changes or {})}


def _heed_closed_pipes() -> None:
    """Undo in a child that Python ignores SIGPIPE; subprocess does so, pexpect does not."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
