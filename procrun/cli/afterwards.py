"""The log of an app that has ended, as it is shown behind what a command has written."""

from __future__ import annotations

import os
import time

from procrun.cli.logs import cut
from procrun.core.log import Prefixes, TerminalFormat
from procrun.plan import wants_colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from procrun.core.log import Chunk
    from procrun.settings import Settings


def shown(
    chunks: Sequence[Chunk], settings: Settings, descriptor: int, most: int | None = None
) -> bytes:
    """Its last `most` lines, or all, with the names of their processes in front.

    `descriptor` is where they go: on a terminal they may have colours.
    """
    lines = sum(chunk.lines for chunk in chunks)
    left_out = max(0, lines - most) if most is not None else 0
    last = list(cut(chunks, lines - left_out)) if left_out else chunks
    is_screen = os.isatty(descriptor)
    names = list(dict.fromkeys(chunk.dyno for chunk in last))
    prefixes = Prefixes(names, colour=is_screen and wants_colour(settings))
    layout = TerminalFormat(lambda name, _when: prefixes.render(name, ""), screen=is_screen)
    note = f"procrun: {left_out} lines of the log are left out; --logs always shows all\n"
    pieces = [piece for chunk in last for piece in layout.render(chunk)]
    return b"".join((note.encode() if left_out else b"", *pieces, *layout.end(time.time())))
