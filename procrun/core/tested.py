"""Which process types run while an app is tested: those that somebody has named, or a good few."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procrun.core.procfile import Procfile

_WEB = "web"


def started_types(
    procfile: Procfile, named: Sequence[str], formation: Mapping[str, int]
) -> tuple[str, ...]:
    """The words, such as `web=2`, that say what to start, as `start` takes them; none means all.

    Words that are named count, and else what the formation of app.json says of the types that the
    Procfile has, and else `web` alone, and where there is none all of them. A formation in which
    nothing runs says nothing.
    """
    if named:
        return tuple(named)
    services = [process.name for process in procfile.services]
    stated = tuple(f"{name}={formation[name]}" for name in services if formation.get(name))
    return stated or tuple(name for name in services if name == _WEB)
