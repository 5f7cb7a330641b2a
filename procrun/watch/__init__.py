"""Notices changes of the files below the app's root, as cheaply as the system allows.

A thread of its own does the work (worker.py), because git and the disk may be slow and the loop
must not wait. The loop gets whole bursts, through a pipe. Ignored folders are not watched at all:
to filter their notices would cost ten times as much. Nothing polls, nothing wakes up while nothing
changes.
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue

from procrun.watch.limits import reason
from procrun.watch.scope import Scope
from procrun.watch.worker import Worker, of_this_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.watching import Edits
    from procrun.loop import Loop
    from procrun.watch.scope import Listener, System


class Watcher:
    """The loop's end of the watching of a scope: what the worker tells, its listener hears."""

    def __init__(
        self, scope: Scope, listener: Listener, loop: Loop, system: System = of_this_system
    ) -> None:
        self._listener = listener
        self._loop = loop
        self._worker = Worker(scope, self, system)
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = threading.Lock()
        self._ear = self._mouth = -1  # the ends of a pipe, while it is open

    def start(self) -> None:
        """Begin; what changes while the watches are being set may go unnoticed.

        Where that is impossible the listener hears of it, now.
        """
        try:
            self._ear, self._mouth = os.pipe()
            os.set_blocking(self._mouth, False)
            self._loop.watch(self._ear, self._hear)
            self._worker.start()
        except (OSError, RuntimeError) as error:
            self._listener.say(f"files can't be watched: {reason(error)}")
            self._listener.failed()

    def close(self) -> None:
        """Stop; the thread ends as soon as it can. Harmless if that was done, or never begun."""
        with self._closing:
            ear, mouth, self._ear, self._mouth = self._ear, self._mouth, -1, -1
        if ear >= 0:
            self._loop.forget(ear)
            os.close(ear)
            os.close(mouth)
            self._worker.close()

    def edited(self, edits: Edits) -> None:
        """Have the listener told of it, on the loop."""
        self._on_the_loop(lambda: self._listener.edited(edits))

    def say(self, text: str) -> None:
        """Have it said, on the loop."""
        self._on_the_loop(lambda: self._listener.say(text))

    def failed(self) -> None:
        """Have the listener told that nothing can be watched, on the loop."""
        self._on_the_loop(self._listener.failed)

    def _hear(self) -> None:
        os.read(self._ear, 4096)
        while self._ear >= 0 and not self._calls.empty():
            self._calls.get()()

    def _on_the_loop(self, call: Callable[[], None]) -> None:
        with self._closing:
            if self._mouth >= 0:
                self._calls.put(call)
                try:
                    os.write(self._mouth, b"!")
                except BlockingIOError:
                    pass  # it is full of calls to look


__all__ = ["Scope", "Watcher"]
