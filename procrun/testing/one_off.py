"""Runs a one-off command in the environment of an app, beside it or before it starts."""

from __future__ import annotations

from procrun.testing.errors import AppFailed
from procrun.testing.host import USUAL_GRACE, Host
from procrun.testing.outcomes import CompletedRun

__tracebackhide__ = True  # in what pytest shows of an error
TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.core.order import Order


def run_one_off(
    order: Order,
    shown: str | tuple[str, ...],
    timeout: float | None = None,
    grace: float = USUAL_GRACE,
) -> CompletedRun:
    """What became of it. `shown` is what it is called; AppFailed after `timeout` seconds.

    `grace` is the longest, in seconds, that what it leaves may take to end.
    """
    try:
        code, output, errors = Host(order).run(timeout, grace)
    except TimeoutError:
        raise AppFailed(f"{shown!r} did not end within {timeout:g} s") from None
    return CompletedRun(shown, code, output, errors)
