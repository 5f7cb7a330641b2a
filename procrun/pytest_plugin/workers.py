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
        workerinput: dict[str, str]


_LENT, _NOT_LENT = "procrun_lent", "procrun_not_lent"


def lend_to(node: Worker) -> None:
    """Start the app, if that is not done, and tell the worker of it."""
    said = options.of(node.config)
    if said.is_shared and not said.url:
        from procrun.pytest_plugin.controller import lent

        node.workerinput[_LENT], node.workerinput[_NOT_LENT] = lent(node.config, said)


def hear_from(node: Worker) -> None:
    """Take over what the worker has to say at the end."""
    closing.add(node.config, getattr(node, "workeroutput", {}).get(closing.OUTPUT, []))


def lent_to(config: pytest.Config) -> tuple[str, str]:
    """In a worker: the app that it was lent, or why it did not start; else ""."""
    given = getattr(config, "workerinput", {})
    return given.get(_LENT, ""), given.get(_NOT_LENT, "")
