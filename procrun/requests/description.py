"""What a running app says of itself as a whole, for `procrun info` and `open`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.settings import Settings


def describe(
    settings: Settings, urls: Sequence[str], formation: Mapping[str, int], *, maintenance: bool
) -> dict[str, object]:
    """The fields of the reply; `urls` lead to its web dynos, the one to be opened first."""
    return {
        "pid": os.getppid(),  # the visible process
        "urls": list(urls),
        "formation": dict(formation),
        "sizes": {name: settings.dyno_size(name) for name in formation},
        "maintenance": maintenance,
        "heroku": settings.heroku,
        "router": settings.router,
    }
