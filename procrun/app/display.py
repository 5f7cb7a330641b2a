"""What a run shows on standard output, and the terminal that this may be."""

from __future__ import annotations

import os
import signal
import time

from procrun.core.log import Prefixes, TerminalFormat
from procrun.core.names import MOST_ONE_OFFS, RELEASE
from procrun.logs.output import Output
from procrun.logs.terminal import Stamps, StreamSink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from procrun.app.focus import Focus
    from procrun.logs.terminal import Format
    from procrun.loop import Loop
    from procrun.plan import Plan
    from procrun.settings import Settings
    from procrun.supervisor import Supervisor

_STANDARD_OUTPUT = 1
_STANDARD_ERROR = 2
_NARROWEST = 20  # columns that a dyno's terminal has at least


class Display:
    """Standard output with the log on it, and the dyno that has its terminal if the plan says so.

    `gone(error)` is called when nobody will read any more.
    """

    def __init__(
        self, settings: Settings, plan: Plan, loop: Loop, gone: Callable[[int], None]
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._output = Output(_STANDARD_OUTPUT, loop, gone)
        names = [str(launch.name) for launch in plan.launches]
        if settings.release and plan.launcher.procfile.release:
            names.append(f"{RELEASE}.{MOST_ONE_OFFS}")  # so wide may be what comes
        prefixes = Prefixes(names, colour=plan.colour, shown=settings.prefix)
        self._stamps = Stamps(prefixes, settings.timestamps, time.time())
        self._focus: Focus | None = None
        self.interrupted: Callable[[], None] = lambda: None  # the terminal itself wrote ^C
        self.sink = self._sink(plan.focus)

    def lines(self) -> TerminalFormat:
        """The format of a log that is read later."""
        return TerminalFormat(self._stamps, screen=False)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of a dyno's terminal: ours, less the prefix."""
        from procrun.system.raw_terminal import USUAL_SIZE, size  # only where there are terminals

        # The one where the log goes counts.
        rows, columns = size(_STANDARD_OUTPUT) or size(_STANDARD_ERROR) or USUAL_SIZE
        return rows, max(_NARROWEST, columns - self._stamps.width)

    def begin_focus(self, supervisor: Supervisor) -> None:
        """Give our terminal to the dyno that is to have it."""
        if self._focus:
            self._focus.begin(supervisor, self._loop)

    def end_focus(self) -> None:
        """Take it back."""
        if self._focus:
            self._focus.end()

    def resized(self) -> None:
        """Our terminal has another size."""
        if self._focus:
            self._focus.resized()

    def continued(self) -> None:
        """We were suspended."""
        if self._focus:
            self._focus.continued()

    def takes_for_detaching(self, number: int) -> bool:
        """Whether a signal is of the key that has just given us the terminal back."""
        quits = number == signal.SIGQUIT and self._focus is not None
        return quits and self._focus is not None and self._focus.ended_lately

    def abandon_if_blocked(self) -> None:
        """Give up on a reader that does not read."""
        self._output.abandon_if_blocked()

    def close(self) -> None:
        """Let the reader take what is left, as long as nobody is impatient."""
        while self._output.blocked:
            self._loop.turn()
        self._output.close()

    def _sink(self, focus: str) -> StreamSink:
        layout = self._layout()
        if not focus:
            return StreamSink(self._output, layout, self._is_quiet)
        from procrun.app.focus import Focus
        from procrun.logs.focused import FocusedSink

        sink = FocusedSink(self._output, layout, self._is_quiet)
        self._focus = Focus(focus, self._settings.detach_key, sink)
        return sink

    def _is_quiet(self, name: str) -> bool:
        quiet = self._settings.quiet
        return name.rpartition(".")[0] in quiet or name in quiet

    def _layout(self) -> Format:
        if self._settings.json:
            from procrun.core.log_json import JsonFormat

            return JsonFormat()
        on_screen = os.isatty(_STANDARD_OUTPUT)
        layout = TerminalFormat(self._stamps, screen=on_screen)
        if on_screen:
            self.interrupted = layout.disturbed
        return layout
