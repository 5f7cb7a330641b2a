"""Reads what the children write and publishes it as whole lines."""

from __future__ import annotations

import time

from procrun.core.log import APP, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.core.log import Log
    from procrun.loop import Loop, Timer
    from procrun.supervisor.child import Child

PROMPT_AFTER = 0.2  # seconds after which a line without an end is shown
_DRAIN_AT_MOST = 4 * 1024 * 1024  # bytes; a grandchild may write for ever
_TERMINAL_SETTLES = 0.05  # seconds in which written bytes reach the other side of a terminal


class Intake:
    """One child's way into the log. `drained` is called once its last words are published."""

    def __init__(self, child: Child, loop: Loop, log: Log, drained: Callable[[], None]) -> None:
        self._child = child
        self._loop = loop
        self._log = log
        self._drained: Callable[[], None] | None = drained
        self._draining = False
        self._budget = _DRAIN_AT_MOST
        self._line_is_open = False  # the last byte published was not a newline
        self._open_since = 0.0  # when the open line began, on the loop's clock
        self._prompt: Timer | None = None
        self._settle: Timer | None = None
        self.prompted: Callable[[], None] = lambda: None  # a debugger waits; called once
        self.tap: Callable[[bytes], None] | None = None  # gets what was read, as it was read
        loop.watch(child.descriptor, self._readable, source=True)

    def drain(self) -> None:
        """The leader has ended: read what it still wrote, then call `drained`.

        Without waiting for the end of file, because a grandchild may keep the pipe open. A
        terminal passes bytes on a moment after they were written, so it gets that moment.
        """
        self._draining = True
        self.resume()

    def resume(self) -> None:
        """Go on draining, unless the log is held up; call it when it no longer is."""
        if self._child.lines.open:
            self._begin_open_line()  # its end may have waited in the pipe all the time
        while self._draining and not self._is_held_up:
            data = self._child.read()
            if data:
                self._publish(data)
                self._log.flush()
                self._budget -= len(data)
            if data == b"" or self._budget <= 0:
                self._finish_draining()
            elif data is None:
                self._nothing_there()
                break

    def catch_up(self) -> None:
        """Publish what was written by now, an open line included, if the log has room."""
        budget = _DRAIN_AT_MOST
        while budget > 0 and not self._log.blocked and (data := self._child.read()):
            self._publish(data)
            budget -= len(data)
        self._show_open_line()

    def close(self) -> None:
        """Nothing of the dyno is left: publish what it wrote, and let go of the descriptor."""
        self._budget = _DRAIN_AT_MOST
        while self._budget > 0 and (data := self._child.read()):
            self._publish(data)
            self._budget -= len(data)
        self._end_line()
        self._forget()
        self._child.close()

    def _readable(self) -> None:
        data = self._child.read()
        if data:
            self._publish(data)
        elif data == b"":
            self._end_line()
            self._forget()
            if self._draining:
                self._finish_draining()

    @property
    def _is_held_up(self) -> bool:
        """Whether there is something to say for which there is no room; who is silent may end."""
        return self._log.blocked and self._child.has_written

    def _publish(self, data: bytes) -> None:
        if self.tap is not None:
            self.tap(data)
        lines = self._child.lines
        was_open = lines.open
        whole = lines.feed(data)
        if whole:
            if self._child.terminal:
                whole = whole.replace(b"\r\n", b"\n")
            self._pass_on(whole)
        if lines.open and (whole or not was_open):
            self._begin_open_line()

    def _begin_open_line(self) -> None:
        """Show the open line if it stays open from now on.

        The timer of an earlier line goes on, so that a flood of chunks costs next to none.
        """
        self._open_since = self._loop.now()
        if self._prompt is None:
            self._prompt = self._loop.later(PROMPT_AFTER, self._show_prompt)

    def _show_prompt(self) -> None:
        """Show the open line if it is old enough; while the log is held up none is."""
        self._prompt = None
        if not self._child.lines.open or self._log.blocked:
            return
        left = self._open_since + PROMPT_AFTER - self._loop.now()
        if left > 0:
            self._prompt = self._loop.later(left, self._show_prompt)
        elif data := self._child.read():  # its rest may have come: we were late
            self._publish(data)
            if self._child.lines.open:
                self._begin_open_line()
        else:
            from procrun.core.prompts import is_debugger  # most lines have an end

            asks = self.tap is None and is_debugger(self._child.lines.held)
            self._show_open_line()
            if asks:
                prompted, self.prompted = self.prompted, lambda: None
                prompted()

    def _show_open_line(self) -> None:
        if self._child.lines.open:
            self._pass_on(self._child.lines.take())

    def _pass_on(self, data: bytes) -> None:
        self._log.publish(Chunk(time.time(), APP, self._child.name, data))
        self._line_is_open = data[-1] != 10

    def _end_line(self) -> None:
        self._show_open_line()
        if self._line_is_open:
            self._pass_on(b"\n")

    def _nothing_there(self) -> None:
        if not self._child.terminal:
            self._finish_draining()
        elif self._settle is None:
            self._settle = self._loop.later(_TERMINAL_SETTLES, self._settled)

    def _settled(self) -> None:
        """The moment is over: what is there by now is all, unless the log is held up."""
        self._settle = None
        if not self._draining or self._is_held_up:
            return
        while self._budget > 0 and (data := self._child.read()):
            self._publish(data)
            self._budget -= len(data)
        self._finish_draining()

    def _finish_draining(self) -> None:
        self._draining = False
        if self._settle is not None:
            self._settle.cancel()
        self._end_line()
        drained, self._drained = self._drained, None
        if drained is not None:
            drained()

    def _forget(self) -> None:
        self._loop.forget(self._child.descriptor)
        if self._prompt is not None:
            self._prompt.cancel()
