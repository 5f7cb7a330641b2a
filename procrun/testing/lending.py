"""An app of another process: one that was lent to us, or one of which only the URL is known."""

from __future__ import annotations

from urllib.parse import urlsplit

from procrun.core.order import START, Begun, Order
from procrun.errors import ProcrunError
from procrun.testing.running import RunningApp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from procrun.testing.setup import Setup

_PORTS = {"http": 80, "https": 443}


def borrow(setup: Setup, lent: str) -> RunningApp:
    """An app that another process has lent; it is not stopped by this one."""
    order, begun = lent.encode().splitlines()
    return RunningApp(setup, Order.decode(order), None, Begun.decode(begun))


class DistantApp(RunningApp):
    """An app that runs somewhere, and of which the URL is known and nothing else."""

    def __init__(self, setup: Setup, url: str) -> None:
        super().__init__(setup, Order(START, setup.root, {}), None, Begun({}, 0.0, 0))
        self._url = url

    @property
    def folder(self) -> str:
        """ProcrunError."""
        self._refuse()

    @property
    def env(self) -> Mapping[str, str]:
        """ProcrunError."""
        self._refuse()

    def port(self, name: str) -> int:
        """The port of its URL, for `web`."""
        if name not in ("web", "web.1"):
            self._refuse()
        parts = urlsplit(self._url)
        return parts.port or _PORTS[parts.scheme]

    def __repr__(self) -> str:
        return f"<app at {self._url}>"

    def _ask(self, *_given: object, **_options: object) -> NoReturn:
        self._refuse()

    def _written(self, *_given: object, **_options: object) -> NoReturn:
        self._refuse()

    def _lines_to_come(self, *_given: object, **_options: object) -> NoReturn:
        self._refuse()

    def _one_off(self, *_given: object, **_options: object) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ProcrunError(
            f"the app at {self._url} was not started here: only its url and its port are known",
            "Leave --procrun-url out for a test that needs more.",
        )
