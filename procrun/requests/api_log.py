"""The lines of Heroku's API in the log: `app[api]: Release v7 created by user ann`."""

from __future__ import annotations

import os
import time

from procrun.core.api_lines import by_user
from procrun.core.log import API, APP, Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.log import Log


def tell(log: Log, text: str, by: str) -> None:
    """Publish that somebody did something."""
    log.publish(Chunk(time.time(), APP, API, os.fsencode(by_user(text, by)) + b"\n"))
