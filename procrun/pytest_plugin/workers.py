"""One app for all workers of pytest-xdist: it belongs to the controller, which lends it to them."""

from __future__ import annotations

from procrun.pytest_plugin import closing, options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    import pytest

    class Worker(Protocol):
        """What pytest-xdist, which has no types, tells of a worker."""

        config: pytest.Config
        workerinput: dict[str, tuple[str, str]]


def lend_to(node: Worker) -> None:
    """Start the app, if that is not done, and tell the worker of it."""
    said = options.of(node.config)
    if said.is_shared and not said.url:
        from procrun.pytest_plugin.controller import lent

        lent(node.config, said).give(node.workerinput)


def hear_from(node: Worker) -> None:
    """Take over what the worker has to say at the end."""
    given = getattr(node, "workeroutput", {}).get(closing.OUTPUT, ())
    closing.add(node.config, closing.Closing(*given))
